import { chmodSync, lchownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { word } from "../../src/model/answer.ts";
import link from "../../src/resources/link.ts";
import { requirement } from "../machines/require.ts";
import { askHere, SHELLS } from "./ask.ts";

const notRoot = await requirement("links of other users", async () =>
  process.getuid?.() === 0 ? { ok: true } : { ok: false, why: "only root can make them" },
);

let root = "";

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "drover-files-")));
  chmodSync(root, 0o755);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.each(SHELLS)("links in $name", (shell) => {
  const TARGETS = ["../a", "/nothing/here", "-n", 'it\'s "x" $(y) `z` *', "100%", "back\\slash", "käse", "a  b "];

  test.skipIf(notRoot)("where each of many leads, and whose it is", () => {
    const folder = join(root, `links-${shell.name}`);
    mkdirSync(folder, { mode: 0o755 });
    TARGETS.forEach((target, at) => {
      symlinkSync(target, join(folder, `${at}`));
      if (at % 2 === 1) lchownSync(join(folder, `${at}`), 4242, 1);
    });
    const ask = (names: readonly string[]) =>
      askHere(
        shell,
        link.askers,
        names.map((name) => ({ kind: "path", arg: join(folder, name) })),
      );
    const check = (answers: ReturnType<typeof ask>): void =>
      TARGETS.forEach((target, at) => {
        const owner = at % 2 === 1 ? " owner=4242:daemon ids=4242:1" : "";
        expect(answers.get(`path:${join(folder, `${at}`)}`)).toBe(`link to=${word(target)}${owner}`);
      });
    const names = TARGETS.map((_, at) => `${at}`);
    check(ask(names));
    // One with a line break makes the others be read one by one.
    symlinkSync("two\nlines", join(folder, "odd"));
    const odd = ask([...names, "odd", "none"]);
    check(odd);
    expect(odd.get(`path:${join(folder, "odd")}`)).toBe("link to=two?lines");
    expect(odd.get(`path:${join(folder, "none")}`)).toBe("absent");
  });
});
