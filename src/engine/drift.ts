import type { Answers } from "../model/answer.ts";
import type { JournalLine, Memory } from "../model/journal.ts";
import { ownedBy } from "../model/memory.ts";
import { type Run, runsOf } from "../model/runs.ts";

/** Something managed that is not as the run that last touched it left it. */
export interface Drifted {
  /** `type:name` */
  readonly id: string;
  readonly key: string;
  readonly was: string;
  readonly is: string;
  /** The run that left it so. */
  readonly run: number;
  readonly by: string;
}

/** Something that nobody declared, and that came, went or changed since the last run that wrote. */
export interface Unmanaged {
  /** `package`, `user`, `group`, `key`, `unit`, `timer`, `port` or `package-file`. */
  readonly kind: string;
  readonly name: string;
  /** Undefined for what came. */
  readonly was?: string;
  /** Undefined for what went. */
  readonly is?: string;
}

/** What the last run that touched each thing saw at its end, key by key. Pure. */
export function lastSeen(lines: readonly JournalLine[], memory: Memory, owner: string): Drifted[] {
  const owned = ownedBy(memory, owner);
  const byKey = new Map<string, Drifted>();
  for (const run of runsOf(lines)) for (const line of run.lines) note(line, run, owner, owned, byKey);
  return [...byKey.values()];
}

function note(
  line: JournalLine,
  run: Run,
  owner: string,
  owned: ReadonlyMap<string, unknown>,
  byKey: Map<string, Drifted>,
): void {
  if (line.t !== "done" || line.owner !== owner || !owned.has(line.id)) return;
  for (const [key, was] of Object.entries(line.answers)) {
    byKey.set(key, { id: line.id, key, was, is: was, run: run.number, by: run.header?.by ?? "" });
  }
}

/** Those that are something else now. What was not answered is no drift. Pure. */
export function drifted(seen: readonly Drifted[], answers: Answers): Drifted[] {
  return seen.flatMap((one) => {
    const is = answers.get(one.key);
    return is === undefined || is === one.was ? [] : [{ ...one, is }];
  });
}

const KEPT = "inventory-kept:";
const NOW = "inventory:";
const FILE = "package-file:";

/** What came, went or changed, and is not managed. Pure. */
export function unmanaged(answers: Answers, isManaged: (kind: string, name: string) => boolean): Unmanaged[] {
  const [before, now] = [KEPT, NOW].map((prefix) => inventory(answers, prefix)) as [Inventory, Inventory];
  const kinds = new Set([...now.keys()].map(kindOf));
  const names = [...new Set([...before.keys(), ...now.keys()])].sort();
  // Before the first run ended there is nothing to hold it against.
  const moved = before.size === 0 ? [] : names.flatMap((name) => movedThing(name, before, now, kinds));
  const files = [...answers].flatMap(([key, is]) =>
    key.startsWith(FILE) ? [{ kind: "package-file", name: key.slice(FILE.length), is }] : [],
  );
  return [...moved, ...files].filter(({ kind, name }) => !isManaged(kind, name));
}

type Inventory = ReadonlyMap<string, string>;

function inventory(answers: Answers, prefix: string): Inventory {
  const found = [...answers].filter(([key]) => key.startsWith(prefix) && key !== `${prefix}none`);
  return new Map(found.map(([key, answer]) => [key.slice(prefix.length), answer]));
}

function kindOf(name: string): string {
  return name.slice(0, name.indexOf("/"));
}

function movedThing(full: string, before: Inventory, now: Inventory, kinds: ReadonlySet<string>): Unmanaged[] {
  const [was, is] = [before.get(full), now.get(full)];
  const kind = kindOf(full);
  // A kind that could not be read now says nothing about what is gone.
  if (was === is || (is === undefined && !kinds.has(kind))) return [];
  const name = full.slice(kind.length + 1);
  return [{ kind, name, ...(was === undefined ? {} : { was }), ...(is === undefined ? {} : { is }) }];
}
