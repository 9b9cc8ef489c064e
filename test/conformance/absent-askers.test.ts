import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { factsOf } from "../../src/model/facts.ts";
import absent from "../../src/resources/absent.ts";
import { askHere, SHELLS, type TestShell } from "./ask.ts";

let root = "";

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "drover-absent-")));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs the first step of a removal that was planned before a package brought anything. */
function takeAway(path: string, tree: boolean, shell: TestShell): { status: number | null; said: string } {
  const answers = new Map([
    [`path:${path}`, "absent"],
    ["package:app", "installed version=* status=ok mark=manual"],
  ]);
  const plan = absent.plan(path, { tree }, { kind: "absent" }, { owner: "t/x", facts: factsOf(answers), answers });
  const [step] = plan.steps;
  if (step?.kind !== "exec") throw new Error("no program is run");
  const [, flag, ...words] = step.argv;
  if (flag !== "-c") throw new Error("not a script");
  const PATH = `${shell.tools === undefined ? "" : `${shell.tools}:`}${process.env["PATH"]}`;
  // Without --norc bash takes its input for a remote login's.
  const [command, ...args] = shell.name === "bash" ? [...shell.argv, "--norc"] : shell.argv;
  const ran = spawnSync(command, [...args, "-c", ...words], { encoding: "utf8", env: { PATH, LC_ALL: "C" } });
  return { status: ran.status, said: ran.stdout + ran.stderr };
}

describe.each(SHELLS)("what is not to be there, in $name", (shell) => {
  const folder = (name: string): string => {
    const path = join(root, `${shell.name} ${name}`);
    mkdirSync(path);
    return path;
  };

  test("what is in a folder is counted to its ground, and links are not followed", () => {
    const [empty, full] = [folder("empty"), folder("full \\ 100%")];
    mkdirSync(join(full, "a/b"), { recursive: true });
    writeFileSync(join(full, "a/b/two\nlines"), "");
    writeFileSync(join(full, ".hidden"), "");
    symlinkSync("/", join(full, "link"));
    symlinkSync(full, join(root, `${shell.name} linked`));
    const paths = [empty, full, join(root, `${shell.name} linked`), join(full, ".hidden"), join(root, "none")];
    const answers = askHere(
      shell,
      absent.askers,
      paths.map((arg) => ({ kind: "tree", arg })),
    );
    expect(paths.map((path) => answers.get(`tree:${path}`))).toEqual([
      "tree count=0",
      "tree count=5",
      ...["absent", "absent", "absent"],
    ]);
  });

  test("of what a package brought, an empty folder goes, and a full one only as a tree", () => {
    const [empty, full] = [folder("to go"), folder("to stay")];
    writeFileSync(join(full, "a b"), "");
    expect(takeAway(empty, false, shell)).toEqual({ status: 0, said: "" });
    expect(existsSync(empty)).toBe(false);
    expect(takeAway(full, false, shell)).toEqual({
      status: 1,
      said: `${full} is a folder, not empty (1): \`tree: true\` removes all of it\n`,
    });
    expect(existsSync(join(full, "a b"))).toBe(true);
    expect(takeAway(full, true, shell)).toEqual({ status: 0, said: "" });
    expect(existsSync(full)).toBe(false);
    expect(takeAway(full, true, shell)).toEqual({ status: 0, said: "" });
  });

  test("of what a package brought, a closed file goes here, an open one and a link are left to the step that keeps bytes", () => {
    const [closed, open, link] = ["closed", "open", "a link"].map((name) => join(root, `${shell.name} ${name}`)) as [
      string,
      string,
      string,
    ];
    writeFileSync(closed, "x", { mode: 0o600 });
    writeFileSync(open, "x", { mode: 0o644 });
    symlinkSync("/nowhere", link);
    for (const path of [closed, open, link]) expect(takeAway(path, true, shell)).toEqual({ status: 0, said: "" });
    expect([closed, open].map(existsSync)).toEqual([false, true]);
    const answers = askHere(shell, absent.askers, [{ kind: "path", arg: link }]);
    expect(answers.get(`path:${link}`)).toMatch(/^link to=\/nowhere/);
  });
});
