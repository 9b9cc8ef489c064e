/** The part of JSON Schema that zod writes for our schemas and that is read here. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
  readonly description?: string;
  readonly default?: unknown;
}

/** The schemas that a path may lead to; several where there is a choice. */
export function schemasAt(root: JsonSchema, path: readonly PropertyKey[]): JsonSchema[] {
  return path.reduce<JsonSchema[]>((nodes, key) => nodes.flatMap((node) => step(node, key)), branches(root));
}

function step(node: JsonSchema, key: PropertyKey): JsonSchema[] {
  const { properties = {}, additionalProperties, items } = node;
  const own = Object.hasOwn(properties, key) ? properties[String(key)] : undefined;
  const next = typeof key === "number" ? items : (own ?? additionalProperties);
  return typeof next === "object" ? branches(next) : [];
}

function branches(node: JsonSchema): JsonSchema[] {
  const inner = node.anyOf ?? node.oneOf ?? node.allOf;
  return inner === undefined ? [node] : inner.flatMap(branches);
}

/** All keys that an object at this path may have. */
export function keysAt(root: JsonSchema, path: readonly PropertyKey[]): string[] {
  return [...new Set(schemasAt(root, path).flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** What is expected at this path, in words: `an integer from 1 to 65535`, `text or secret(...) or output(...)`. */
export function expectation(root: JsonSchema, path: readonly PropertyKey[]): string {
  return inWords(schemasAt(root, path)) ?? "another value";
}

/** What any of these schemas takes, in words. */
export function inWords(nodes: readonly JsonSchema[]): string | undefined {
  const words = [...new Set(nodes.map(describe))].filter((word) => word !== "");
  return words.length === 0 ? undefined : words.join(" or ");
}

function describe(node: JsonSchema): string {
  if (node.enum !== undefined) return oneOf(node.enum);
  if (node.const !== undefined) return JSON.stringify(node.const);
  switch (node.type) {
    case "string":
      return "text";
    case "integer":
      return `an integer${range(node)}`;
    case "number":
      return `a number${range(node)}`;
    case "boolean":
      return "true or false";
    case "array":
      return "a list";
    case "object":
      return describeObject(node);
    default:
      return "";
  }
}

function describeObject({ properties = {} }: JsonSchema): string {
  if ("secret" in properties) return "secret(...)";
  if ("output" in properties) return "output(...)";
  // Made by a template of text and secrets; nobody writes it by hand.
  return "concat" in properties ? "" : "an object";
}

/** More words than these are not told one by one. */
const MANY = 12;

export function oneOf(values: readonly unknown[]): string {
  const words = values.map((value) => JSON.stringify(value));
  if (words.length > MANY) return `one of ${words.length} words such as ${words[0]}`;
  return words.length === 1 ? words.join("") : `one of ${words.join(", ")}`;
}

function range({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  if (exclusiveMinimum !== undefined)
    return ` above ${exclusiveMinimum}${maximum === undefined ? "" : ` and at most ${maximum}`}`;
  const [low, high] = [bound(minimum), bound(maximum)];
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  if (low !== undefined) return ` of at least ${low}`;
  return high === undefined ? "" : ` of at most ${high}`;
}

function bound(limit: number | undefined): number | undefined {
  return limit === undefined || Math.abs(limit) >= Number.MAX_SAFE_INTEGER ? undefined : limit;
}
