import { describe, expect, it } from "vitest";
import { folderWith, snapshot } from "../cli/harness.ts";
import { drover } from "../e2e/command.ts";
import { app, expectClear, stackText } from "./refused.ts";

/** Wrong files as users meet them: the real program prints nothing but the error, and ends with 1. */
const WRONG: ReadonlyArray<readonly [string, string, string]> = [
  [
    "with a wrong value",
    stackText(app('port: "30OO"')),
    'the stack file has a mistake\n  in drover.config.ts\n  | apps.guestbook.port: expected an integer from 1 to 65535, got "30OO"',
  ],
  [
    "of wrong syntax",
    "export default {\n  name: = 1,\n};",
    "syntax error: Expression expected\n  in drover.config.ts:2:9\n",
  ],
  ["that throws", "\n  throw new Error('no');", "the stack file threw: no\n  in drover.config.ts:2:9\n"],
  ["that exports nothing", "const a = 1;", "the stack file exports nothing\n  in drover.config.ts\n"],
  [
    "that never ends its wait",
    "export default new Promise(() => {});",
    "the stack file waits for something that never happens\n  in drover.config.ts\n",
  ],
  [
    "that ends the process",
    "process.exit(0);",
    "the stack file ended its process (process.exit(0))\n  in drover.config.ts\n",
  ],
  [
    "without a file it imports",
    'import "./a.ts";\nimport b from "./none.ts";',
    "drover.config.ts imports none.ts, which is not there\n  in drover.config.ts:2:15\n",
  ],
  [
    "without a package it imports",
    'import x from "no-such-package/y";',
    "drover.config.ts imports the package no-such-package, which is not installed\n  in drover.config.ts:1:15\n",
  ],
  [
    "with a wrong name from drover",
    'import { apps } from "drover";',
    "`drover` exports no apps; did you mean app?\n  in drover.config.ts:1:10\n",
  ],
];

describe("a stack file", () => {
  it.each(WRONG)("%s", async (_, text, message) => {
    using folder = folderWith({ "drover.config.ts": text, "a.ts": "" });
    const before = snapshot(folder.path);
    const ran = await drover(["plan"], { cwd: folder.path });
    expectClear({ code: ran.code, out: ran.stdout, err: ran.stderr });
    expect(ran.stderr).toContain(`error: ${message}`);
    expect(snapshot(folder.path)).toBe(before);
  });

  it("that prints keeps stdout for Drover's own output", async () => {
    using folder = folderWith({
      "drover.config.ts": 'console.log("one"); process.stdout.write("two\\n"); console.error("three");',
    });
    const ran = await drover(["plan", "--json"], { cwd: folder.path });
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ event: "failed", error: { code: "CONFIG_INVALID" } });
    const [said = ""] = ran.stderr.split("error: ");
    expect(said.trim().split("\n").sort()).toEqual(["one", "three", "two"]);
  });
});
