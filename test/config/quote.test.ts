import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quote, quoteAll } from "../../src/lib/quote.ts";
import { HOSTILE } from "./hostile.ts";

/** Shells that run what Drover writes; each must give every word back as it was. */
const SHELLS: ReadonlyArray<readonly [string, readonly string[]]> = [
  ["sh", []],
  ["dash", []],
  ["bash", ["--norc"]],
  ["bash", ["--posix"]],
  ["busybox", ["sh"]],
];

const words = (): string[] => {
  const piece = fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.string({
      unit: fc.constantFrom(
        "'",
        '"',
        "\\",
        "$",
        "`",
        "!",
        "\n",
        " ",
        "*",
        "~",
        "#",
        "=",
        "-",
        "a",
        "(",
        ")",
        "{",
        "}",
        "\t",
        "\r",
        "é",
        "\u{1F600}",
      ),
    }),
  );
  const word = fc
    .array(piece, { minLength: 1, maxLength: 3 })
    .map((pieces) => pieces.join("").replaceAll("\0", "").toWellFormed());
  return [...HOSTILE.map((text) => text.replaceAll("\0", "")), ...fc.sample(word, { seed: 11, numRuns: 1500 })];
};

describe.each(SHELLS)("%s %j", (shell, args) => {
  it("reads every quoted word as one word, unchanged, and runs nothing of it", (context) => {
    const there = spawnSync(shell, [...args, "-c", ":"]).status === 0;
    if (!there && process.env["DROVER_TEST_REQUIRE"] !== "all") return context.skip(`${shell} is not installed here`);
    expect(there, `${shell} is not installed`).toBe(true);
    const folder = mkdtempSync(join(tmpdir(), "drover-quote-"));
    try {
      const all = words();
      const script = all.map((word) => `printf '%s\\0' ${quote(word)}\n`).join("");
      const { stdout, stderr, status } = spawnSync(shell, [...args], {
        input: script,
        cwd: folder,
        maxBuffer: 1 << 28,
      });
      expect(stderr.toString()).toBe("");
      expect(status).toBe(0);
      expect(stdout.toString("utf8").split("\0").slice(0, -1)).toEqual(all);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("reads a list of them as that list", (context) => {
    const there = spawnSync(shell, [...args, "-c", ":"]).status === 0;
    if (!there && process.env["DROVER_TEST_REQUIRE"] !== "all") return context.skip(`${shell} is not installed here`);
    const argv = words().slice(0, 300);
    const { stdout } = spawnSync(shell, [...args, "-s"], {
      input: `set -- ${quoteAll(argv)}\nprintf '%s\\0' "$@"\n`,
      maxBuffer: 1 << 28,
    });
    expect(stdout.toString("utf8").split("\0").slice(0, -1)).toEqual(argv);
  });
});

it("refuses what no shell can carry", () => {
  expect(() => quote("a\0b")).toThrow(RangeError);
});
