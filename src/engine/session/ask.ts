import { quote, quoteAll } from "../../lib/quote.ts";
import type { Answer } from "../../model/answer.ts";
import { type Askers, distinct, keyOf, type Query } from "../../model/query.ts";
import { revealText, type SecretValues } from "../../model/secret.ts";
import { FACTS } from "./facts.ts";
import { INVENTORY_ASKERS } from "./inventory.ts";
import { JOURNAL } from "./journal-ask.ts";

/** The askers that the engine itself brings. */
export const OWN_ASKERS: Askers = { fact: FACTS, journal: JOURNAL, ...INVENTORY_ASKERS };

/** The questions that go with every first exchange. */
export const STANDARD_QUERIES: readonly Query[] = [
  { kind: "fact", arg: "all" },
  { kind: "journal", arg: "head" },
];

/** Defines `ask_<kind>` for every asker. */
export function askerFunctions(askers: Askers): string {
  return Object.entries(askers)
    .map(([kind, body]) => `ask_${functionName(kind)}() {\n${body.trim()}\n}\n`)
    .join("");
}

/** Kinds may hold `-`, names of shell functions may not. */
export function functionName(kind: string): string {
  if (!/^[a-z][a-z0-9-]*$/.test(kind)) throw new RangeError(`not a kind of question: ${kind}`);
  return kind.replaceAll("-", "_");
}

/** The calls that answer the questions: one for each kind; of those with further arguments one each, but what goes together. */
export function askCalls(queries: readonly Query[], secrets: SecretValues): string {
  const wanted = distinct(queries);
  const plain = Map.groupBy(
    wanted.filter((query) => query.extra === undefined),
    (query) => query.kind,
  );
  const sets = [...plain].map(
    ([kind, group]) => `ask_${functionName(kind)} ${quoteAll(group.map((query) => query.arg))}`,
  );
  const others = wanted.filter((query) => query.extra !== undefined);
  const groups = Map.groupBy(others, (query) => JSON.stringify([query.kind, query.together ?? ["alone", query.arg]]));
  return [...sets, ...[...groups.values()].map((group) => extraCall(group, secrets))].join("\n");
}

function extraCall(queries: readonly Query[], secrets: SecretValues): string {
  const [{ kind }] = queries as [Query];
  try {
    const words = queries.flatMap(({ arg, extra = [] }) => [arg, ...extra.map((text) => revealText(text, secrets))]);
    return `ask_${functionName(kind)} ${quoteAll(words)}`;
  } catch {
    // Only a secret without a value here can be the reason; what it means is for the resource type to decide.
    return queries.map((query) => `line ${quote(keyOf(query))} 'unknown why=secret'`).join("\n");
  }
}

/** Reads `key<TAB>answer` lines. The first answer of a key counts. */
export function parseAnswers(text: string): Map<string, Answer> {
  const answers = new Map<string, Answer>();
  for (const row of text.split("\n")) {
    const at = row.indexOf("\t");
    if (at > 0 && !answers.has(row.slice(0, at))) answers.set(row.slice(0, at), row.slice(at + 1));
  }
  return answers;
}
