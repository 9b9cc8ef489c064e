import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { archive, type DeclaredInput, download, git } from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("what real hosts fetch", requireEngine);
const signal = AbortSignal.timeout(900_000);

let folder = "";
let world: World;
let host: Host;

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/** All that went wrong, so that a failing test says why. */
function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

const fine = { problems: [], failures: [] };
const wanted = (id: string, resources: DeclaredInput[]) => stackOf(world, id, { cmfetch: resources });
const messages = ({ plan }: Ran): string => plan.problems.map(({ code, message }) => `${code} ${message}`).join("\n");

/** A web server of the host's own, and what it serves. */
const SERVE = `
set -e
apt-get install -qq -y --no-install-recommends busybox curl git xz-utils zstd unzip zip >/dev/null 2>&1
mkdir -p /srv/www && printf 'one\\n' >/srv/www/one && printf 'two\\n' >/srv/www/two
busybox httpd -p 127.0.0.1:8099 -h /srv/www`;

const sumOf = async (path: string): Promise<string> => (await out(`sha256sum ${path}`)).slice(0, 64);
const url = (name: string): string => `http://127.0.0.1:8099/${name}`;

describe.skipIf(missing)("what a real host fetches", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["cmfetch"], { aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-hosts-fetched-"));
    const config = await sshConfig([host], folder);
    world = { config, signal, secrets: () => undefined };
    await out(SERVE);
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  describe("downloads", () => {
    const get = (name: string, sha256: string, more: object = {}) =>
      wanted("cm-get", [download("/usr/local/bin/got", { url: url(name), sha256, mode: "0755", ...more })]);

    test("fetched, verified, and not fetched again while it fits", async () => {
      const one = await sumOf("/srv/www/one");
      expect(trouble(await up(world, get("one", one)))).toEqual(fine);
      expect(await out("cat /usr/local/bin/got; stat -c '%a %U' /usr/local/bin/got")).toBe("one\n755 root");
      // The server may be gone by now.
      expect((await up(world, get("not-there", one))).changes).toEqual([]);
      await out("chmod 600 /usr/local/bin/got");
      expect(trouble(await up(world, get("not-there", one)))).toEqual(fine);
      expect(await out("stat -c %a /usr/local/bin/got")).toBe("755");
    });

    test("another digest takes its place, and what was there is kept and comes back without the server", async () => {
      const [one, two] = [await sumOf("/srv/www/one"), await sumOf("/srv/www/two")];
      expect(trouble(await up(world, get("two", two)))).toEqual(fine);
      expect(await out("cat /usr/local/bin/got")).toBe("two");
      expect(trouble(await up(world, get("not-there", one)))).toEqual(fine);
      expect(await out("cat /usr/local/bin/got")).toBe("one");
    });

    test("wrong bytes, a missing page and a check that fails leave it as it was, and nothing half-made", async () => {
      const sum = "0".repeat(64);
      const wrong = await up(world, get("two", sum));
      expect(wrong.outcome?.failures[0]?.evidence.join()).toContain(`not ${sum}`);
      const gone = await up(world, get("not-there", sum));
      expect(gone.outcome?.failures[0]?.evidence.join()).toContain("404");
      await out("printf 'three\\n' >/srv/www/three");
      const bad = await up(world, get("three", await sumOf("/srv/www/three"), { check: ["grep", "-q", "one", "{}"] }));
      expect(bad.outcome?.failures[0]?.message).toContain("does not accept what was fetched");
      expect(await out("cat /usr/local/bin/got")).toBe("one");
      expect(trouble(await up(world, wanted("cm-get", [])))).toEqual(fine);
      expect(await out("ls -A /usr/local/bin")).toBe("");
    });

    test("a secret in the address is in no argument list, journal or plan; wget will do", async () => {
      await out(
        "mkdir -p '/srv/www/tok kanarie' && cp /srv/www/one '/srv/www/tok kanarie/one' && apt-get -qq -y install wget >/dev/null 2>&1",
      );
      await out("mv /usr/bin/curl /usr/bin/curl.off");
      const address = { concat: [`${url("tok%20")}`, { secret: "PART" }, "/one"] };
      const spec = { url: address, sha256: await sumOf("/srv/www/one") };
      const told = { ...world, secrets: (name: string) => (name === "PART" ? "kanarie" : undefined) };
      const ran = await up(told, wanted("cm-token", [download("/usr/local/bin/got", spec)]));
      await out("mv /usr/bin/curl.off /usr/bin/curl");
      expect(trouble(ran)).toEqual(fine);
      expect(await out("cat /usr/local/bin/got")).toBe("one");
      expect(JSON.stringify([ran.plan, ran.events])).not.toContain("kanarie");
      expect(await out("grep -rl kanarie /var/lib/drover /run/drover || true")).toBe("");
      expect(trouble(await up(world, wanted("cm-token", [])))).toEqual(fine);
    });
  });

  describe("archives", () => {
    const MAKE = `
set -e; mkdir -p /tmp/make/top/in && cd /tmp/make && printf 'x\\n' >'top/in/a b' && printf 'e\\n' >'top/k\u00e4se' && ln -s 'in/a b' top/l
tar -czf /srv/www/a.tar.gz top; tar -cJf /srv/www/a.tar.xz top; tar --zstd -cf /srv/www/a.tar.zst top
zip -qry /srv/www/a.zip top; ln -s /etc out && tar -czf /srv/www/evil.tar.gz top out; zip -qry /srv/www/evil.zip top out`;
    const put = (name: string, sha256: string, more: object = {}) =>
      wanted("cm-unpack", [archive("/opt/tool", { url: url(name), sha256, strip: 1, owner: "games", ...more })]);

    test.each(["a.tar.gz", "a.tar.xz", "a.tar.zst", "a.zip"])("%s", async (name) => {
      await out(MAKE.replace("set -e;", "[ ! -e /tmp/make ] || exit 0; set -e;"));
      const sum = await sumOf(`/srv/www/${name}`);
      expect(trouble(await up(world, put(name, sum)))).toEqual(fine);
      expect(await out("cd /opt/tool && find . | sort; cat l; stat -c %U:%G . l in/*")).toBe(
        "./in\n./in/a b\n./k\u00e4se\n./l\nx\ngames:games\ngames:games\ngames:games".replace("./in\n", ".\n./in\n"),
      );
      expect((await up(world, put("not-there.tar", sum))).changes).toEqual([]);
    });

    test.each(["evil.tar.gz", "evil.zip"])("%s is refused, and what was there stays", async (name) => {
      const ran = await up(world, put(name, await sumOf(`/srv/www/${name}`), { strip: 0 }));
      expect(ran.outcome?.failures[0]?.evidence.join("\n")).toContain("a link that leads out");
      expect(await out("cat /opt/tool/l; ls -A /opt")).toContain("x");
      expect(await out("ls -A /opt | grep drover || true")).toBe("");
    });

    test("what others put into it goes with their consent only; it leaves with the stack file", async () => {
      await out("touch /opt/tool/theirs");
      await expect(up(world, put("a.tar.gz", await sumOf("/srv/www/a.tar.gz")))).rejects.toMatchObject({
        code: "NEEDS_CONSENT",
        evidence: ["cmfetch/archive:/opt/tool: what others put into /opt/tool"],
      });
      await out("rm /opt/tool/theirs");
      expect(trouble(await up(world, wanted("cm-unpack", [])))).toEqual(fine);
      expect(await out("ls -A /opt /var/lib/drover/archives | grep tool || true")).toBe("");
    });
  });

  describe("checkouts", () => {
    const MAKE = `
set -e; mkdir -p /srv/git && cd /srv/git && git init -q --bare -b main repo.git
git -C repo.git config uploadpack.allowReachableSHA1InWant true
git init -q -b main /tmp/work && cd /tmp/work && git config user.name t && git config user.email t@t
for n in 1 2 3; do echo $n >file; git add file; git commit -qm $n; git tag -am $n v$n; done
git remote add origin /srv/git/repo.git && git push -q --tags origin main
git daemon --base-path=/srv/git --export-all --listen=127.0.0.1 --reuseaddr --detach`;
    const from = "git://127.0.0.1/repo.git";
    const site = (spec: object) =>
      wanted("cm-git", [git("/srv/site", { url: from, owner: "games", ...spec } as never)]);
    const at = () => out("cat /srv/site/file; stat -c %U /srv/site/file /srv/site/.git");

    test("at a tag, which is dereferenced; then nothing to do, whether or not the remote is there", async () => {
      await out(MAKE);
      expect(trouble(await up(world, site({ tag: "v1" })))).toEqual(fine);
      expect(await at()).toBe("1\ngames\ngames");
      expect((await up(world, site({ tag: "v1" }))).changes).toEqual([]);
    });

    test("at another tag, at a commit by itself without its history, on a branch", async () => {
      expect(trouble(await up(world, site({ tag: "v3" })))).toEqual(fine);
      expect(await at()).toContain("3");
      const commit = await out("git -C /tmp/work rev-parse v2^{commit}");
      expect(trouble(await up(world, wanted("cm-git2", [git("/srv/other", { url: from, commit, depth: 1 })])))).toEqual(
        fine,
      );
      expect(await out("cat /srv/other/file; git -C /srv/other rev-list --all --count")).toBe("2\n1");
      expect(trouble(await up(world, site({ branch: "main" })))).toEqual(fine);
      expect(await out("setpriv --reuid games git -C /srv/site symbolic-ref HEAD")).toBe("refs/heads/main");
      expect((await up(world, site({ branch: "main" }))).changes).toEqual([]);
    });

    test("a branch moves with update only, also when it was rewritten", async () => {
      await out(
        "cd /tmp/work && git reset -q --hard v1 && echo 4 >file && git commit -qam 4 && git push -qf origin main",
      );
      expect((await up(world, site({ branch: "main" }))).changes).toEqual([]);
      expect(trouble(await up(world, site({ branch: "main", update: true })))).toEqual(fine);
      expect(await at()).toContain("4");
      expect((await up(world, site({ branch: "main", update: true }))).changes).toEqual([]);
    });

    test("what was changed by hand is refused, and lost only with force and consent", async () => {
      await out("echo theirs >/srv/site/file");
      expect(messages(await up(world, site({ tag: "v2" })))).toContain("files in it were changed by hand");
      await expect(up(world, site({ tag: "v2", force: true }))).rejects.toMatchObject({ code: "NEEDS_CONSENT" });
      expect(await at()).toContain("theirs");
      await out("setpriv --reuid games --clear-groups git -C /srv/site checkout -q file");
      expect(trouble(await up(world, site({ tag: "v2" })))).toEqual(fine);
      expect(await at()).toContain("2");
    });

    test("another address is set; one that cannot be reached leaves nothing half-made", async () => {
      expect(trouble(await up(world, site({ tag: "v2", url: "git://localhost/repo.git" })))).toEqual(fine);
      expect(
        await out("git -C /srv/site config -f .git/config remote.origin.url || grep url /srv/site/.git/config"),
      ).toContain("localhost");
      const gone = wanted("cm-git3", [git("/srv/gone", { url: "git://127.0.0.1/none.git", branch: "main" })]);
      expect((await up(world, gone)).outcome?.failures[0]?.code).toBe("STEP_FAILED");
      expect(await out("ls -A /srv | grep gone || true")).toBe("");
    });
  });
});
