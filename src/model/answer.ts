/**
 * Answers: what a target says about itself, one canonical line under a key.
 *
 * Grammar: `head( field=value)*`, with heads such as `absent`, `file`, `running`, `unknown`. Values hold no white
 * space: `word()` percent-encodes what would break the line. A value `*` in a promised answer is known after apply.
 */
export type Key = string;
export type Answer = string;
export type Answers = ReadonlyMap<Key, Answer>;
/** Answers as plain JSON, as changes and journal lines carry them. */
export type AnswerMap = Readonly<Record<Key, Answer>>;

export const ABSENT = "absent";
/** In place of an answer or of a field's value: any will do. */
export const ANY = "*";

export interface ParsedAnswer {
  readonly head: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Makes text safe to stand as a value: percent-encodes white space, control characters, `%` and `*`. */
export function word(text: string): string {
  return text.replace(/[\s\u0000-\u0020\u007f%*]/gu, (char) =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

/** The reverse of `word`. */
export function unword(value: string): string {
  return value.includes("%") ? decodeURIComponent(value.replace(/%(?![0-9a-f]{2})/g, "%25")) : value;
}

export function formatAnswer(head: string, fields: Readonly<Record<string, string>> = {}): Answer {
  return [head, ...Object.entries(fields).map(([name, value]) => `${name}=${value}`)].join(" ");
}

export function parseAnswer(answer: Answer): ParsedAnswer {
  const [head = "", ...rest] = answer.split(" ");
  const fields: Record<string, string> = {};
  for (const part of rest) {
    const at = part.indexOf("=");
    if (at > 0) fields[part.slice(0, at)] = part.slice(at + 1);
  }
  return { head, fields };
}

/** Whether `actual` is what `promised` allows. What ends in `=*` leaves open whether more fields follow. */
export function matches(promised: Answer, actual: Answer): boolean {
  if (promised === ANY) return true;
  const [a, b] = [promised.split(" "), actual.split(" ")];
  const fits = promised.endsWith("=*") ? a.length <= b.length : a.length === b.length;
  return fits && a.every((part, index) => partMatches(part, b[index] ?? ""));
}

function partMatches(promised: string, actual: string): boolean {
  return promised === actual || (promised.endsWith("=*") && actual.startsWith(promised.slice(0, -1)));
}

/** `unknown` means only: could not be read. It is never `absent`. */
export function isUnknown(answer: Answer): boolean {
  return answer === "unknown" || answer.startsWith("unknown ");
}

/** Why an answer is unknown, for people. */
export function unknownWhy(answer: Answer): string {
  return unword(parseAnswer(answer).fields["why"] ?? "no reason given");
}
