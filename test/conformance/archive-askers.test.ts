import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Header, pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/digest.ts";
import archive, { type ArchiveInput, archiveFieldsSchema } from "../../src/resources/archive.ts";
import { requirement } from "../machines/require.ts";
import { askHere, SHELLS } from "./ask.ts";
import { converge } from "./converge.ts";

const notRoot = await requirement("archives with owners and devices", async () =>
  process.getuid?.() === 0 ? { ok: true } : { ok: false, why: "only root can make them" },
);

let root = "";

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "drover-archives-")));
  chmodSync(root, 0o755);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

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
