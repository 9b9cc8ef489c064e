import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Header, pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/digest.ts";
import { word } from "../../src/model/answer.ts";
import { factsOf } from "../../src/model/facts.ts";
import type { AnyResourceType } from "../../src/model/resource.ts";
import { revealText } from "../../src/model/secret.ts";
import type { Step } from "../../src/model/step.ts";
import archive, { type ArchiveInput, archiveFieldsSchema } from "../../src/resources/archive.ts";
import block, { type BlockInput, blockFieldsSchema } from "../../src/resources/block.ts";
import line, { type LineInput, lineFieldsSchema } from "../../src/resources/line.ts";
import link from "../../src/resources/link.ts";
import { requirement } from "../machines/require.ts";
import { askHere, SHELLS, type TestShell } from "./ask.ts";

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

const SECRETS = (name: string): string => `${name}: it's "$(x)" \\ %s *`;

/** Runs a step as the runner does, with the tools of that shell. */
function run(step: Step, shell: TestShell, state: string): void {
  if (step.kind !== "exec" && step.kind !== "edit") throw new Error(`not run here: ${step.kind}`);
  const path = step.kind === "edit" ? step.path : "";
  const [, flag, script = "", ...words] = step.argv.map((word) => (word === "{}" && path !== "" ? path : word));
  if (flag !== "-c") throw new Error("not a script");
  const PATH = `${shell.tools === undefined ? "" : `${shell.tools}:`}${process.env["PATH"]}`;
  // Without --norc bash takes its input for a remote login's.
  const [command, ...args] = shell.name === "bash" ? [...shell.argv, "--norc"] : shell.argv;
  const input = step.stdin === undefined ? "" : revealText(step.stdin, SECRETS);
  const env = { PATH, LC_ALL: "C", DROVER_STATE: state };
  const { stdout, stderr, status } = spawnSync(command, [...args, "-c", script, ...words], { input, env });
  if (status !== 0 || stderr.length > 0) throw new Error(`${status}: ${stderr}${stdout}`);
  if (step.kind === "edit") writeFileSync(path, stdout);
}

/** Asks, plans and runs, as a run does, until nothing is to do. */
function converge(
  type: AnyResourceType,
  name: string,
  spec: object | undefined,
  shell: TestShell,
  state: string,
): string[] {
  const actions: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    // Checked as a stack file is; the fields are plain.
    const wanted = spec as Parameters<AnyResourceType["plan"]>[1];
    const options = { secrets: SECRETS, env: { DROVER_STATE: state } };
    const answers = askHere(shell, type.askers, type.query([{ name, spec: wanted }], "t/x"), options);
    const seen = type.parse(name, answers);
    if (seen.kind === "unknown") throw new Error(seen.why);
    const plan = type.plan(name, wanted, seen, { owner: "t/x", facts: factsOf(answers), answers });
    actions.push(plan.action);
    for (const step of plan.steps) run(step, shell, state);
  }
  return actions;
}

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
    ["a secret", "a\n", { content: { secret: "T" } }, `a\n${marked(`${SECRETS("T")}\n`)}`],
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
    expect(want({ content: "c\n" })).toEqual(["update", "noop"]);
    expect(readFileSync(path, "utf8")).toBe(`${others}${marked("c\n")}z\n`);
    writeFileSync(path, "# BEGIN drover:db\nq\n");
    expect(() => want({ content: "c\n" })).toThrow("do not fit together");
    expect(() => want(undefined)).toThrow("do not fit together");
    expect(readFileSync(path, "utf8")).toBe("# BEGIN drover:db\nq\n");
  });
});

describe.skipIf(notRoot).each(SHELLS)("archives in $name", (shell) => {
  type Member = Pick<Header, "name"> & Partial<Header>;

  async function tarOf(members: readonly Member[]): Promise<Buffer> {
    const tar = pack();
    for (const member of members) tar.entry({ mode: 0o644, ...member }, member.type === undefined ? member.name : "");
    tar.finalize();
    return buffer(tar);
  }

  async function unpack(members: readonly Member[], spec: Partial<ArchiveInput> = {}) {
    const state = mkdtempSync(join(root, "state-"));
    chmodSync(state, 0o755);
    const path = join(state, "a.tar");
    const bytes = await tarOf(members);
    writeFileSync(path, bytes);
    const fields = archiveFieldsSchema.parse({ path, sha256: sha256(bytes), ...spec });
    const name = join(state, "made here");
    return { state, name, want: (spec: object | undefined = fields) => converge(archive, name, spec, shell, state) };
  }

  test("what it holds, with nothing of its owners, and gone again", async () => {
    const { state, name, want } = await unpack(
      [
        { name: "top/", type: "directory", mode: 0o750 },
        { name: "top/a b", uid: 4242, mode: 0o6755 },
        { name: "top/k\u00e4se" },
        { name: "top/in/.hidden" },
        { name: "top/in/up", type: "symlink", linkname: "../a b" },
        { name: "top/hard", type: "link", linkname: "top/a b" },
        { name: "top/dangling", type: "symlink", linkname: "nothing" },
      ],
      { strip: 1 },
    );
    expect(want()).toEqual(["create", "noop"]);
    expect(readdirSync(name).sort()).toEqual(["a b", "dangling", "hard", "in", "k\u00e4se"]);
    expect(readFileSync(join(name, "in/up"), "utf8")).toBe("top/a b");
    const { uid, mode } = statSync(join(name, "a b"));
    expect([uid, mode & 0o7777]).toEqual([0, 0o755]);
    expect(readdirSync(state).sort()).toEqual(["a.tar", "archives", "made here"]);
  });

  const HOSTILE: readonly (readonly [title: string, members: readonly Member[], why: string | RegExp])[] = [
    ["a name that leads out", [{ name: "a" }, { name: "b/../../out" }], /names? that leads? out: .*b\/\.\.\/\.\./],
    ["an absolute name", [{ name: "/etc/out" }], /an absolute name: \/etc\/out|names that lead out: .*leading/],
    [
      "a link that leads out",
      [{ name: "d/l", type: "symlink", linkname: "../../out" }],
      "a link that leads out: new/d/l",
    ],
    ["an absolute link", [{ name: "l", type: "symlink", linkname: "/etc" }], "a link that leads out: new/l -> /etc"],
    [
      ...(["links that lead out together"] as const),
      [
        { name: "here", type: "symlink", linkname: "." },
        { name: "l", type: "symlink", linkname: "here/../out" },
      ],
      "a link that leads out",
    ],
    [
      ...(["a file below a link"] as const),
      [{ name: "l", type: "symlink", linkname: "d" }, { name: "d/x" }, { name: "l/x" }],
      "it puts l/x below a link",
    ],
    ["a device", [{ name: "null", type: "character-device", devmajor: 1, devminor: 3 }], "a device"],
    ["a line break", [{ name: "l\nx", type: "symlink", linkname: "/etc" }], "a name with a line break"],
    ["a pipe", [{ name: "p", type: "fifo" }], "a device, a pipe or a socket"],
  ];

  test.each(HOSTILE)("%s is refused, and nothing is changed", async (_title, members, why) => {
    const { name, want } = await unpack(members);
    expect(() => want()).toThrow(why);
    expect(existsSync(name)).toBe(false);
  });

  test("a hard link to a file of the machine is refused, and that file stays as it is", async () => {
    const outside = join(root, `outside-${shell.name}`);
    writeFileSync(outside, "theirs");
    chownSync(outside, 4242, 4242);
    const { name, want } = await unpack([{ name: "h", type: "link", linkname: outside }], { owner: "7:8" });
    expect(() => want()).toThrow();
    expect(existsSync(name)).toBe(false);
    expect(statSync(outside).uid).toBe(4242);
  });

  test("another digest is refused before anything of it is unpacked", async () => {
    const { name, want } = await unpack([{ name: "a" }], { sha256: "0".repeat(64) });
    expect(() => want()).toThrow(`not ${"0".repeat(64)}`);
    expect(existsSync(name)).toBe(false);
  });

  test("what others put into it is noticed when it is to go", async () => {
    const { name, want, state } = await unpack([{ name: "a" }]);
    want();
    const answer = () => {
      const queries = archive.query([{ name, spec: undefined }], "t/x");
      return askHere(shell, archive.askers, queries, { env: { DROVER_STATE: state } }).get(`archive:${name}`);
    };
    expect(answer()).toMatch(/ clean=yes$/);
    writeFileSync(join(name, "theirs"), "");
    expect(answer()).toMatch(/ clean=no$/);
    expect(converge(archive, name, undefined, shell, state)).toEqual(["delete", "noop"]);
    expect(readdirSync(state).sort()).toEqual(["a.tar", "archives"]);
    expect(readdirSync(join(state, "archives"))).toEqual([]);
    // A folder of the same name that somebody else made is not ours.
    mkdirSync(name);
    expect(answer()).toBe("foreign");
  });
});
