import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ShellSession } from "../../src/engine/session/shell.ts";
import type { Change } from "../../src/model/change.ts";
import { type JournalLine, NO_MEMORY } from "../../src/model/journal.ts";
import { fold } from "../../src/model/memory.ts";
import type { Program } from "../../src/model/program.ts";
import type { EditStep } from "../../src/model/step.ts";
import local from "../../src/transports/local.ts";

const ASKERS = {
  path: `for path_p in "$@"; do
    if [ -d "$path_p" ]; then line "path:$path_p" "directory mode=$(stat -c %a "$path_p")"
    elif [ -f "$path_p" ]; then path_s=$(sha256sum <"$path_p"); line "path:$path_p" "file mode=$(stat -c %a "$path_p") sha256=\${path_s%% *}"
    else line "path:$path_p" absent; fi; done`,
};
const none = (): undefined => undefined;
const signal = AbortSignal.timeout(60_000);
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drover-slice-"));
  process.env["DROVER_STATE"] = join(folder, "state");
  process.env["DROVER_RUN"] = join(folder, "run");
});
afterEach(async () => {
  delete process.env["DROVER_STATE"];
  delete process.env["DROVER_RUN"];
  // A runner takes its inventory after it has told its end.
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

async function session(): Promise<ShellSession> {
  const reach = { transport: "local", machine: "here", address: "127.0.0.1", options: {} };
  return new ShellSession("here", await local.connect(reach, none, signal), ASKERS, none);
}

function change(path: string, over: Partial<Change>): Change {
  return {
    id: `here/file:${path}`,
    type: "file",
    name: path,
    on: "here",
    action: "create",
    diff: [],
    steps: [],
    from: { [`path:${path}`]: "absent" },
    to: { [`path:${path}`]: "file mode=640 sha256=*" },
    needs: [],
    ...over,
  };
}

function program(id: string, changes: readonly Change[]): Program {
  return {
    id,
    header: { owner: "t/production", stack: "t", by: "me@here", command: "up", machine: "here", machines: {} },
    segments: [{ items: changes.map((one) => ({ kind: "changes" as const, changes: [one] })) }],
  };
}

/** All changes in one item. */
function together(id: string, changes: readonly Change[]): Program {
  return { ...program(id, []), segments: [{ items: [{ kind: "changes", changes }] }] };
}

async function lines(one: ShellSession, what: Program): Promise<JournalLine[]> {
  const found: JournalLine[] = [];
  for await (const line of one.run(what, none, signal)) found.push(line);
  return found;
}

test("asks in one exchange, runs detached, journals, proves, and skips what is already there", async () => {
  await using one = await session();
  const path = join(folder, `it's "a" file $(x)`);
  const first = await one.ask(
    [
      { kind: "path", arg: path },
      { kind: "fact", arg: "all" },
      { kind: "journal", arg: "head" },
    ],
    signal,
  );
  expect(one.exchanges).toBe(1);
  expect(first.get(`path:${path}`)).toBe("absent");
  expect(first.get("journal:head")).toBe("0");
  const write = change(path, { steps: [{ kind: "write", path, content: "hello\n", mode: "0640" }] });
  const done = await lines(one, program("r1", [write]));
  expect(done.map((line) => line.t)).toEqual(["begin", "start", "done", "end"]);
  expect(done.find((line) => line.t === "done")?.answers[`path:${path}`]).toMatch(/^file mode=640 sha256=/);
  expect(readFileSync(path, "utf8")).toBe("hello\n");
  expect(statSync(path).mode & 0o777).toBe(0o640);
  const again = await lines(one, program("r2", [write]));
  expect(again.find((line) => line.t === "done")).toMatchObject({ skipped: true });
});

test("of several in one item each is judged by itself, with its own bytes and words, and what failed stops no other", async () => {
  await using one = await session();
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => join(folder, name)) as [string, string, string, string];
  writeFileSync(a, "before\n", { mode: 0o640 });
  const [old] = [createHash("sha256").update("before\n").digest("hex")];
  const kept = change(a, {
    from: { [`path:${a}`]: `file mode=640 sha256=${old}` },
    to: { [`path:${a}`]: `file mode=640 sha256=${createHash("sha256").update("after\n").digest("hex")}` },
    steps: [{ kind: "write", path: a, content: "after\n", mode: "0640", keep: true }],
  });
  const broken = change(b, { steps: [{ kind: "exec", argv: ["sh", "-c", "echo why not; exit 3"] }] });
  const says = change(c, {
    steps: [
      { kind: "write", path: c, content: "x", mode: "0640" },
      { kind: "exec", argv: ["echo", "note: made just now"] },
    ],
  });
  const stale = change(d, { from: { [`path:${d}`]: "directory mode=755" }, needs: [] });
  const found = await lines(one, together("r4", [kept, broken, says, stale]));
  expect(found.map((line) => `${line.t} ${"n" in line ? line.n : ""}`)).toEqual([
    ...["begin ", "start 0", "start 1", "start 2", "failed 3"],
    ...["done 0", "failed 1", "done 2", "end "],
  ]);
  expect(found.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const [stopped, failed] = found.filter((line) => line.t === "failed");
  expect(stopped).toMatchObject({ code: "PLAN_STALE", output: "" });
  expect(failed).toMatchObject({ code: "STEP_FAILED", exit: 3, output: expect.stringContaining("why not") });
  const [first, second] = found.filter((line) => line.t === "done");
  expect(first).toMatchObject({ kept: old, skipped: false });
  expect(first).not.toHaveProperty("said");
  expect(second).toMatchObject({ said: "made just now", skipped: false });
  expect(second).not.toHaveProperty("kept");
  expect(readFileSync(a, "utf8")).toBe("after\n");
});

test("of several in one item only those that need what failed are blocked", async () => {
  await using one = await session();
  const [a, b, c] = ["a", "b", "c"].map((name) => join(folder, name)) as [string, string, string];
  const broken = change(a, { steps: [{ kind: "exec", argv: ["false"] }] });
  const needy = change(b, { needs: [broken.id], steps: [{ kind: "write", path: b, content: "x", mode: "0640" }] });
  const free = change(c, { steps: [{ kind: "write", path: c, content: "x", mode: "0640" }] });
  const what = program("r5", [broken]);
  const items = [...(what.segments[0]?.items ?? []), { kind: "changes" as const, changes: [needy, free] }];
  const found = await lines(one, { ...what, segments: [{ items }] });
  expect(found.map((line) => `${line.t} ${"n" in line ? line.n : ""}`)).toEqual([
    ...["begin ", "start 0", "failed 0", "blocked 1", "start 2", "done 2", "end "],
  ]);
  expect([existsSync(b), existsSync(c)]).toEqual([false, true]);
});

test("stops what the plan did not see, blocks dependants only, and goes on with the rest", async () => {
  await using one = await session();
  const [a, b, c] = ["a", "b", "c"].map((name) => join(folder, name)) as [string, string, string];
  const stale = change(a, {
    from: { [`path:${a}`]: "file mode=600 sha256=xyz" },
    steps: [{ kind: "write", path: a, content: "x", mode: "0640" }],
  });
  const blocked = change(b, { needs: [stale.id], steps: [{ kind: "write", path: b, content: "x", mode: "0640" }] });
  const free = change(c, {
    steps: [{ kind: "exec", argv: ["sh", "-c", 'printf "out %s\\n" "$1"; exit 3', "x", 'a "quoted" \\ line'] }],
  });
  const found = await lines(one, program("r3", [stale, blocked, free]));
  expect(found.map((line) => line.t)).toEqual(["begin", "failed", "blocked", "start", "failed", "end"]);
  const [first, second] = found.filter((line) => line.t === "failed");
  expect(first).toMatchObject({ code: "PLAN_STALE" });
  expect(second).toMatchObject({ code: "STEP_FAILED", exit: 3, output: 'out a "quoted" \\ line\nsh: exit code 3' });
});

test("who holds the machine is told while they do and no longer, and nobody else gets in", async () => {
  await using one = await session();
  await using other = await session();
  const holder = async () => (await other.ask([{ kind: "journal", arg: "head" }], signal)).get("journal:holder");
  const go = join(folder, "go");
  const argv = ["sh", "-c", 'until [ -e "$1" ]; do sleep 0.1; done; chmod 640 "$1"', "sh", go];
  const held = lines(one, program("r8", [change(go, { steps: [{ kind: "exec", argv }] })]));
  await expect.poll(holder, { timeout: 10_000 }).toMatch(/"run":"r8".*"by":"me@here"/);
  await expect(lines(other, program("r9", []))).rejects.toMatchObject({
    code: "LOCKED",
    message: expect.stringContaining("me@here"),
  });
  writeFileSync(go, "");
  expect((await held).map((line) => line.t)).toEqual(["begin", "start", "done", "end"]);
  await expect.poll(holder, { timeout: 10_000 }).toBeUndefined();
});

test("a farewell takes the memory with it once the client has read the end", async () => {
  await using one = await session();
  const found = await lines(one, { ...program("r4", []), farewell: true });
  expect(found.map((line) => line.t)).toEqual(["begin", "end"]);
  await expect.poll(() => existsSync(join(folder, "state")), { timeout: 10_000 }).toBe(false);
});

test("a change that fails is undone, and the journal says so", async () => {
  await using one = await session();
  const path = join(folder, "half");
  const half = change(path, {
    to: { [`path:${path}`]: "file mode=777 sha256=*" },
    steps: [{ kind: "write", path, content: "x", mode: "0640" }],
    undo: [{ kind: "exec", argv: ["rm", "-f", "--", path] }],
  });
  const found = await lines(one, program("r5", [half]));
  expect(found.map((line) => line.t)).toEqual(["begin", "start", "failed", "undone", "end"]);
  expect(found.find((line) => line.t === "failed")).toMatchObject({ code: "NOT_CONVERGED" });
  expect(existsSync(path)).toBe(false);
});

test("a checkpoint is read in place of the lines that are folded into it", async () => {
  await using one = await session();
  await lines(one, program("r6", []));
  const memory = JSON.stringify({ format: 1, seq: 2, odd: 'a \\ "b" $(c)' });
  await lines(one, { ...program("r7", []), checkpoint: `2\n${memory}` });
  const answers = await one.ask([{ kind: "journal", arg: "head" }], signal);
  expect(answers.get("journal:checkpoint")).toBe(memory);
  expect([...answers.keys()].filter((key) => key.startsWith("journal-line:"))).toEqual([
    "journal-line:3",
    "journal-line:4",
  ]);
});

const blob = (bytes: Buffer): string => join(folder, "state/blobs", createHash("sha256").update(bytes).digest("hex"));
const BYTES = Buffer.from([0, 255, 10, 13, 10, 0, 37, 92, 128]);

test("what a program refuses leaves the file as it was, and the error says so", async () => {
  await using one = await session();
  const path = join(folder, "it's checked");
  writeFileSync(path, "good\n", { mode: 0o644 });
  const check = ["sh", "-c", 'grep -q good "$1" || { echo "no good in $1" >&2; exit 3; }', "sh", "{}"];
  const from = { [`path:${path}`]: "file mode=644 sha256=*" };
  const write = (content: string) =>
    change(path, { from, steps: [{ kind: "write", path, content, mode: "0640", check }] });
  const refused = await lines(one, program("c1", [write("bad\n")]));
  const failed = refused.find((line) => line.t === "failed");
  expect(failed).toMatchObject({ code: "STEP_FAILED", message: expect.stringContaining("does not accept") });
  expect(failed?.output).toMatch(/^no good in .*\/new$/m);
  expect(readFileSync(path, "utf8")).toBe("good\n");
  expect(statSync(path).mode & 0o777).toBe(0o644);
  const accepted = await lines(one, program("c2", [write("good as well\n")]));
  expect(accepted.map((line) => line.t)).toEqual(["begin", "start", "done", "end"]);
  expect(readFileSync(path, "utf8")).toBe("good as well\n");
  expect(readdirSync(folder).sort()).toEqual(["it's checked", "run", "state"]);
});

test("bytes of any kind are kept when a file goes, and come back as they were", async () => {
  await using one = await session();
  const path = join(folder, "bytes");
  writeFileSync(path, BYTES, { mode: 0o640 });
  const there = { [`path:${path}`]: "file mode=640 sha256=*" };
  const gone = change(path, {
    ...{ action: "delete", from: there, to: { [`path:${path}`]: "absent" } },
    steps: [{ kind: "remove", path, keep: true }],
  });
  const removed = await lines(one, program("k1", [gone]));
  const kept = createHash("sha256").update(BYTES).digest("hex");
  expect(removed.find((line) => line.t === "done")).toMatchObject({ kept });
  expect(existsSync(path)).toBe(false);
  expect(readFileSync(blob(BYTES))).toEqual(BYTES);
  expect(statSync(blob(BYTES)).mode & 0o077).toBe(0);
  const back = change(path, { steps: [{ kind: "write", path, content: { kept }, mode: "0640" }] });
  expect((await lines(one, program("k2", [back]))).map((line) => line.t)).toEqual(["begin", "start", "done", "end"]);
  expect(readFileSync(path)).toEqual(BYTES);
});

test("a link is removed and not followed, and nothing of what it leads to is kept", async () => {
  await using one = await session();
  const [path, target] = [join(folder, "link"), join(folder, "target")];
  writeFileSync(target, BYTES, { mode: 0o640 });
  symlinkSync(target, path);
  const gone = change(path, {
    ...{ from: { [`path:${path}`]: "file mode=777 sha256=*" }, to: { [`path:${path}`]: "absent" } },
    steps: [{ kind: "remove", path, keep: true }],
  });
  expect((await lines(one, program("k3", [gone]))).map((line) => line.t)).toEqual(["begin", "start", "done", "end"]);
  expect(existsSync(path)).toBe(false);
  expect(readFileSync(target)).toEqual(BYTES);
  expect(existsSync(blob(BYTES))).toBe(false);
});

test("an edit keeps mode and the old bytes, makes only what it may, and leaves a file that a program spoils", async () => {
  await using one = await session();
  const [path, fresh] = [join(folder, "edited"), join(folder, "fresh")];
  writeFileSync(path, BYTES, { mode: 0o640 });
  const add = ["sh", "-c", 'cat -- "$1" -', "sh", "{}"];
  const run = async (id: string, file: string, after: Buffer, over: Partial<EditStep>): Promise<JournalLine> => {
    const edit: EditStep = { kind: "edit", path: file, argv: add, stdin: "more\n", ...over };
    const from = { [`path:${file}`]: file === fresh ? "absent" : "file mode=640 sha256=*" };
    const to = { [`path:${file}`]: `file mode=640 sha256=${createHash("sha256").update(after).digest("hex")}` };
    const found = await lines(one, program(id, [change(file, { from, to, steps: [edit] })]));
    return found.find((line) => line.t === "done" || line.t === "failed") as JournalLine;
  };
  const longer = Buffer.concat([BYTES, Buffer.from("more\n")]);
  expect(await run("e1", path, longer, { keep: true })).toMatchObject({ t: "done" });
  expect(readFileSync(path)).toEqual(longer);
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readFileSync(blob(BYTES))).toEqual(BYTES);
  expect(await run("e2", fresh, longer, {})).toMatchObject({ message: expect.stringContaining("is not a file") });
  expect(existsSync(fresh)).toBe(false);
  const create = { mode: "0640", owner: `${process.getuid?.()}:${process.getgid?.()}` };
  expect(await run("e3", fresh, Buffer.from("more\n"), { create })).toMatchObject({ t: "done" });
  expect(await run("e4", path, BYTES, { argv: ["sh", "-c", "echo half; exit 3"] })).toMatchObject({ exit: 3 });
  expect(await run("e5", path, BYTES, { check: ["false", "{}"] })).toMatchObject({ code: "STEP_FAILED" });
  expect(readFileSync(path)).toEqual(longer);
  const meddle = ["sh", "-c", 'cat -- "$1"; echo theirs >>"$1"', "sh", "{}"];
  const meddled = await run("e6", path, BYTES, { argv: meddle });
  expect(meddled).toMatchObject({ message: expect.stringContaining("changed by somebody else") });
  expect(readFileSync(path)).toEqual(Buffer.concat([longer, Buffer.from("theirs\n")]));
});

test("a runner that ended and was not waited for yet holds nothing; one that lives does", async () => {
  // It becomes a parent that waits for nobody, before its child ends: the shell itself would have waited for it.
  const parent = spawn("sh", ["-c", "sleep 1 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    const [text] = (await once(parent.stdout, "data")) as [Buffer];
    const statOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    const dead = Number(text.toString());
    await expect.poll(() => statOf(dead)[0], { timeout: 10_000 }).toBe("Z");
    const state = join(folder, "state");
    mkdirSync(state);
    writeFileSync(join(state, "holder"), '{"run":"r"}');
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const holds = async (pid: number): Promise<string | undefined> => {
      writeFileSync(join(state, "holder-process"), `${pid} ${statOf(pid)[19]} 1 ${boot}\n`);
      await using open = await session();
      return (await open.ask([{ kind: "journal", arg: "head" }], signal)).get("journal:holder");
    };
    expect(await holds(process.pid)).toBe('{"run":"r"}');
    expect(await holds(dead)).toBeUndefined();
  } finally {
    parent.kill();
  }
});

test("what is not known after all fails by itself, before anything of it is asked; what needs it is blocked", async () => {
  await using one = await session();
  const [path, next, other] = ["a", "b", "c"].map((name) => join(folder, name)) as [string, string, string];
  writeFileSync(path, "", { mode: 0o640 });
  // Its promise holds already, as far as it is known: without more it would count as done.
  const unmet = change(path, { action: "update", pending: {} });
  const touch = (at: string) => change(at, { steps: [{ kind: "write", path: at, content: "", mode: "0640" }] });
  const changes = [unmet, touch(other)];
  const items = [
    {
      kind: "changes" as const,
      changes,
      unmet: { [unmet.id]: "it refers to it's $(level) of tank:t, which is not known" },
    },
    { kind: "changes" as const, changes: [{ ...touch(next), needs: [unmet.id] }] },
  ];
  const told = await lines(one, { ...program("r1", []), segments: [{ items }] });
  expect(told.filter(({ t }) => t !== "begin" && t !== "start")).toMatchObject([
    {
      t: "failed",
      id: `file:${path}`,
      code: "UNKNOWN_STATE",
      message: expect.stringContaining("it's $(level) of tank:t"),
    },
    { t: "done", id: `file:${other}`, skipped: false },
    { t: "blocked", id: `file:${next}`, by: unmet.id },
    { t: "end", ok: false, failed: 2 },
  ]);
});

test("what is there by its turn, which nobody saw when it was planned, was found: noted so, and nobody's to remove", async () => {
  await using one = await session();
  const [made, here, wrong] = ["made", "here", "wrong"].map((name) => join(folder, name));
  const changes = [made, here, wrong].map((path = "") =>
    change(path, {
      steps: [{ kind: "exec", argv: ["sh", "-c", 'mkdir -p "$1" && chmod 700 "$1"', "sh", path] }],
      ...{ from: { [`path:${path}`]: "*" }, to: { [`path:${path}`]: "directory mode=700" }, foundBy: `path:${path}` },
    }),
  );
  mkdirSync(here ?? "", { mode: 0o700 });
  mkdirSync(wrong ?? "", { mode: 0o755 });
  const told = await lines(one, together("r1", changes));
  const found = told.flatMap((line) =>
    "action" in line ? [`${line.t} ${basename(line.id)} ${line.found === true}`] : [],
  );
  expect(found.sort()).toEqual([
    ...["done here true", "done made false", "done wrong true"],
    ...["start made false", "start wrong true"],
  ]);
  expect(told.at(-1)).toMatchObject({ t: "end", ok: true });
  const memory = fold(NO_MEMORY, told);
  const owned = Object.entries(memory.owned).map(([id, [own]]) => [basename(id), own?.found === true]);
  expect(Object.fromEntries(owned)).toEqual({ made: false, here: true, wrong: true });
});
