import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { absent, block, type DeclaredInput, directory, file, line, link, pkg } from "../../src/index.ts";
import { changesOf, type Plan } from "../../src/model/plan.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("files on real hosts", requireEngine);
const signal = AbortSignal.timeout(900_000);
const SECRET = 'it\'s "$(canary)" 100% \\ *';

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
const wanted = (id: string, resources: DeclaredInput[]) => stackOf(world, id, { cmfiles: resources });
const messages = ({ plan }: Ran): string => plan.problems.map(({ code, message }) => `${code} ${message}`).join("\n");

describe.skipIf(missing)("files on a real host", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["cmfiles"])) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-hosts-files-"));
    const config = await sshConfig([host], folder);
    world = { config, signal, secrets: (name) => (name === "TOKEN" ? SECRET : undefined) };
    await out("printf 'a\\n#Port 22\\nz' >/etc/try.conf; chown 7:8 /etc/try.conf; chmod 2644 /etc/try.conf");
    await out("printf 'PW=old\\r\\n' >/etc/try.secret; chmod 600 /etc/try.secret");
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const all = (release: string, port: string): DeclaredInput[] => [
    directory("/srv/app/releases/1"),
    directory("/srv/app/releases/2"),
    link("/srv/app/current", { to: `releases/${release}`, owner: "games" }),
    link("/opt/no where/it's $(x)", { to: "/nothing here/100%" }),
    file("/etc/new.d/other", { content: "" }),
    line("/etc/new.d/conf", "first", { line: "first", create: true }),
    line(
      "/etc/new.d/conf",
      "second",
      { line: "second", check: ["grep", "-q", "first", "{}"] },
      { needs: ["line:/etc/new.d/conf:first"] },
    ),
    line("/etc/try.conf", "port", { line: `Port ${port}`, match: "^#?Port " }),
    line("/etc/try.conf", "more", { line: "m", after: "^a$" }),
    line("/etc/try.secret", "pw", { line: { concat: ["PW=", { secret: "TOKEN" }] }, match: "^PW=" }),
    block("/etc/try.conf", "end", { content: "x\ny\n" }),
    block("/etc/made.conf", "all", { content: { secret: "TOKEN" }, create: true }),
  ];

  describe("links, lines and blocks", () => {
    test("from nothing to all of it in one run; then there is nothing to do", async () => {
      const ran = await up(world, wanted("cm-files", all("1", "2222")));
      expect(trouble(ran)).toEqual(fine);
      expect(
        await out("readlink /srv/app/current; stat -c %U:%G /srv/app/current; cd -P /srv/app/current && pwd"),
      ).toBe("releases/1\ngames:games\n/srv/app/releases/1");
      expect(await out('readlink "/opt/no where/it\'s \\$(x)"')).toBe("/nothing here/100%");
      expect(ran.plan.hosts[0]?.changes.flatMap(({ notes = [] }) => notes)).toContain(
        "nothing is at /nothing here/100% yet",
      );
      expect(await out("cat /etc/try.conf; stat -c ' %a %u:%g' /etc/try.conf")).toBe(
        "a\nm\nPort 2222\nz\n# BEGIN drover:end\nx\ny\n# END drover:end 2644 7:8",
      );
      expect(await out("cat /etc/new.d/conf")).toBe("first\nsecond");
      const again = await up(world, wanted("cm-files", all("1", "2222")));
      expect({ ...(trouble(again) as object), changes: again.changes }).toEqual({ ...fine, changes: [] });
    });

    test("a secret is in the files that it is meant for, and nowhere else", async () => {
      expect((await host.sh("cat /etc/try.secret")).stdout).toBe(`PW=${SECRET}\r\n`);
      expect((await host.sh("cat /etc/made.conf")).stdout).toBe(
        `# BEGIN drover:all (secret)\n${SECRET}\n# END drover:all\n`,
      );
      expect(await out("stat -c %a /etc/try.secret /etc/made.conf")).toBe("600\n600");
      expect(await out("grep -rl canary /etc /var/lib/drover /run/drover /var/log | sort")).toBe(
        "/etc/made.conf\n/etc/try.secret",
      );
    });

    test("new values move what they are about, and nothing else", async () => {
      const ran = await up(world, wanted("cm-files", all("2", "3333")));
      expect(trouble(ran)).toEqual(fine);
      expect([...ran.changes].sort()).toEqual(["update line:/etc/try.conf:port", "update link:/srv/app/current"]);
      expect(await out("readlink /srv/app/current; grep Port /etc/try.conf")).toBe("releases/2\nPort 3333");
    });

    test("what was changed by hand is put right, and what others wrote meanwhile stays", async () => {
      await out("sed -i -e 's/^Port.*/Port 1/' -e 's/^x$/theirs/' /etc/try.conf; printf '\\ntheirs' >>/etc/try.conf");
      await out("ln -sfn /elsewhere /srv/app/current");
      const ran = await up(world, wanted("cm-files", all("2", "3333")));
      expect(trouble(ran)).toEqual(fine);
      expect([...ran.changes].sort()).toEqual([
        "update block:/etc/try.conf:end",
        "update line:/etc/try.conf:port",
        "update link:/srv/app/current",
      ]);
      expect(await out("cat /etc/try.conf")).toBe(
        "a\nm\nPort 3333\nz\n# BEGIN drover:end\nx\ny\n# END drover:end\ntheirs",
      );
      expect((await up(world, wanted("cm-files", all("2", "3333")))).changes).toEqual([]);
    });

    test("a foreign link is refused; one that is swapped is there at every moment", async () => {
      await out("ln -s a /srv/app/flip");
      const flip = (to: string) => wanted("cm-flip", [link("/srv/app/flip", { to })]);
      expect(messages(await up(world, flip("b")))).toContain("FOREIGN link:/srv/app/flip is there already");
      expect(await out("readlink /srv/app/flip && rm /srv/app/flip")).toBe("a");
      expect(trouble(await up(world, flip("b")))).toEqual(fine);
      const watch = host.sh("until [ -e /run/done ]; do readlink /srv/app/flip >/dev/null || echo miss; done");
      for (const to of ["c", "d", "e"]) expect(trouble(await up(world, flip(to)))).toEqual(fine);
      await out("touch /run/done");
      expect((await watch).stdout).toBe("");
      expect(trouble(await up(world, wanted("cm-flip", [])))).toEqual(fine);
      expect(await out("ls -A /srv/app")).toBe("current\nreleases");
    });

    test("what is not ours to change is refused, and stays", async () => {
      await out(
        "mkdir -p /srv/full && touch /srv/full/x; ln -s /etc/try.conf /etc/try.link; printf 'Port 1\\nPort 2\\n' >/etc/twice",
      );
      const ran = await up(
        world,
        wanted("cm-refused", [
          link("/srv/full", { to: "x" }),
          line("/etc/try.link", "l", { line: "x" }),
          line("/etc/hosts", "l", { line: "x" }),
          line("/etc/twice", "l", { line: "Port 3", match: "^Port" }),
          line("/etc/twice", "m", { line: "Port 3", match: "^port" }),
          line("/etc/none", "l", { line: "x" }),
        ]),
      );
      for (const text of [
        "link:/srv/full: it is a folder",
        "/etc/try.link: it is a link to /etc/try.conf",
        "/etc/hosts: it is mounted by itself",
        "line:/etc/twice:l: 2 lines of /etc/twice match",
        "line:/etc/twice:m: match ^port does not match the line itself",
        "line:/etc/none:l: there is no file /etc/none",
      ])
        expect(messages(ran)).toContain(text);
      expect(await out("ls /srv/full; cat /etc/twice")).toBe("x\nPort 1\nPort 2");
    });

    test("a check that fails leaves the file as it was", async () => {
      const bad = line("/etc/try.conf", "bad", { line: "bad", check: ["sh", "-c", "! grep -q bad $0", "{}"] });
      const ran = await up(world, wanted("cm-check", [bad]));
      expect(ran.outcome?.failures[0]?.message).toContain("does not accept what was to be written");
      expect(await out("grep -c bad /etc/try.conf || true")).toBe("0");
      expect(trouble(await up(world, wanted("cm-check", [])))).toEqual(fine);
    });

    test("what leaves the stack file leaves the files as they were", async () => {
      const ran = await up(world, wanted("cm-files", []));
      expect(trouble(ran)).toEqual(fine);
      expect(await out("cat /etc/try.conf")).toBe("a\n#Port 22\nz\ntheirs");
      // The folder above those that were declared was made for them, and stays.
      expect(await out("ls -A /var/lib/drover/lines; find /srv/app -mindepth 1")).toBe("/srv/app/releases");
      expect((await host.sh("cat /etc/made.conf")).stdout).toBe("");
      expect(await out("grep -rl canary /var/lib/drover /run/drover || true")).toBe("");
      expect((await up(world, wanted("cm-files", []))).changes).toEqual([]);
    });
  });

  describe("a folder with only what is declared in it", () => {
    const only = (more: DeclaredInput[] = []): DeclaredInput[] => [
      directory("/etc/only.d", { exclusive: true, keep: ["README*"] }),
      file("/etc/only.d/ours", { content: "ours\n" }),
      link("/etc/only.d/linked", { to: "ours" }),
      ...more,
    ];

    test("what nobody declared goes, shown one by one; what is kept or declared stays", async () => {
      await out(
        "mkdir -p /etc/only.d && cd /etc/only.d && touch README.md 'a b' .hidden ./-rf && ln -s /etc/passwd out",
      );
      const ran = await up(world, wanted("cm-only", only()));
      expect(trouble(ran)).toEqual(fine);
      const change = ran.plan.hosts[0]?.changes.find(({ id }) => id.includes("directory:"));
      expect(change?.diff.map(({ path, from }) => `${path} ${from}`)).toEqual(
        ["-rf file", ".hidden file", "a b file", "out link"].map((one) => `/etc/only.d/${one}`),
      );
      expect(await out("ls -A /etc/only.d; test -s /etc/passwd")).toBe("README.md\nlinked\nours");
      expect((await up(world, wanted("cm-only", only()))).changes).toEqual([]);
    });

    test("a folder in it goes only with the consent that loss of data needs", async () => {
      await out("mkdir /etc/only.d/sub && touch /etc/only.d/sub/x");
      await expect(up(world, wanted("cm-only", only()))).rejects.toMatchObject({
        code: "NEEDS_CONSENT",
        evidence: ["cmfiles/directory:/etc/only.d: all that is in /etc/only.d/sub"],
      });
      expect(await out("ls /etc/only.d/sub")).toBe("x");
      // Declared, it is nobody's stray.
      const declared = wanted("cm-only", only([directory("/etc/only.d/sub")]));
      expect(trouble(await up(world, declared))).toEqual(fine);
      expect(await out("ls /etc/only.d/sub; rm -r /etc/only.d/sub")).toBe("x");
    });

    test("with all of it gone from the file, the folder goes too", async () => {
      await out("rm /etc/only.d/README.md");
      expect(trouble(await up(world, wanted("cm-only", only())))).toEqual(fine);
      await out("rm -rf /etc/only.d/sub");
      expect(trouble(await up(world, wanted("cm-only", [])))).toEqual(fine);
      // It was there before us.
      expect(await out("ls -A /etc/only.d")).toBe("");
    });
  });

  describe("what is not to be there", () => {
    const gone = (paths: string[]): DeclaredInput[] => paths.map((path) => absent(path));

    async function planned(kind: "plan" | "planUndo", resources: DeclaredInput[], allowDelete = false): Promise<Plan> {
      await using drover = createDrover();
      const options = { signal, secrets: world.secrets, emit: () => {} };
      const stack = wanted("cm-gone", resources);
      const plan =
        kind === "plan"
          ? await drover.plan(stack, options)
          : await drover.planUndo(stack, "cmfiles", undefined, options);
      expect(plan.problems).toEqual([]);
      const outcome = await drover.apply(stack, plan, { ...options, allowDelete, command: "up" });
      expect(outcome.failures).toEqual([]);
      return plan;
    }

    test("what a package of the same run brings goes in that run; then there is nothing to do", async () => {
      await out("! dpkg-query -W logrotate 2>/dev/null");
      const all = [pkg("logrotate"), ...gone(["/etc/logrotate.d/btmp", "/etc/logrotate.d/never"])];
      const ran = await up(world, wanted("cm-gone", all));
      expect(trouble(ran)).toEqual(fine);
      const diffs = ran.plan.hosts[0]?.changes.filter(({ type }) => type === "absent").flatMap(({ diff }) => diff);
      expect(diffs?.map(({ to }) => to)).toEqual(Array(2).fill("when a package before brings it"));
      expect(await out("ls /etc/logrotate.d | grep -x -e btmp -e wtmp")).toBe("wtmp");
      expect((await up(world, wanted("cm-gone", all))).changes).toEqual([]);
      // dpkg knows that it was taken away, and so does a plan when somebody puts it back.
      await out("echo back >/etc/logrotate.d/btmp");
      expect((await up(world, wanted("cm-gone", all))).changes).toEqual(["update absent:/etc/logrotate.d/btmp"]);
    });

    test("a file, a closed one, a link and an empty folder go, and an undo brings back what was kept", async () => {
      await out(
        "cd /srv && mkdir gone && cd gone && mkdir -m 2750 empty && chown games: empty && echo open >open && chmod 644 open && " +
          "echo canary-closed >closed && chmod 600 closed && ln -s 'a b' \"it's 100%\"",
      );
      const state = (): Promise<string> => out("cd /srv/gone && ls -A; stat -c '%n %A %U' * ; cat open || true");
      const before = await state();
      const all = gone(["empty", "open", "closed", "it's 100%"].map((name) => `/srv/gone/${name}`));
      const ran = await up(world, wanted("cm-gone", [pkg("logrotate"), ...all]));
      expect(trouble(ran)).toEqual(fine);
      expect(await out("ls -A /srv/gone; grep -rl canary-closed /var/lib/drover || true")).toBe("");
      const plan = await planned("planUndo", [pkg("logrotate"), ...all]);
      expect(changesOf(plan)).toHaveLength(3);
      expect(plan.notes.join("\n")).toContain(
        "absent:/srv/gone/closed stays as it is: its bytes were not kept, because not everybody could read them",
      );
      expect(await state()).toBe(
        before
          .split("\n")
          .filter((text) => !text.startsWith("closed"))
          .join("\n"),
      );
      expect((await up(world, wanted("cm-gone", [pkg("logrotate"), ...all]))).changes).toEqual([]);
    });

    test("a folder with things in it is refused with its count; as a tree it goes with consent, but never across a mount", async () => {
      await out("mkdir -p /srv/tree/a /srv/kept && touch /srv/tree/a/x /srv/tree/y /srv/kept/precious");
      expect(messages(await up(world, wanted("cm-tree", gone(["/srv/tree"]))))).toBe(
        "CONFLICT absent:/srv/tree is a folder with 2 things in it: a, y",
      );
      const tree = [absent("/srv/tree", { tree: true })];
      await expect(up(world, wanted("cm-tree", tree))).rejects.toMatchObject({
        code: "NEEDS_CONSENT",
        evidence: ["cmfiles/absent:/srv/tree: /srv/tree with 3 things in it: a, y"],
      });
      await out("mkdir /srv/tree/bound && mount --bind /srv/kept /srv/tree/bound");
      expect(messages(await up(world, wanted("cm-tree", tree)))).toBe(
        "CONFLICT absent:/srv/tree: /srv/tree/bound is a mount point, and nothing goes across one",
      );
      expect(await out("umount /srv/tree/bound && ls /srv/kept")).toBe("precious");
      await planned("plan", tree, true);
      expect(await out("ls -d /srv/tree 2>&1 || true; ls /srv/kept")).toMatch(/No such file.*\nprecious$/s);
      expect((await up(world, wanted("cm-tree", tree))).changes).toEqual([]);
    });

    test("nor does a folder with only what is declared in it remove what is bound into a stray one", async () => {
      await out("mkdir -p /srv/only/sub && mount --bind /srv/kept /srv/only/sub");
      await using drover = createDrover();
      const options = { signal, secrets: world.secrets, emit: () => {} };
      const stack = wanted("cm-bound", [directory("/srv/only", { exclusive: true })]);
      const plan = await drover.plan(stack, options);
      const outcome = await drover.apply(stack, plan, { ...options, allowDelete: true, command: "up" });
      expect(outcome.failures[0]?.message).toContain(
        "/srv/only/sub is a mount point: nothing of /srv/only/sub was removed",
      );
      expect(await out("ls /srv/kept; umount /srv/only/sub")).toBe("precious");
    });

    test("what is declared, and then declared absent, goes by its own removal first: a secret in it is kept nowhere", async () => {
      const open = file("/srv/was", { content: { concat: ["PW=", { secret: "TOKEN" }] }, mode: "0644" });
      expect(trouble(await up(world, wanted("cm-was", [open])))).toEqual(fine);
      const ran = await up(world, wanted("cm-was", gone(["/srv/was"])));
      expect(trouble(ran)).toEqual(fine);
      expect(await out("ls /srv/was 2>&1 || true; grep -rl canary /var/lib/drover /run/drover || true")).toMatch(
        /No such file[^\n]*$/,
      );
      expect((await up(world, wanted("cm-was", []))).changes).toEqual([]);
    });

    test("a folder that users can swap things in is refused", async () => {
      await out("mkdir -m 777 /srv/open && touch /srv/open/x && ln -s /etc /srv/open/etc");
      const ran = await up(world, wanted("cm-open", gone(["/srv/open/x", "/srv/open/etc/motd"])));
      expect(messages(ran)).toContain(
        "absent:/srv/open/x: everybody may write to /srv/open, and could swap what is removed",
      );
      expect(messages(ran)).toContain("/srv/open/etc is a link that a user may have put there");
      expect(await out("ls /srv/open")).toBe("etc\nx");
    });
  });
});
