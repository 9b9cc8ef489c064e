import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Available, requirement } from "../machines/index.ts";

const run = promisify(execFile);
const STRACE = ["-f", "-y", "-s", "400", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat"];

/** strace has to be there and allowed. */
async function requireStrace(): Promise<Available> {
  try {
    await run("strace", ["-o", "/dev/null", "true"]);
    return { ok: true };
  } catch (problem) {
    return { ok: false, why: `strace does not run: ${String(problem).slice(0, 200)}` };
  }
}

/** A call that another process's came between is written in two parts. */
function wholeLines(trace: string): string[] {
  const begun = new Map<string, string>();
  return trace.split("\n").flatMap((line) => {
    const [, pid = "", start] = /^(\d+) +(.*) <unfinished \.\.\.>$/.exec(line) ?? [];
    if (start !== undefined) {
      begun.set(pid, start);
      return [];
    }
    const [, who = "", rest] = /^(\d+) +<\.\.\. \w+ resumed>(.*)$/.exec(line) ?? [];
    return rest === undefined ? [line] : [`${who} ${begun.get(who) ?? ""}${rest}`];
  });
}

/** What the kernel was told, in its order: `sync path`, `rename from to`, `unlink path`. */
function callsIn(trace: string): string[] {
  const whole = (folder: string, path: string): string => join(path.startsWith("/") ? "/" : folder, path);
  return wholeLines(trace).flatMap((line) => {
    const synced = /(?:fsync|fdatasync)\(\d+<(.+?)>\)\s+= 0/.exec(line);
    if (synced !== null) return [`sync ${synced[1]}`];
    const moved = /renameat2?\(AT_FDCWD<(.+?)>, "(.+?)", AT_FDCWD<(.+?)>, "(.+?)"(?:, \w+)?\)\s+= 0/.exec(line);
    if (moved !== null) {
      const [, from = "", old = "", to = "", name = ""] = moved;
      return [`rename ${whole(from, old)} ${whole(to, name)}`];
    }
    const gone = /unlinkat\(AT_FDCWD<(.+?)>, "(.+?)", 0\)\s+= 0/.exec(line);
    return gone === null ? [] : [`unlink ${whole(gone[1] ?? "", gone[2] ?? "")}`];
  });
}

describe.skipIf(await requirement("the order of syncs and renames, by strace", requireStrace))("on the disk", () => {
  let folder = "";
  let calls: string[] = [];

  /** One `up` of a stack on this machine, under strace; `resources` is its list. */
  async function traced(resources: string): Promise<string[]> {
    await writeFile(
      join(folder, "drover.config.ts"),
      `import { defineStack, file, line, local } from "drover";
export default defineStack({ id: "durable-1a2b", name: "durable", machines: { here: local() }, resources: { here: [${resources}] } });`,
    );
    const env = { ...process.env, DROVER_STATE: join(folder, "state"), DROVER_RUN: join(folder, "run"), CI: "1" };
    const bin = join(import.meta.dirname, "../../bin/drover.js");
    const trace = join(folder, "trace");
    await run("strace", [...STRACE, "-o", trace, process.execPath, bin, "up", "--yes"], { cwd: folder, env });
    return callsIn(await readFile(trace, "utf8"));
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "drover-durable-"));
    await mkdir(join(folder, "out"));
    await writeFile(join(folder, "out/shared.conf"), "a=1\n", { mode: 0o644 });
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    const file = (name: string, text: string): string =>
      `file(${JSON.stringify(join(folder, "out", name))}, { content: ${JSON.stringify(text)}, owner: "${uid}:${gid}" })`;
    await traced(`${file("one", "1\n")}, ${file("gone", "x\n")}`);
    calls = await traced(
      `${file("one", "2\n")}, ${file("two", "2\n")}, line(${JSON.stringify(join(folder, "out/shared.conf"))}, "b", { line: "b=1" })`,
    );
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 }));

  /** The calls about what is between the first and the last that matter, in their order. */
  function ordered(...wanted: string[]): void {
    let at = -1;
    for (const call of wanted) {
      const found = calls.indexOf(call, at + 1);
      expect(found, `${call}, after ${wanted.slice(0, wanted.indexOf(call)).join(", ") || "nothing"}`).toBeGreaterThan(
        at,
      );
      at = found;
    }
  }
  const out = (name: string): string => join(folder, "out", name);

  test.each(["one", "two", "shared.conf"])("%s: the file is synced, renamed, and its directory synced", (name) => {
    const staged = out(`.drover.${name}.new/new`);
    ordered(`sync ${staged}`, `rename ${staged} ${out(name)}`, `sync ${join(folder, "out")}`);
    expect(calls.filter((call) => call.endsWith(` ${out(name)}`))).toEqual([`rename ${staged} ${out(name)}`]);
  });

  test("bytes that are replaced are kept before the new ones take their place", () => {
    const blob = calls.find((call) => /^rename .*\/state\/blobs\/\.new /.test(call)) ?? "no blob";
    ordered(
      `sync ${join(folder, "state/blobs/.new")}`,
      blob,
      `sync ${join(folder, "state/blobs")}`,
      `rename ${out(".drover.one.new/new")} ${out("one")}`,
    );
  });

  test("a file that goes is gone on the disk, too", () => {
    ordered(`unlink ${out("gone")}`, `sync ${join(folder, "out")}`);
  });

  test("what a line put is noted on the disk before the line is there", () => {
    const noted = calls.find((call) => /^rename .*\/lines\/\w+\.begun .*\/lines\/\w+\.new$/.test(call)) ?? "no note";
    const note = noted.split(" ")[1] ?? "";
    ordered(
      `sync ${note}`,
      noted,
      `sync ${join(folder, "state/lines")}`,
      `rename ${out(".drover.shared.conf.new/new")} ${out("shared.conf")}`,
    );
  });

  test("the journal says that a change begins, on the disk, before anything of it happens", () => {
    ordered(
      `sync ${join(folder, "state/journal")}`,
      `sync ${out(".drover.one.new/new")}`,
      `rename ${out(".drover.one.new/new")} ${out("one")}`,
      `sync ${join(folder, "state/journal")}`,
    );
  });
});
