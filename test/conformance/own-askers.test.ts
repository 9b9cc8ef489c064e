import { spawnSync } from "node:child_process";
import { hostname, totalmem, userInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { OWN_ASKERS } from "../../src/engine/session/ask.ts";
import { PRELUDE } from "../../src/engine/session/prelude.ts";
import { word } from "../../src/model/answer.ts";
import { askHere, SHELLS } from "./ask.ts";

/** Texts that a careless shell text would take for something else. */
const TEXTS = [
  "",
  "plain",
  "a b",
  "100% of *",
  "%20",
  "\ttabs\t and  spaces ",
  "$(x) `y` \"z\" 'q' \\",
  "käse und 🧀",
  "[a-z]?",
];

describe.each(SHELLS)("what the engine itself asks, in $name", (shell) => {
  test("facts are those of this machine", () => {
    const facts = askHere(shell, OWN_ASKERS, [{ kind: "fact", arg: "all" }], { env: { DROVER_LOGIN: "an na" } });
    const fact = (name: string): string | undefined => facts.get(`fact:${name}`);
    expect(fact("arch")).toBe(process.arch);
    expect(fact("hostname")).toBe(hostname());
    expect(fact("user")).toBe(userInfo().username);
    expect(fact("uid")).toBe(String(userInfo().uid));
    expect(fact("login")).toBe("an%20na");
    expect(fact("os")).toMatch(/^[a-z]+$/);
    expect(fact("memory-mb")).toBe(String(Math.floor(totalmem() / 1024 ** 2)));
    expect(Number(fact("disk-mb"))).toBeGreaterThan(0);
    expect(Math.abs(Number(fact("time")) - Date.now() / 1000)).toBeLessThan(60);
    expect(fact("subnets")).toMatch(/^(\d+(\.\d+){3}\/\d+(%20|$))*$/);
    expect(fact("addresses")).not.toMatch(/\s|%20$/);
  });

  test("words are spelled as they are read here", () => {
    const texts = [...TEXTS, ...TEXTS.map((text) => text.repeat(100))];
    const script = `${PRELUDE}\nfor text in "$@"; do word "$text"; echo; done`;
    const [command, ...args] = shell.argv;
    const { stdout } = spawnSync(command, [...args, "-c", script, "sh", ...texts], { encoding: "utf8" });
    expect(stdout.split("\n").slice(0, -1)).toEqual(texts.map(word));
  });
});
