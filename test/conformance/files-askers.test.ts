import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/digest.ts";
import { word } from "../../src/model/answer.ts";
import block, { type BlockInput, blockFieldsSchema } from "../../src/resources/block.ts";
import line, { type LineInput, lineFieldsSchema } from "../../src/resources/line.ts";
import link from "../../src/resources/link.ts";
import { requirement } from "../machines/require.ts";
import { askHere, SHELLS } from "./ask.ts";
import { converge, SECRETS } from "./converge.ts";

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

describe.each(SHELLS)("lines in $name", (shell) => {
  interface Edit {
    readonly title: string;
    readonly before: string;
    readonly spec: LineInput;
    readonly after: string;
    /** What is left when it leaves the stack file; default as it was before. */
    readonly left?: string;
  }
  const port: LineInput = { line: "Port 2222", match: "^#?Port " };
  const EDITS: readonly Edit[] = [
    { title: "added at the end", before: "a\nb\n", spec: { line: "c" }, after: "a\nb\nc\n" },
    { title: "added to an empty file", before: "", spec: { line: "c" }, after: "c\n" },
    { title: "a missing final newline stays missing", before: "a\nb", spec: { line: "c" }, after: "a\nb\nc" },
    { title: "line ends of Windows", before: "a\r\nb\r\n", spec: { line: "c" }, after: "a\r\nb\r\nc\r\n" },
    { title: "what match matches", before: "x\n#Port 22\ny\n", spec: port, after: "x\nPort 2222\ny\n" },
    { title: "the last one, without its newline", before: "x\nPort 22", spec: port, after: "x\nPort 2222" },
    { title: "with line ends of Windows", before: "x\r\nPort 22\r\n", spec: port, after: "x\r\nPort 2222\r\n" },
    {
      ...{ title: "after never beats match", before: "[a]\nPort 22\n[b]\n" },
      ...{ spec: { ...port, after: "^.b.$" }, after: "[a]\nPort 2222\n[b]\n" },
    },
    {
      title: "after the last",
      before: "[a]\nx\n[a]\ny\n",
      spec: { line: "n", after: "^.a.$" },
      after: "[a]\nx\n[a]\nn\ny\n",
    },
    { title: "before the first", before: "x\nx\n", spec: { line: "n", before: "^x" }, after: "n\nx\nx\n" },
    {
      ...{ title: "after counts more than before", before: "x\ny\n" },
      ...{ spec: { line: "n", before: "^x", after: "^y" }, after: "x\ny\nn\n" },
    },
    { title: "neither is there", before: "x", spec: { line: "n", before: "^q", after: "^q" }, after: "x\nn" },
    {
      ...{ title: "every", before: "Port 1\nx\nPort 2\n", spec: { ...port, every: true } },
      ...{ after: "Port 2222\nx\n", left: "Port 1\nx\n" },
    },
    {
      ...{ title: "hostile text", before: "*\n\\1 & \\n\n", spec: { line: "\\1 & \\n \t%s $(x) 'q' -n" } },
      after: "*\n\\1 & \\n\n\\1 & \\n \t%s $(x) 'q' -n\n",
    },
    {
      ...{ title: "bytes that are no text of ours", before: "k\u00e4se\n", spec: { line: "f\u00fc\u00df" } },
      after: "k\u00e4se\nf\u00fc\u00df\n",
    },
    {
      ...{
        title: "a secret",
        before: "PW=old\nx\n",
        spec: { line: { concat: ["PW=", { secret: "T" }] }, match: "^PW=" },
      },
      after: `PW=${SECRETS("T")}\nx\n`,
    },
    {
      ...{ title: "taken out by match", before: "a\nx1\nb\nx2", spec: { present: false, match: "^x[12]" } },
      ...{ after: "a\nb", left: "a\nb" },
    },
    { title: "taken out by text", before: "x\na\n", spec: { present: false, line: "x" }, after: "a\n", left: "a\n" },
  ];

  test.each(EDITS)("$title", ({ title, before, spec, after, left = before }) => {
    const state = mkdtempSync(join(root, "state-"));
    const path = join(state, `a file=${title}`);
    const name = `${path}:label`;
    writeFileSync(path, before, { mode: 0o644 });
    chmodSync(path, 0o644);
    const fields = lineFieldsSchema.parse(spec);
    expect(converge(line, name, fields, shell, state).at(-1)).toBe("noop");
    expect(readFileSync(path, "utf8")).toBe(after);
    converge(line, name, undefined, shell, state);
    expect(readFileSync(path, "utf8")).toBe(left);
    expect(existsSync(join(state, "lines")) ? readdirSync(join(state, "lines")) : []).toEqual([]);
  });

  test("a new text takes the place of what a run put, and what was there first comes back", () => {
    const state = mkdtempSync(join(root, "state-"));
    const path = join(state, "conf");
    writeFileSync(path, "#Port 22\nx\n");
    chmodSync(path, 0o644);
    const want = (spec: LineInput | undefined) =>
      converge(line, `${path}:l`, spec === undefined ? undefined : lineFieldsSchema.parse(spec), shell, state);
    want(port);
    // Without a match only the note of the run before tells which line it was.
    expect(want({ line: "Port 3333", after: "^x" })).toEqual(["update", "noop"]);
    expect(readFileSync(path, "utf8")).toBe("Port 3333\nx\n");
    expect(want(undefined)).toEqual(["delete", "noop"]);
    expect(readFileSync(path, "utf8")).toBe("#Port 22\nx\n");
    want({ line: "y" });
    writeFileSync(path, "theirs\n");
    expect(want(undefined)).toEqual(["delete", "noop"]);
    expect(readFileSync(path, "utf8")).toBe("theirs\n");
  });

  test("what a run put in a file for all is not told where the new line holds a secret: likely it is the old one", () => {
    const state = mkdtempSync(join(root, "state-"));
    const path = join(state, "conf");
    writeFileSync(path, "x\n");
    chmodSync(path, 0o644);
    converge(line, `${path}:l`, lineFieldsSchema.parse({ line: "pw=old" }), shell, state);
    const said = (spec: LineInput): string | undefined => {
      const queries = line.query([{ name: `${path}:l`, spec: lineFieldsSchema.parse(spec) }], "t/x");
      const answers = askHere(shell, line.askers, queries, { secrets: SECRETS, env: { DROVER_STATE: state } });
      return answers.get(`line:${path}:l`);
    };
    expect(said({ line: "pw=new" })).toBe("ours has=pw=old");
    expect(said({ line: { secret: "T" } })).toBe("ours");
    expect(said({ present: false, line: { secret: "T" }, match: "^pw=" })).toBe("ours");
  });

  test("what is as wanted is told by its digest; with a secret, by one under the machine's own key", () => {
    const state = mkdtempSync(join(root, "state-"));
    const path = join(state, "conf");
    const secret: LineInput = { line: { secret: "T" } };
    const said = (spec: LineInput): string | undefined => {
      const queries = line.query([{ name: `${path}:l`, spec: lineFieldsSchema.parse(spec) }], "t/x");
      const answers = askHere(shell, line.askers, queries, { secrets: SECRETS, env: { DROVER_STATE: state } });
      return answers.get(`line:${path}:l`);
    };
    writeFileSync(path, `Port 22\n${SECRETS("T")}\n`);
    expect(said({ line: "Port 22" })).toBe(`same sha256=${sha256("Port 22")}`);
    expect(said(secret)).toBe("same keyed=none");
    writeFileSync(join(state, "key"), `${sha256("one")}\n`);
    const keyed = said(secret);
    expect(keyed).toMatch(/^same keyed=[0-9a-f]{64}$/);
    expect(keyed).not.toContain(sha256(SECRETS("T") ?? ""));
    expect(said(secret)).toBe(keyed);
    writeFileSync(join(state, "key"), `${sha256("two")}\n`);
    expect(said(secret)).not.toBe(keyed);
  });

  test("what cannot be decided is refused", () => {
    const state = mkdtempSync(join(root, "state-"));
    const path = join(state, "conf");
    const refused = (text: string, spec: LineInput): string => {
      writeFileSync(path, text);
      try {
        converge(line, `${path}:l`, lineFieldsSchema.parse(spec), shell, state);
      } catch (error) {
        return String(error);
      }
      throw new Error("it was not refused");
    };
    expect(refused("Port 1\nPort 2\n", port)).toContain("2 lines of");
    expect(refused("x\n", { line: "Port 1", match: "^PORT" })).toContain("does not match the line itself");
    expect(refused("a\0b\n", { line: "c" })).toContain("it holds NUL bytes");
  });
});

describe.each(SHELLS)("blocks in $name", (shell) => {
  const marked = (content: string, end = "\n"): string => `# BEGIN drover:db${end}${content}# END drover:db${end}`;
  const EDITS: readonly (readonly [title: string, before: string, spec: BlockInput, after: string])[] = [
    ["added at the end", "a\n", { content: "x\ny\n" }, `a\n${marked("x\ny\n")}`],
    ["to an empty file", "", { content: "x" }, marked("x\n")],
    ["without a final newline", "a", { content: "x" }, `a\n${marked("x\n").trimEnd()}`],
    ["with line ends of Windows", "a\r\n", { content: "x\ny" }, `a\r\n${marked("x\r\ny\r\n", "\r\n")}`],
    ["after a line", "a\nb\n", { content: "x\n", after: "^a" }, `a\n${marked("x\n")}b\n`],
    ["before a line", "a\nb\n", { content: "x\n", before: "^a" }, `${marked("x\n")}a\nb\n`],
    ["nothing at all", "a\n", { content: "" }, `a\n${marked("")}`],
    ["with empty lines", "a\n", { content: "\n\nx\n\n" }, `a\n${marked("\n\nx\n\n")}`],
    [
      "hostile text",
      "*\n",
      { content: "\\1 & \\n \t%s $(x) 'q'\n-n *\n" },
      `*\n${marked("\\1 & \\n \t%s $(x) 'q'\n-n *\n")}`,
    ],
    [
      ...(["a secret", "a\n", { content: { secret: "T" } }] as const),
      `a\n${marked(`${SECRETS("T")}\n`).replace("drover:db\n", "drover:db (secret)\n")}`,
    ],
    [
      ...(["other comments", "a\n", { content: "x", comment: "<!-- ... -->" }] as const),
      "a\n<!-- BEGIN drover:db -->\nx\n<!-- END drover:db -->\n",
    ],
  ];

  test.each(EDITS)("%s, and taken out again", (title, before, spec, after) => {
    const state = mkdtempSync(join(root, "state-"));
    const path = join(state, `a file=${title}`);
    writeFileSync(path, before);
    chmodSync(path, 0o644);
    expect(converge(block, `${path}:db`, blockFieldsSchema.parse(spec), shell, state)).toEqual(["create", "noop"]);
    expect(readFileSync(path, "utf8")).toBe(after);
    expect(converge(block, `${path}:db`, undefined, shell, state)).toEqual(["delete", "noop"]);
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test("a changed one is put right where it is; others' and torn ones are left alone", () => {
    const state = mkdtempSync(join(root, "state-"));
    const path = join(state, "conf");
    const want = (spec: BlockInput | undefined) =>
      converge(block, `${path}:db`, spec === undefined ? undefined : blockFieldsSchema.parse(spec), shell, state);
    const others = "# BEGIN drover:db2\nq\n# END drover:db2\n";
    writeFileSync(path, `${others}${marked("a 100% *\n\nb\n")}z\n`);
    chmodSync(path, 0o644);
    const name = `${path}:db`;
    const answers = askHere(shell, block.askers, block.query([{ name, spec: undefined }], "t/x"));
    expect(answers.get(`block:${name}`)).toBe("other has=a%20100%25%20%2a%0a%0ab");
    // In the place of a secret there is likely an older one.
    const secret = blockFieldsSchema.parse({ content: { secret: "T" } });
    const hidden = askHere(shell, block.askers, block.query([{ name, spec: secret }], "t/x"), { secrets: SECRETS });
    expect(hidden.get(`block:${name}`)).toBe("other");
    expect(want({ content: "c\n" })).toEqual(["update", "noop"]);
    expect(readFileSync(path, "utf8")).toBe(`${others}${marked("c\n")}z\n`);
    writeFileSync(path, "# BEGIN drover:db\nq\n");
    expect(() => want({ content: "c\n" })).toThrow("do not fit together");
    expect(() => want(undefined)).toThrow("do not fit together");
    expect(readFileSync(path, "utf8")).toBe("# BEGIN drover:db\nq\n");
  });
});
