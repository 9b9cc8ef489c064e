import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { drover } from "../e2e/command.ts";
import { folderWith } from "./harness.ts";

/** `drover init` as a process of its own, in folders as people have them. */
const written = (folder: string): string => readFileSync(join(folder, "drover.config.ts"), "utf8");

describe("drover init", () => {
  it("writes what a Procfile runs beside web, and says what it leaves out", async () => {
    using folder = folderWith({
      "package.json": "{}",
      Procfile: 'web: node a.js\nworker: node w.js --fast\nMail_Er: node m.js "x y"\nrelease: node migrate.js\n',
    });
    const ran = await drover(["init", "--yes"], { cwd: folder.path });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toContain("process worker, process mail-er\nnext: drover plan\n");
    expect(written(folder.path)).toContain(`      processes: {
        web: {},
        worker: { command: ["node", "w.js", "--fast"] },
        "mail-er": { command: ["/bin/sh", "-c", "exec node m.js \\"x y\\""] },
      },
      // The Procfile's \`release\` command is not run: run it where it is needed.
`);
    // It is a stack: what is missing is only the machine that was asked for.
    const plan = await drover(["plan", "--on", "there"], { cwd: folder.path });
    expect(plan.stderr).toContain('error: --on: no machine or group is called "there"');
  });

  it("says that nothing can be built yet, and what is missing", async () => {
    using folder = folderWith({ "requirements.txt": "flask" });
    const ran = await drover(["init", "--yes"], { cwd: folder.path });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toBe(
      "drover.config.ts is written, but nothing here can be built yet; it looks like Python (requirements.txt), which needs a Dockerfile\nnext: add a Dockerfile, then: drover plan\n",
    );
  });

  it("makes a name of letters with marks", async () => {
    using folder = folderWith({ "package.json": '{ "name": "Ünïcödé Äpp" }' });
    expect(await drover(["init", "--yes"], { cwd: folder.path })).toMatchObject({ code: 0 });
    expect(written(folder.path)).toContain('name: "unicode-app"');
  });

  it.each<[string, (folder: string) => void, string]>([
    [
      "a file is where the types go",
      (folder) => writeFileSync(join(folder, ".drover"), ""),
      "the stack file cannot be written here: something is there already",
    ],
    [
      "a link to nowhere is the stack file",
      (folder) => symlinkSync("/nowhere", join(folder, "drover.config.ts")),
      "there is a stack file already",
    ],
  ])("writes nothing where %s", async (_, prepare, message) => {
    using folder = folderWith({ "index.html": "" });
    prepare(folder.path);
    const before = readdirSync(folder.path);
    const ran = await drover(["init", "--yes"], { cwd: folder.path });
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toMatch(`error: ${message}
  in drover.config.ts
  fix: `);
    expect(readdirSync(folder.path)).toEqual(before);
  });

  it("tells of a folder that nobody may write to", async (context) => {
    using folder = folderWith();
    const inside = process.getuid?.() === 0 ? ["unshare", "-m", "sh", "-c", READ_ONLY] : ["sh", "-c", WITHOUT_RIGHT];
    const isAble = spawnSync(inside[0] ?? "", [...inside.slice(1, -1), "true"]).status === 0;
    if (!isAble && process.env["DROVER_TEST_REQUIRE"] !== "all") return context.skip("no right to mount here");
    const [command = "", ...args] = inside;
    const ran = spawnSync(command, [...args, "sh", folder.path, process.execPath, BIN], { encoding: "utf8" });
    expect(ran).toMatchObject({ status: 1, stdout: "" });
    expect(ran.stderr).toMatch(
      /^error: the stack file cannot be written here: (no right to it|the file system is read-only)\n/,
    );
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

const BIN = join(import.meta.dirname, "../../bin/drover.js");
/** Nothing keeps root from writing but a file system that nobody can write to. */
const READ_ONLY = 'mount -t tmpfs -o ro none "$1" && cd "$1" && exec "$2" "$3" init --yes';
const WITHOUT_RIGHT = 'chmod 555 "$1" && cd "$1" && exec "$2" "$3" init --yes';
