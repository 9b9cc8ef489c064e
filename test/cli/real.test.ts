import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit.ts";
import { drover, type Ran } from "../e2e/command.ts";
import { folderWith } from "./harness.ts";

/** Every command as a process, on files of this machine's own user: what it prints for programs, and its exit code. */
interface Place extends Disposable {
  readonly path: string;
  run(...args: string[]): Promise<Ran>;
}

const owner = `${process.getuid?.()}:${process.getgid?.()}`;

function place(): Place {
  const folder = folderWith();
  const { path } = folder;
  const env = { DROVER_STATE: join(path, "state"), DROVER_RUN: join(path, "run") };
  mkdirSync(join(path, "there"));
  writeFileSync(
    join(path, "drover.config.ts"),
    `import { defineStack, file, local } from "drover";
const of = (content: string) => ({ content, owner: "${owner}" });
export default defineStack({ id: "rl-1", name: "rl", machines: { here: local({ sudo: false }) }, resources: { here: [
  file("${path}/there/a", of("one")), file("${path}/there/b", of("two")) ] } });`,
  );
  return {
    path,
    run: (...args) => drover(args, { cwd: path, env }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** What a program reads: one document, or one object a line. */
function documentOf({ stdout }: Ran): unknown {
  return JSON.parse(stdout);
}

function eventsOf({ stdout }: Ran): string[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).event);
}

describe("a stack from its first plan to its end", () => {
  it("prints JSON for every command, and the documented exit codes", async () => {
    using here = place();
    const a = `here/file:${here.path}/there/a`;

    expect((await here.run("plan")).code).toBe(EXIT.done.code);
    const planned = await here.run("plan", "--json", "--detailed-exitcode", "--out", "next.json");
    expect(planned.code).toBe(EXIT.changes.code);
    expect(documentOf(planned)).toEqual(JSON.parse(readFileSync(join(here.path, "next.json"), "utf8")));

    const asked = await here.run("up", "--json");
    expect(asked.code).toBe(EXIT.failed.code);
    expect(eventsOf(asked).at(-1)).toBe("failed");
    const up = await here.run("up", "next.json", "--yes", "--json");
    expect(up.code).toBe(EXIT.done.code);
    expect(eventsOf(up).slice(-2)).toEqual(["done", "outcome"]);
    expect(readFileSync(join(here.path, "there/a"), "utf8")).toBe("one");
    expect((await here.run("plan", "--detailed-exitcode")).code).toBe(EXIT.done.code);
    const again = await here.run("up", "next.json", "--yes");
    expect(again).toMatchObject({ code: EXIT.done.code, stdout: expect.stringContaining("done, 0 changes") });

    expect(documentOf(await here.run("status", "--json"))).toMatchObject([
      { machine: "here", pending: 0, problems: [], lastRun: { command: "up", failed: false } },
    ]);
    expect(documentOf(await here.run("history", "--json"))).toMatchObject([{ machine: "here" }]);
    expect(documentOf(await here.run("releases", "--json"))).toEqual([]);
    expect(eventsOf(await here.run("logs", "--json"))).toEqual(["failed"]);
    expect(documentOf(await here.run("doctor", "--json"))).toContainEqual(expect.objectContaining({ where: "here" }));
    expect(documentOf(await here.run("version", "--json"))).toMatchObject({ node: process.version });
    expect(documentOf(await here.run("--version", "--json"))).toMatchObject({ node: process.version });
    expect(documentOf(await here.run("up", "--help", "--json"))).toMatchObject({ name: "up", flags: { yes: {} } });
    expect(documentOf(await here.run("--help", "--json"))).toContainEqual(expect.objectContaining({ name: "plan" }));
    expect(eventsOf(await here.run("rollback", "--json"))).toEqual(["failed"]);

    for (const verb of ["adopt", "forget"]) {
      const ran = await here.run(verb, a, "--yes", "--json");
      expect(ran.code, ran.stderr).toBe(EXIT.done.code);
      expect(eventsOf(ran)).toContain("planned");
      expect(eventsOf(ran).at(-1)).toBe("outcome");
    }
    const down = await here.run("down", "--yes", "--json");
    expect(down.code).toBe(EXIT.done.code);
    expect(eventsOf(down).at(-1)).toBe("outcome");
  }, 120_000);

  it("tells apart what a plan has to do, and what keeps it from it", async () => {
    using here = place();
    writeFileSync(join(here.path, "there/b"), "mine");
    const plan = await here.run("plan", "--detailed-exitcode");
    expect(plan.code).toBe(EXIT.failed.code);
    expect(plan.stdout).toContain("1 to create; 1 problem: nothing is done before it is solved\n");
    const status = await here.run("status");
    expect(status.stdout).toContain(`✘ file:${here.path}/there/b is there already and is not ours\n`);
    expect(status.stdout).not.toContain("as the file says");
  }, 60_000);

  it("stops a kept plan where the world moved, and says so", async () => {
    using here = place();
    await here.run("plan", "--out", "next.json");
    writeFileSync(join(here.path, "there/b"), "somebody's");
    const up = await here.run("up", "next.json", "--yes");
    expect(up.code).toBe(EXIT.failed.code);
    expect(up.stdout).toContain("fix: it changed since the plan was made");
    expect(readFileSync(join(here.path, "there/b"), "utf8")).toBe("somebody's");
    expect(readFileSync(join(here.path, "there/a"), "utf8")).toBe("one");
    expect((await here.run("status")).stdout).toContain(", failed: drover history here\n");
  }, 60_000);
});

describe("names of things", () => {
  it.each([
    [["up", "--yes", "--only", "file:/nope"], "nothing of this stack is called file:/nope"],
    [["adopt", "here/volume:x", "--yes"], "nothing in the stack file is called here/volume:x"],
    [["forget", "here/volume:x", "--yes"], "nothing of this stack is called here/volume:x"],
    [["forget", "old", "--yes"], "no machine is called old, and none that left the file was"],
    [["logs", "nope"], 'no app is called "nope"'],
    [["history", "her"], 'no machine or group is called "her"; did you mean here?'],
  ])(
    "%j that are nobody's are refused, and nothing is written",
    async (args, message) => {
      using here = place();
      const ran = await here.run(...args);
      expect(ran.code).toBe(EXIT.failed.code);
      expect(ran.stderr).toContain(`error: ${message}`);
      expect((await here.run("history")).stdout).toBe("here\n  nothing yet\n");
    },
    60_000,
  );
});
