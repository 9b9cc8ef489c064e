import { z } from "zod";
import { nearest } from "../lib/nearest.ts";
import { expectation, type JsonSchema, keysAt, oneOf, schemasAt } from "./expectation.ts";
import { type Fault, kindOf, quoted, shown } from "./fault.ts";

type Issue = z.core.$ZodIssue;
interface Subject {
  readonly json: JsonSchema;
  readonly value: unknown;
}

/** In place of zod's own messages, so that those written in our schemas can be told from them. */
const NO_MESSAGE = "\u0000";

/** Everything in which `value` is not what `schema` wants. Paths start at the value. */
export function schemaFaults(schema: z.ZodType, value: unknown): Fault[] {
  const parsed = schema.safeParse(value, { error: () => NO_MESSAGE });
  if (parsed.success) return [];
  // The shape of zod's JSON Schema is wider than what is read of it.
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  return parsed.error.issues.flatMap((issue) => faultsOf(issue, issue.path, { json, value }));
}

function faultsOf(issue: Issue, path: readonly PropertyKey[], subject: Subject): Fault[] {
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path: [...path, key], text: unknownKey(key, keysAt(subject.json, path)) }));
    case "invalid_union":
      return unionFaults(issue, path, subject);
    case "invalid_key":
      return [{ path, text: `not allowed as a key: ${nestedText(issue.issues, path, subject)}` }];
    case "invalid_value":
      return [{ path, text: wrongValue(issue.values, path, subject) }];
    case "custom":
      return [
        { path, text: issue.message.startsWith("expected") ? withGot(issue.message, path, subject) : issue.message },
      ];
    default:
      return [{ path, text: wrongText(issue, path, subject) }];
  }
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant !== undefined) return `unknown key; did you mean ${quoted(meant)}?`;
  return known.length === 0 ? "unknown key" : `unknown key; known are ${known.join(", ")}`;
}

/** The choice that was most likely meant speaks for a union: one whose kind of value was given. */
function unionFaults(
  issue: Extract<Issue, { code: "invalid_union" }>,
  path: readonly PropertyKey[],
  subject: Subject,
): Fault[] {
  if (issue.discriminator !== undefined) return [discriminatorFault(issue.discriminator, path, subject)];
  const meant = issue.errors
    .filter((errors) => !errors.some((error) => error.path.length === 0 && isWrongKind(error)))
    .sort((a, b) => a.length - b.length)[0];
  if (meant === undefined)
    return [{ path, text: withGot(`expected ${expectation(subject.json, path)}`, path, subject) }];
  return meant.flatMap((error) => faultsOf(error, [...path, ...error.path], subject));
}

/** The path of such an issue ends with the key that tells the choices apart. */
function discriminatorFault(key: string, path: readonly PropertyKey[], subject: Subject): Fault {
  const known = schemasAt(subject.json, path.slice(0, -1)).map((node) => node.properties?.[key]?.const);
  return { path, text: wrongValue(known, path, subject) };
}

function isWrongKind(issue: Issue): boolean {
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

function wrongValue(values: readonly unknown[], path: readonly PropertyKey[], subject: Subject): string {
  const value = valueAt(subject.value, path);
  const words = values.filter((word) => typeof word === "string");
  const meant = typeof value === "string" ? nearest(value, words) : undefined;
  const text = withGot(`expected ${oneOf(values)}`, path, subject);
  return meant === undefined ? text : `${text}; did you mean ${quoted(meant)}?`;
}

function nestedText(issues: readonly Issue[], path: readonly PropertyKey[], subject: Subject): string {
  const messages = issues.map((issue) =>
    issue.message === NO_MESSAGE ? wrongText(issue, path, subject) : issue.message,
  );
  return messages.join("; ");
}

function wrongText(issue: Issue, path: readonly PropertyKey[], subject: Subject): string {
  if (issue.message !== NO_MESSAGE) return withGot(issue.message, path, subject);
  return withGot(`expected ${sizeText(issue) ?? expectation(subject.json, path)}`, path, subject);
}

/** What is expected where the kind is right and the size is not; undefined where the schema's own words do better. */
function sizeText(issue: Issue): string | undefined {
  if (issue.code === "invalid_format") return `text that matches ${issue.pattern ?? issue.format}`;
  if (issue.code !== "too_small" && issue.code !== "too_big") return undefined;
  const limit = issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (issue.origin === "string") return `${limit} character${limit.endsWith(" 1") ? "" : "s"}`;
  if (issue.origin === "array" || issue.origin === "set") return `${limit} entr${limit.endsWith(" 1") ? "y" : "ies"}`;
  return undefined;
}

function withGot(text: string, path: readonly PropertyKey[], subject: Subject): string {
  const value = valueAt(subject.value, path);
  if (value === undefined) return text.startsWith("expected") ? `is missing: ${text}` : text;
  return `${text}, got ${isDelicate(path) ? kindOf(value) : shown(value)}`;
}

/** Whether what stands there may be a secret that somebody wrote into the file: then it is not shown. */
function isDelicate(path: readonly PropertyKey[]): boolean {
  return path.some((key) => /^(env|files|content|.*(secret|password|token|key).*)$/i.test(String(key)));
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, key) => (typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined),
    value,
  );
}
