import { canonical } from "../../src/lib/ndjson.ts";
import type { JsonSchema } from "../../src/load/expectation.ts";

/** Schemas that have a type of their own, by what they are. */
export type Names = ReadonlyMap<string, string>;

/** What tells two schemas apart: all but what is said about them. */
export function fingerprint(schema: object): string {
  const { $schema: _, description: __, default: ___, ...rest } = schema as Record<string, unknown>;
  return canonical(rest);
}

/** `export interface Name { ... }` or `export type Name = ...`, from a JSON Schema, with its descriptions. */
export function declaration(name: string, schema: JsonSchema, names: Names): string {
  const others = new Map([...names].filter(([, other]) => other !== name));
  const head = schema.description === undefined ? "" : doc(schema.description, "");
  if (schema.type === "object" && schema.properties !== undefined) {
    return `${head}export interface ${name} ${members(schema, "", others)}\n`;
  }
  return `${head}export type ${name} = ${typeText(schema, "", others)};\n`;
}

function typeText(schema: JsonSchema, indent: string, names: Names): string {
  const named = names.get(fingerprint(schema));
  if (named !== undefined) return named;
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice !== undefined) return [...new Set(choice.map((one) => typeText(one, indent, names)))].join(" | ");
  switch (schema.type) {
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return `readonly ${wrapped(typeText(schema.items ?? {}, indent, names))}[]`;
    case "object":
      return objectText(schema, indent, names);
    default:
      return "unknown";
  }
}

function wrapped(text: string): string {
  return text.startsWith("readonly ") || (/[|&]/.test(text) && !text.startsWith("{")) ? `(${text})` : text;
}

function objectText(schema: JsonSchema, indent: string, names: Names): string {
  if (schema.properties !== undefined) return members(schema, indent, names);
  const { additionalProperties: value } = schema;
  return `Readonly<Record<string, ${typeof value === "object" ? typeText(value, indent, names) : "unknown"}>>`;
}

function members(schema: JsonSchema, indent: string, names: Names): string {
  const inner = `${indent}  `;
  const lines = Object.entries(schema.properties ?? {}).map(([key, value]) => {
    const optional = schema.required?.includes(key) !== true;
    const type = typeText(value, inner, names) + (optional ? " | undefined" : "");
    const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    return `${value.description === undefined ? "" : doc(value.description, inner)}${inner}readonly ${name}${optional ? "?" : ""}: ${type};\n`;
  });
  const { additionalProperties: rest } = schema;
  const open = typeof rest === "object" ? [`${inner}readonly [option: string]: unknown;\n`] : [];
  return `{\n${[...lines, ...open].join("")}${indent}}`;
}

function doc(text: string, indent: string): string {
  return `${indent}/** ${text.replaceAll("*/", "* /")} */\n`;
}
