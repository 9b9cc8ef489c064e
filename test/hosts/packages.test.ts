import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aptRepository, type DeclaredInput, pkg } from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { REPOSITORY } from "./repository.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("packages on real hosts", requireEngine);
const signal = AbortSignal.timeout(900_000);
const SECRET = 'it\'s $(secret) "text" %2a\\';
const URL = "http://127.0.0.1:8088";
const fine = { problems: [], failures: [] };

let folder = "";
let world: World;
let host: Host;

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

const run = (id: string, resources: DeclaredInput[]): Promise<Ran> =>
  up(world, stackOf(world, id, { apthost: resources }));

describe.skipIf(missing)("packages on real hosts", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["apthost"], { aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-packages-"));
    world = {
      config: await sshConfig([host], folder),
      signal,
      secrets: (name) => (name === "TOKEN" ? SECRET : undefined),
    };
    await out(REPOSITORY);
    await out("pack lab-tool 1:1.0-1; pack lab-tool 1:2.0-1; pack lab-more 1; publish stable; publish other");
    // Debian's own lists are long, and nothing here needs them.
    await out("mv /etc/apt/sources.list /srv; rm -f /var/lib/apt/lists/*_*; touch /var/lib/apt/lists");
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  describe("a repository", () => {
    const lab = (fields: { key?: string; keyFile?: string }, suites = ["stable"], uris = [URL]): DeclaredInput =>
      aptRepository("lab", { uris, suites, ...fields });
    let key = "";

    test("and a package from it, from nothing, in one run", async () => {
      key = await out("cat /srv/lab.asc");
      const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key })]);
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes).toEqual(["create apt-repository:lab", "create package:lab-tool"]);
      const [change] = ran.plan.hosts[0]?.changes ?? [];
      const fingerprint = await out(
        "GNUPGHOME=/srv/gnupg gpg --with-colons --list-keys lab | awk -F: '/^fpr/ {print $10; exit}'",
      );
      const end = await out(
        "GNUPGHOME=/srv/gnupg gpg --with-colons --list-keys lab | awk -F: '/^pub/ {print $7}' | xargs -I{} date -u -d @{} +%F",
      );
      expect(change?.diff).toContainEqual({ path: "key", from: "", to: `${fingerprint}, expires ${end}` });
      expect(await out("dpkg-query -W -f '${Version}' lab-tool")).toBe("1:2.0-1");
      expect(await out("stat -c '%a %U' /etc/apt/keyrings/lab.asc /etc/apt/sources.list.d/lab.sources")).toBe(
        "644 root\n644 root",
      );
      expect(
        await out("cmp /srv/lab.asc /etc/apt/keyrings/lab.asc; apt-get -q update 2>&1 | grep '^[WE]:' || true"),
      ).toBe("");
    });

    test("then there is nothing to do, however the key is given", async () => {
      expect((await run("apt-repo", [pkg("lab-tool"), lab({ key })])).changes).toEqual([]);
      const base64 = await out("cat /srv/lab.b64");
      expect((await run("apt-repo", [pkg("lab-tool"), lab({ key: base64 })])).changes).toEqual([]);
    });

    test("changed by hand, it is put right and fetched again", async () => {
      await out(
        "sed -i s/stable/other/ /etc/apt/sources.list.d/lab.sources; cat /srv/other.asc >/etc/apt/keyrings/lab.asc",
      );
      const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key })]);
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes).toEqual(["update apt-repository:lab"]);
      expect(await out("apt-cache policy lab-tool")).toContain(`${URL} stable/main`);
      expect((await run("apt-repo", [pkg("lab-tool"), lab({ key })])).changes).toEqual([]);
    });

    test("cut off before its lists were fetched, the next run fetches them", async () => {
      await out("rm /var/lib/apt/lists/127.0.0.1:8088_dists_stable_InRelease");
      const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key })]);
      expect(ran.changes).toEqual(["update apt-repository:lab"]);
      expect(trouble(ran)).toEqual(fine);
    });

    test("old lists of others stay old, and are fetched before a package goes in", async () => {
      await out("touch -d '3 days ago' /var/lib/apt/lists /var/lib/apt/lists/partial");
      expect(trouble(await run("apt-repo", [pkg("lab-tool"), lab({ key }, ["stable", "other"])]))).toEqual(fine);
      const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key }, ["stable", "other"]), pkg("lab-more")]);
      expect(ran.plan.hosts[0]?.changes[0]?.diff).toContainEqual({ path: "lists", from: "old", to: "updated" });
      expect(trouble(ran)).toEqual(fine);
    });

    test.each([
      ["of another key", () => ({ key: "other" }), ["stable"], "NO_PUBKEY"],
      ["that is not there", () => ({ key: "lab" }), ["nosuch"], "does not have a Release file"],
    ])("%s is taken back, and apt goes on with the former", async (_what, wanted, suites, why) => {
      const given = await out(`cat /srv/${wanted().key}.asc`);
      const before = await out("cat /etc/apt/keyrings/lab.asc /etc/apt/sources.list.d/lab.sources | sha256sum");
      const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key: given }, suites), pkg("lab-more")]);
      expect(JSON.stringify(ran.outcome?.failures)).toContain(why);
      expect(await out("cat /etc/apt/keyrings/lab.asc /etc/apt/sources.list.d/lab.sources | sha256sum")).toBe(before);
      expect(await out("apt-get -q update 2>&1 | grep '^[WE]:' || true")).toBe("");
      expect(
        (await run("apt-repo", [pkg("lab-tool"), lab({ key }, ["stable", "other"]), pkg("lab-more")])).changes,
      ).toEqual([]);
    });

    test("that apt refuses from the start leaves nothing behind", async () => {
      const ran = await run("apt-new", [aptRepository("bad", { uris: [URL], suites: ["nosuch"], key })]);
      expect(ran.outcome?.failures).toHaveLength(1);
      expect(await out("ls /etc/apt/sources.list.d /etc/apt/keyrings")).not.toContain("bad");
    });

    test.each([
      [
        "deb822 of the host",
        "printf 'Enabled: yes\\nTypes: deb\\nURIs: http://x.example.com\\n#c\\n http://127.0.0.1:8088/\\nSuites: third stable\\nComponents: main\\nSigned-By: /srv/other.asc\\n' >/etc/apt/sources.list.d/own.sources",
      ],
      [
        "one line of the host",
        "echo 'deb [ arch=amd64 signed-by=/srv/other.asc ] http://127.0.0.1:8088 stable main # x' >/etc/apt/sources.list.d/own.list",
      ],
      ["one line without a key", "echo 'deb http://127.0.0.1:8088// stable main' >/etc/apt/sources.list.d/own.list"],
    ])("whose suite has another key in %s is refused, as it would stop apt", async (_what, script) => {
      await out(`rm -f /etc/apt/sources.list.d/lab.sources; ${script}`);
      const ran = await run("apt-repo", [pkg("lab-tool"), pkg("lab-more"), lab({ key })]);
      expect(ran.plan.problems.map(({ message }) => message).join()).toMatch(
        /\/own\.\w+ names http:\/\/127.*stable as well/,
      );
      // And apt says so, too.
      await out(
        "printf 'Types: deb\\nURIs: http://127.0.0.1:8088\\nSuites: stable\\nComponents: main\\nSigned-By: /etc/apt/keyrings/lab.asc\\n' >/etc/apt/sources.list.d/aaa.sources",
      );
      expect(await out("apt-cache policy 2>&1 >/dev/null || true")).toContain("Conflicting values");
      await out("rm /etc/apt/sources.list.d/own.* /etc/apt/sources.list.d/aaa.sources");
    });

    test("a source that is switched off stands in nobody's way", async () => {
      await out(
        "printf 'Enabled: no\\nTypes: deb\\nURIs: http://127.0.0.1:8088/\\nSuites: stable\\nComponents: main\\nSigned-By: /srv/other.asc\\n' >/etc/apt/sources.list.d/own.sources; printf '# deb http://127.0.0.1:8088 stable main\\n' >/etc/apt/sources.list.d/own.list",
      );
      const ran = await run("apt-repo", [pkg("lab-tool"), pkg("lab-more"), lab({ key })]);
      expect(trouble(ran)).toEqual(fine);
      await out("rm /etc/apt/sources.list.d/own.*");
    });

    test("two of one plan with two keys are refused", async () => {
      const other = await out("cat /srv/other.asc");
      const ran = await run("apt-repo", [
        pkg("lab-tool"),
        pkg("lab-more"),
        lab({ key }),
        aptRepository("lab2", { uris: [`${URL}/`], suites: ["stable"], key: other }),
      ]);
      expect(ran.plan.problems.map(({ message }) => message).join()).toContain("lab.sources names");
    });

    test("with a key of the machine, which _apt has to read, in place of its own", async () => {
      await out("install -m 600 /srv/lab.asc /usr/local/share/lab.asc");
      const wanted = [pkg("lab-tool"), pkg("lab-more"), lab({ keyFile: "/usr/local/share/lab.asc" })];
      expect((await run("apt-repo", wanted)).plan.problems.map(({ message }) => message).join()).toContain(
        "its mode is 600",
      );
      await out("chmod 644 /usr/local/share/lab.asc");
      expect(trouble(await run("apt-repo", wanted))).toEqual(fine);
      expect(await out("ls /etc/apt/keyrings")).toBe("");
      expect((await run("apt-repo", wanted)).changes).toEqual([]);
    });

    test("in a folder, by a path, with names that apt spells otherwise", async () => {
      await out(
        "mkdir -p '/srv/repo/a_b~c'; cp -r /srv/repo/dists/stable/main/binary-*/Packages '/srv/repo/a_b~c'; cd '/srv/repo/a_b~c'; printf 'Date: %s\\nSHA256:\\n %s %s Packages\\n' \"$(date -Ru)\" $(sha256sum <Packages | cut -d' ' -f1) $(stat -c %s Packages) >Release; GNUPGHOME=/srv/gnupg gpg --batch --quiet -u lab --clearsign -o InRelease Release",
      );
      const flat = aptRepository("flat", { uris: ["file:/srv/repo/a_b~c", `${URL}/a_b~c/`], suites: ["./"], key });
      expect(trouble(await run("apt-flat", [flat]))).toEqual(fine);
      expect((await run("apt-flat", [flat])).changes).toEqual([]);
      expect(trouble(await run("apt-flat", []))).toEqual(fine);
    });

    test("foreign ones are not touched without adopt", async () => {
      await out("echo '# mine' >/etc/apt/sources.list.d/mine.sources");
      const ran = await run("apt-mine", [aptRepository("mine", { uris: [URL], suites: ["other"], key })]);
      expect(ran.plan.problems.map(({ code }) => code)).toEqual(["FOREIGN"]);
      await out("rm /etc/apt/sources.list.d/mine.sources");
    });

    test("leaves with its key, and its packages before it", async () => {
      expect(trouble(await run("apt-repo", [pkg("lab-tool"), pkg("lab-more"), lab({ key })]))).toEqual(fine);
      const ran = await run("apt-repo", []);
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes.at(-1)).toBe("delete apt-repository:lab");
      expect(
        await out(
          "ls /etc/apt/sources.list.d /etc/apt/keyrings; dpkg-query -W lab-tool 2>&1 | grep -c '1:2.0' || true",
        ),
      ).toContain("0");
      expect(await out("find /etc/apt -name '*lab*'")).toBe("");
      expect((await run("apt-repo", [])).changes).toEqual([]);
    });
  });
});
