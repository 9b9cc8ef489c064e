import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { JsonSchema } from "../../src/load/expectation.ts";
import type { AnswerMap } from "../../src/model/answer.ts";
import type { AnyResourceType } from "../../src/model/resource.ts";
import type { Json } from "../../src/model/secret.ts";

/** A field as steps from the spec down to it; `*` stands for any item or any name. */
export type Field = readonly string[];

/** Fields of a type that take `secret(...)`, by its schema. */
export function secretFields(type: AnyResourceType): Field[] {
  // The shape of zod's JSON Schema is wider than what is read of it.
  const schema = z.toJSONSchema(type.schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const found = new Map(fieldsIn(schema, []).map((field) => [field.join("."), field]));
  return [...found.values()];
}

function fieldsIn(schema: JsonSchema, path: Field): Field[] {
  const choices = schema.anyOf ?? schema.oneOf ?? [];
  if (choices.some(isText)) return [path];
  const { items, additionalProperties: values, properties = {} } = schema;
  return [
    ...choices.flatMap((choice) => fieldsIn(choice, path)),
    ...(items === undefined ? [] : fieldsIn(items, [...path, "*"])),
    ...(typeof values === "object" ? fieldsIn(values, [...path, "*"]) : []),
    ...Object.entries(properties).flatMap(([name, part]) => fieldsIn(part, [...path, name])),
  ];
}

/** A secret itself, or parts of a text of which one may be a secret. */
function isText({ properties = {} }: JsonSchema): boolean {
  return ("secret" in properties && "command" in properties) || "concat" in properties;
}

/** A decision that a case file holds. */
export interface Sample {
  readonly name: string;
  readonly spec: Json;
  readonly answers: AnswerMap;
  readonly facts?: Readonly<Record<string, string>>;
}

/** The type's own cases, with the secret in the field, alone or within a text: those that the schema takes so. */
export function samplesWith(type: AnyResourceType, field: Field, secret: Json): Sample[] {
  const folder = join(import.meta.dirname, "../cases", type.type);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [];
  return files.flatMap((file): Sample[] => {
    // Written by hand in the form above; cases.test.ts tells what is wrong with one.
    const sample = JSON.parse(readFileSync(join(folder, file), "utf8")) as Sample;
    if (sample.spec === undefined) return [];
    return withSecret(sample.spec, field, secret)
      .filter((spec) => type.schema.safeParse(spec).success)
      .map((spec) => ({ ...sample, spec }));
  });
}

/** The spec with the secret in the field; in lists and records in every one that is there, each by itself. */
function withSecret(spec: Json | undefined, field: Field, secret: Json): Json[] {
  const [name, ...rest] = field;
  if (name === undefined) {
    // Alone, behind a text, and within the one that was there: `https://` with a password behind it.
    const within: Json[] = typeof spec === "string" ? [{ concat: [spec.slice(0, 8), secret, spec.slice(8)] }] : [];
    return [secret, { concat: ["a", secret] }, ...within];
  }
  if (Array.isArray(spec)) {
    return spec.flatMap((part: Json, index) => withSecret(part, rest, secret).map((one) => spec.with(index, one)));
  }
  const parts = typeof spec === "object" && spec !== null ? { ...spec } : {};
  const keys = name === "*" ? Object.keys(parts) : [name];
  return keys.flatMap((key) => {
    const before: Json | undefined = Object.hasOwn(parts, key) ? (parts as Record<string, Json>)[key] : undefined;
    return withSecret(before, rest, secret).map((one) => ({ ...parts, [key]: one }));
  });
}
