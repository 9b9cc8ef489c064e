import { describe, expect, it } from "vitest";
import { allCommands } from "../../src/cli/commands.ts";
import { EXIT } from "../../src/cli/exit.ts";
import { cli } from "./harness.ts";

const options = { cwd: "/" };

describe("the command line", () => {
  it("tells about itself and each of its commands", async () => {
    expect(await cli(["--help"], options)).toMatchObject({
      code: 0,
      err: "",
      out: expect.stringContaining("Usage: drover COMMAND"),
    });
    expect(await cli([], options)).toMatchObject({ code: 1, out: expect.stringContaining("Usage: drover COMMAND") });
    for (const { name, aliases } of await allCommands()) {
      const help = await cli([name, "--help"], options);
      expect(help).toMatchObject({ code: 0, err: "", out: expect.stringContaining(`Usage: drover ${name} `) });
      expect((await cli(["help", name], options)).out).toBe(help.out);
      for (const alias of aliases) expect((await cli([alias, "-h"], options)).out).toBe(help.out);
    }
  });

  it("prints its version", async () => {
    expect(await cli(["--version"], options)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    const json = await cli(["version", "--json"], options);
    expect(JSON.parse(json.out)).toMatchObject({ node: process.version });
  });

  it.each<[string[], string]>([
    [["pln"], 'unknown command "pln"; did you mean plan?'],
    [["deplyo"], 'unknown command "deplyo"; did you mean deploy?'],
    [["frobnicate"], 'unknown command "frobnicate"'],
    [["\u001b[2J"], 'unknown command "\\\\u001b[2J"'],
    [["__proto__"], 'unknown command "__proto__"'],
    [["constructor"], 'unknown command "constructor"'],
    [["plan", "--jsno"], "unknown flag --jsno; did you mean --json?"],
    [["plan", "--frobnicate"], "unknown flag --frobnicate"],
    [["plan", "-z"], "unknown flag -z"],
    [["plan", "--__proto__"], "unknown flag --__proto__"],
    [["plan", "--json=yes"], "--json takes no value"],
    [["plan", "--on"], "--on needs a value"],
    [["plan", "--on", "--lift"], "--on needs a value"],
    [["plan", "--on="], "--on needs a value"],
    [["plan", "--file"], "--file needs a value"],
    [["plan", "extra"], 'drover plan does not take "extra"'],
    [["logs", "--tail", "many"], '--tail: expected a whole number, got "many"'],
    [["logs", "--tail", "-5"], "--tail needs a value"],
    [["adopt"], "ID... is missing"],
    [["up", ""], "an argument is empty"],
    [["--frobnicate"], "--frobnicate needs a command before it"],
    [["plan", "--", "--lift"], 'drover plan does not take "--lift"'],
  ])("%j is refused", async (argv, message) => {
    const ran = await cli(argv, options);
    expect(ran).toMatchObject({ code: EXIT.failed.code, out: "" });
    expect(ran.err.split("\n")[0]).toBe(`error: ${message}`);
    expect(ran.err).toContain("\n  fix: ");
  });

  it("tells errors to programs, too", async () => {
    const ran = await cli(["plan", "--nope", "--json"], options);
    expect(JSON.parse(ran.out)).toEqual({
      event: "failed",
      error: { code: "USAGE", message: "unknown flag --nope", hint: "drover plan --help", where: {} },
    });
    expect(ran.err).toContain("error: unknown flag --nope");
  });

  it("writes colours where they are wanted", async () => {
    const red = "\u001b[31m";
    const at = async (env: Record<string, string>, tty: boolean, ...flags: string[]): Promise<boolean> =>
      (await cli(["plan", "--nope", ...flags], { ...options, env, tty })).err.includes(red);
    expect(await at({}, true)).toBe(true);
    expect(await at({}, false)).toBe(false);
    expect(await at({ NO_COLOR: "1" }, true)).toBe(false);
    expect(await at({}, true, "--no-color")).toBe(false);
    expect(await at({ FORCE_COLOR: "1" }, false)).toBe(true);
    expect(await at({ FORCE_COLOR: "1", NO_COLOR: "1" }, false)).toBe(false);
  });
});
