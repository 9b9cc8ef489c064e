import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { HIDE, maskText } from "../../src/engine/session/hide.ts";
import type { Program } from "../../src/model/program.ts";

const PEM = `-----BEGIN KEY-----\nc2VjcmV0IGxpbmUgbnVtYmVyIG9uZQ==\nYW5vdGhlciBvbmUgb2YgdGhlbQ==\n-----END KEY-----\n`;
const VALUES: Readonly<Record<string, string>> = {
  DB: "hunter2-&-it's \\n$(x) \u0001\u00012 ü",
  LONGER: "hunter2-&-it's \\n$(x) \u0001\u00012 ü and more",
  PEM,
};
const program: Program = {
  id: "r1",
  header: { owner: "a/b", stack: "s", by: "me", command: "up", machine: "m", machines: {} },
  segments: [],
  hides: ["DB", "LONGER", "PEM", "NOT_HERE"],
};
const mask = maskText(program, (name) => VALUES[name]);

/** What a shell's functions make of what a step printed. */
function shown(shell: string, printed: string, call: string, secrets = mask): string {
  const dir = mkdtempSync(join(tmpdir(), "drover-hide-"));
  try {
    mkdirSync(join(dir, "hot"));
    if (secrets !== "") writeFileSync(join(dir, "hot/mask"), secrets);
    writeFileSync(join(dir, "out"), printed);
    const [command = "sh", ...args] = shell.split(" ");
    const script = `LC_ALL=C; export LC_ALL; dir=$1; hot=$1/hot; ${HIDE}\n${call}`;
    return execFileSync(command, [...args, "-c", script, "x", dir], { encoding: "utf8" });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

describe.each(["sh", "bash", "busybox sh"])("%s", (shell) => {
  test("puts names in place of values: whole, by lines, in URLs and in Base64, alone and amid others", () => {
    const db = VALUES["DB"] ?? "";
    const printed = [
      `a ${db} b ${db}${db}`,
      `${VALUES["LONGER"]}.`,
      encodeURIComponent(db),
      Buffer.from(db).toString("base64"),
      Buffer.from(`user:${db}`).toString("base64"),
      JSON.stringify({ db }),
      "x YW5vdGhlciBvbmUgb2YgdGhlbQ== y",
      "innocent",
    ];
    const text = shown(shell, `${printed.join("\n")}\n${PEM}end\n`, 'hide <"$dir/out"');
    expect(text).toContain("a secret(DB) b secret(DB)secret(DB)\nsecret(LONGER).\nsecret(DB)\nsecret(DB)\n");
    expect(text).toContain('{"db":"secret(DB)"}\nx secret(PEM) y\ninnocent\nsecret(PEM)');
    for (const part of ["hunter2", "c2Vjcm", "YW5vd", encodeURIComponent("it's")]) expect(text).not.toContain(part);
    for (const at of [0, 1, 2])
      expect(text).not.toContain(
        Buffer.from(db)
          .toString("base64")
          .slice(4 * at, 4 * at + 12),
      );
    expect(text.endsWith("end\n")).toBe(true);
  });

  test("shows no part of one where a long output is cut", () => {
    const cut = `${"x".repeat(10)} ${"k".repeat(40)}${VALUES["DB"]}\n`;
    const rest = "y".repeat(65_536 - 10);
    const text = shown(shell, `${cut}${rest}\n`, 'ending "$dir/out" 40');
    expect(text).toBe(`${rest}\n`);
  });

  test("leaves all as it is where there is nothing to hide", () => {
    expect(shown(shell, "a\nb\n", 'hide <"$dir/out"; printf "%s" "${scratch#"$dir"}"', "")).toBe("a\nb\n");
    expect(shown(shell, "1\n2\n3\n", 'ending "$dir/out" 2')).toBe("2\n3\n");
    expect(shown(shell, "", 'hide <"$dir/out"')).toBe("");
  });
});

test("what has no value here, or is too short to be told from other words, is not in it", () => {
  expect(mask).not.toContain("NOT_HERE");
  expect(maskText(program, () => "1234")).toBe("");
});
