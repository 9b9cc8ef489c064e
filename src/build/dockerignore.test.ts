import { describe, expect, it } from "vitest";
import { dockerIgnore } from "./dockerignore.ts";

// What stays of these paths was compared with what the Docker CLI sends for the same folder and file.
const PATHS = ["a", "b/a", "b/c.js", "c.js", "d/e/c.js", "d/e/f", "[z]/k", "#h", "!x", "é", "-x/y", "foo bar"];

describe("dockerIgnore", () => {
  it.each<[string, string[]]>([
    ["*.js", ["c.js"]],
    ["**/*.js", ["b/c.js", "c.js", "d/e/c.js"]],
    ["/a", ["a"]],
    ["b/", ["b/a", "b/c.js"]],
    ["./b/../d", ["d/e/c.js", "d/e/f"]],
    ["d/**", ["d/e/c.js", "d/e/f"]],
    ["d/*/f", ["d/e/f"]],
    ["*/*", ["b/a", "b/c.js", "d/e/c.js", "d/e/f", "[z]/k", "-x/y"]],
    ["*\n!d/e/f", PATHS.filter((path) => path !== "d/e/f")],
    ["!c.js\n*.js", ["c.js"]],
    ["b\n!b/a\nb/a", ["b/a", "b/c.js"]],
    ["?", ["a", "b/a", "b/c.js", "d/e/c.js", "d/e/f", "é"]],
    ["[a-c]", ["a", "b/a", "b/c.js"]],
    ["[^a-c]", ["d/e/c.js", "d/e/f", "é"]],
    ["\\[z\\]", ["[z]/k"]],
    ["# a comment\n\\#h", ["#h"]],
    ["  foo bar  ", ["foo bar"]],
    ["\\!x", ["!x"]],
    ["-x", ["-x/y"]],
    ["\uFEFFa\r\nc.js\r\n", ["a", "c.js"]],
    ["\n\n   \n", []],
  ])("%j leaves out %j", (text, expected) => {
    const rules = dockerIgnore(text);
    expect(PATHS.filter((path) => rules.leavesOut(path))).toEqual(expected);
  });

  it.each(["[a", "a\\", "!"])("refuses %j and names the line", (pattern) => {
    expect(() => dockerIgnore(`ok\n${pattern}\n`)).toThrow(/\.dockerignore line 2/);
  });
});
