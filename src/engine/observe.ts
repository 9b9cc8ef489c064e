import { DroverError } from "../lib/error.ts";
import { parseLines } from "../lib/ndjson.ts";
import type { Answers } from "../model/answer.ts";
import { FORMAT, type JournalLine, type Memory, NO_MEMORY } from "../model/journal.ts";
import { fold, isPause, ownedBy } from "../model/memory.ts";
import { keyOf, type Query } from "../model/query.ts";
import type { Resource } from "../model/resource.ts";
import type { Session } from "../model/session.ts";
import { standIn } from "./known-after.ts";
import { withWhatTheyRunWith } from "./running.ts";
import { STANDARD_QUERIES } from "./session/ask.ts";
import { type Shelves, typeOf } from "./shelves.ts";

/** What a target said: its answers, and what it remembers. */
export interface Observation {
  readonly answers: Answers;
  readonly memory: Memory;
  /** Journal lines since the cached fold. */
  readonly lines: readonly JournalLine[];
  /** Who holds the lock now, as its record says. */
  readonly holder: string | undefined;
}

/** Everything in one exchange: facts, what the resources ask, what the target remembers. */
export async function observe(session: Session, queries: readonly Query[], signal: AbortSignal): Promise<Observation> {
  const answers = await session.ask([...STANDARD_QUERIES, ...queries], signal);
  const lines = journalLines(answers);
  return { answers, memory: fold(checkpoint(answers), lines), lines, holder: answers.get("journal:holder") };
}

/** A second exchange for what only the first could tell: owned things that left the file, a pinned release. */
export async function observeMore(
  session: Session,
  seen: Observation,
  asked: readonly Query[],
  queries: readonly Query[],
  signal: AbortSignal,
): Promise<Observation> {
  // A question with further arguments was only asked when it was asked with these.
  const before = new Map(asked.map((query) => [keyOf(query), JSON.stringify(query.extra)]));
  const isNew = (query: Query): boolean =>
    !seen.answers.has(keyOf(query)) || (before.get(keyOf(query)) ?? "") !== (JSON.stringify(query.extra) ?? "");
  const missing = queries.filter(isNew);
  if (missing.length === 0) return seen;
  const more = await session.ask(missing, signal);
  return { ...seen, answers: new Map([...seen.answers, ...more]) };
}

/** The questions of all resources, and of owned things whose spec is gone, type by type. */
export function queriesOf(
  machine: string,
  owner: string,
  resources: readonly Resource[],
  memory: Memory,
  shelves: Shelves,
): Query[] {
  const wanted = new Map<string, Map<string, Resource | undefined>>(
    Object.keys(shelves.types).map((type) => [type, new Map()]),
  );
  for (const [id, { group }] of ownedBy(memory, owner)) {
    const at = id.indexOf(":");
    if (!isPause({ id, group })) wanted.get(id.slice(0, at))?.set(id.slice(at + 1), undefined);
  }
  const own = resources.filter(({ on }) => on === machine);
  // A question may be about what something runs with, which is declared beside it.
  for (const resource of withWhatTheyRunWith(machine, own, [], shelves))
    wanted.get(resource.type)?.set(resource.name, resource);
  return [...wanted].flatMap(([type, names]) =>
    typeOf(shelves, type).query(
      [...names].map(([name, resource]) => ({
        name,
        spec: resource === undefined ? undefined : standIn(resource.spec),
      })),
      owner,
    ),
  );
}

function journalLines(answers: Answers): JournalLine[] {
  const text = [...answers].filter(([key]) => key.startsWith("journal-line:")).map(([, line]) => line);
  // Only our own runner writes the journal; a torn last line is left out by the parser.
  return parseLines(text.join("\n")) as JournalLine[];
}

function checkpoint(answers: Answers): Memory {
  const text = answers.get("journal:checkpoint");
  if (text === undefined) return NO_MEMORY;
  const [memory] = parseLines(text) as [Memory?];
  return memory ?? NO_MEMORY;
}

/** A newer Drover's journal is read, never written. */
export function refuseNewer(machine: string, memory: Memory): DroverError | undefined {
  if (memory.format <= FORMAT) return undefined;
  return new DroverError(
    "FORMAT_NEWER",
    `${machine} was last changed by a newer Drover (journal format ${memory.format})`,
    {
      where: { machine },
      hint: "use that version or a newer one",
    },
  );
}
