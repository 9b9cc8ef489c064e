import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

/** What a file's stat says; equal stamps mean equal bytes. */
export interface Stamp {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
}

/** Digests of files by their stat, so that what did not change is not read again. */
export interface StatCache {
  get(path: string, stamp: Stamp): string | undefined;
  set(path: string, stamp: Stamp, digest: string): void;
  /** Writes it down if it says anything new. Losing it costs time only. */
  save(): void;
}

const schema = z.object({
  format: z.literal(1),
  files: z.record(z.string(), z.tuple([z.number(), z.number(), z.number(), z.number(), z.string()])),
});
type Entry = z.output<typeof schema>["files"][string];

/** File systems round times: a file written this shortly before it was read may change without its stamp showing it. */
const SETTLED_MS = 2000;

/** Opens the cache in `file`; a missing, old or torn one is empty. `now` is when the walk began. */
export function openStatCache(file: string, now: number): StatCache {
  const known = load(file);
  const seen = new Map<string, Entry>();
  let changed = false;
  return {
    get(path, stamp) {
      const entry = known.get(path);
      if (entry === undefined || !isSame(entry, stamp)) return undefined;
      seen.set(path, entry);
      return entry[4];
    },
    set(path, stamp, digest) {
      if (Math.max(stamp.mtimeMs, stamp.ctimeMs) > now - SETTLED_MS) return;
      seen.set(path, [stamp.size, stamp.mtimeMs, stamp.ctimeMs, stamp.ino, digest]);
      changed = true;
    },
    save() {
      if (changed || seen.size !== known.size) write(file, seen);
    },
  };
}

function isSame(entry: Entry, stamp: Stamp): boolean {
  const [size, mtimeMs, ctimeMs, ino] = entry;
  return size === stamp.size && mtimeMs === stamp.mtimeMs && ctimeMs === stamp.ctimeMs && ino === stamp.ino;
}

function load(file: string): Map<string, Entry> {
  try {
    return new Map(Object.entries(schema.parse(JSON.parse(readFileSync(file, "utf8"))).files));
  } catch {
    return new Map();
  }
}

function write(file: string, files: ReadonlyMap<string, Entry>): void {
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, JSON.stringify({ format: 1, files: Object.fromEntries(files) }), { mode: 0o600 });
    renameSync(draft, file);
  } catch {
    // A source folder that cannot be written to is built all the same.
  }
}
