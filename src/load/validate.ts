import type { z } from "zod";
import { STAND_INS, standIn } from "../engine/known-after.ts";
import { nearest } from "../lib/nearest.ts";
import type { Json } from "../model/secret.ts";
import { type Declared, declaredSchema, type Stack, stackSchema } from "../model/stack.ts";
import { checkApps } from "./check-apps.ts";
import { checkGroups } from "./check-groups.ts";
import { checkMachines } from "./check-machines.ts";
import { checkReferences } from "./check-references.ts";
import { checkResources, wrongAmong } from "./check-resources.ts";
import { type Draft, type DraftResource, draftOf } from "./draft.ts";
import { type Fault, quoted, shown } from "./fault.ts";
import { fieldsOf } from "./parts.ts";
import { resolved } from "./resolved.ts";
import type { RoleResults } from "./roles.ts";
import { schemaFaults } from "./schema-faults.ts";
import { checkSecrets, takeOrigins } from "./secret-origins.ts";

/** What the shelves hold, as far as a stack file can name it. */
export interface Schemas {
  /** Schemas of specs by resource type. */
  readonly resources: Readonly<Record<string, z.ZodType>>;
  /** What is wrong with a name, by resource type. */
  readonly names: Readonly<Record<string, (name: string) => string | undefined>>;
  /** Schemas of the options beside `provider`, by provider. */
  readonly providers: Readonly<Record<string, z.ZodType>>;
}

export interface Surroundings {
  readonly schemas: Schemas;
  /** Folder of the stack file. */
  readonly folder: string;
  readonly environment: string;
}

export type Validated = { readonly stack: Stack } | { readonly faults: readonly Fault[] };

/**
 * Checks plain data, with what its roles have returned, against everything a stack has to be. Reads nothing but whether
 * source folders are there.
 */
export function validate(exported: unknown, surroundings: Surroundings, roles: RoleResults = new Map()): Validated {
  if (typeof exported !== "object" || exported === null || Array.isArray(exported)) {
    const text = `expected a stack as the default export (\`export default defineStack({ ... })\`), got ${shown(exported)}`;
    return { faults: [{ path: [], text }] };
  }
  const value = withHealthPaths(exported);
  const draft = draftOf(value, roles);
  const resources = Object.values(draft.resources).flat();
  const faults = [
    ...schemaFaults(stackSchema, withoutEntries(value)).map(asWritten(exported)),
    ...providerFaults(draft, surroundings.schemas),
    ...resources.flatMap((resource) => resourceFaults(resource, surroundings.schemas)),
    ...checkMachines(draft),
    ...checkGroups(draft),
    ...checkResources(draft),
    ...checkReferences(draft),
    ...checkSecrets(draft),
    ...checkApps(draft, surroundings.folder),
  ];
  return faults.length > 0 ? { faults: distinct(faults) } : { stack: stackOf(value, draft, surroundings) };
}

/** The same for one machine whose roles were called once more: its resources, among those of the others. */
export function validateMachine(
  machine: string,
  resources: readonly DraftResource[],
  draft: Draft,
  schemas: Schemas,
): { readonly resources: readonly Declared[] } | { readonly faults: readonly Fault[] } {
  const now = { ...draft, resources: { ...draft.resources, [machine]: resources }, apps: {} };
  const faults = [
    ...resources.flatMap((resource) => resourceFaults(resource, schemas)),
    ...wrongAmong(resources),
    ...checkReferences(now, [machine]),
    ...checkSecrets(draft, resources),
  ];
  if (faults.length > 0) return { faults: distinct(faults) };
  return { resources: resources.map(({ value }) => declaredSchema.parse(takeOrigins(value).value)) };
}

function stackOf(value: object, draft: Draft, { folder, environment }: Surroundings): Stack {
  const resources = Object.entries(draft.resources).map(([machine, list]) => [machine, list.map((one) => one.value)]);
  const taken = takeOrigins({ ...value, resources: Object.fromEntries(resources) });
  const { id, ...parsed } = stackSchema.parse(taken.value);
  const own = { id: id ?? parsed.name, hasId: id !== undefined, environment, secrets: taken.origins, folder };
  return { ...parsed, ...resolved(parsed, draft), ...own };
}

/** The lists of resources as empty ones: each resource is checked by itself, wherever it comes from. */
function withoutEntries(value: object): object {
  const { resources, ...rest } = fieldsOf(value);
  if (Object.keys(fieldsOf(resources)).length === 0) return value;
  const lists = Object.entries(fieldsOf(resources)).map(([key, list]) => [key, Array.isArray(list) ? [] : list]);
  return { ...rest, resources: Object.fromEntries(lists) };
}

/** A health path given as text stands for `{ path }`; spelled out, what is wrong with it gets its place. */
function withHealthPaths(exported: object): object {
  const { apps, ...rest } = fieldsOf(exported);
  if (apps === undefined) return exported;
  if (Object.keys(fieldsOf(apps)).length === 0) return { ...rest, apps };
  const spelled = Object.entries(fieldsOf(apps)).map(([name, app]) => {
    const { health } = fieldsOf(app);
    return [name, typeof health === "string" ? { ...fieldsOf(app), health: { path: health } } : app];
  });
  return { ...rest, apps: Object.fromEntries(spelled) };
}

/** Takes the part of a path away that was spelled out above. */
function asWritten(exported: object): (fault: Fault) => Fault {
  return (fault) => {
    const [apps, app, field, path] = fault.path;
    if (apps !== "apps" || field !== "health" || path !== "path") return fault;
    const written = fieldsOf(fieldsOf(fieldsOf(exported)["apps"])[String(app)])["health"];
    return typeof written === "string" ? { ...fault, path: fault.path.slice(0, 3) } : fault;
  };
}

function providerFaults({ machines }: Draft, { providers }: Schemas): Fault[] {
  return Object.entries(machines).flatMap(([key, { provider, was: _, values: __, ...options }]) => {
    const path = ["machines", key];
    if (typeof provider !== "string") return [];
    const schema = lookUp(providers, provider);
    if (schema === undefined) {
      return [{ path: [...path, "provider"], text: unknownWord("provider", provider, Object.keys(providers)) }];
    }
    return schemaFaults(schema, options).map((fault) => ({ ...fault, path: [...path, ...fault.path] }));
  });
}

function resourceFaults({ path, value, fields, id }: DraftResource, schemas: Schemas): Fault[] {
  const own = schemaFaults(declaredSchema, value).map((fault) => ({ ...fault, path: [...path, ...fault.path] }));
  const { type, spec } = fields;
  if (typeof type !== "string" || typeof spec !== "object" || spec === null) return own;
  const schema = lookUp(schemas.resources, type);
  if (schema === undefined) {
    const text = unknownWord("resource type", type, Object.keys(schemas.resources));
    return [...own, { path: [...path, "type"], text }];
  }
  const about = id === undefined ? {} : { about: id };
  const filled = standIn(spec as Json); // A plain object by the walk in plain.ts.
  const wrong = schemaFaults(schema, filled).map((fault) => {
    return { ...about, path: [...path, ...fault.path], text: asReferred(fault.text) };
  });
  return [...own, ...wrong, ...nameFault(type, fields["name"], path, schemas)];
}

/** What stands in for an output while its place is checked is told as what the file says. */
function asReferred(text: string): string {
  return text.replaceAll(JSON.stringify(STAND_INS[0]), "output(...)");
}

/** Names that every resource refuses are told by the stack's own schema. */
function nameFault(type: string, name: unknown, path: readonly PropertyKey[], { names }: Schemas): Fault[] {
  if (typeof name !== "string" || !declaredSchema.shape.name.safeParse(name).success) return [];
  const text = Object.hasOwn(names, type) ? names[type]?.(name) : undefined;
  return text === undefined ? [] : [{ path: [...path, "name"], text }];
}

function lookUp(schemas: Readonly<Record<string, z.ZodType>>, name: string): z.ZodType | undefined {
  return Object.hasOwn(schemas, name) ? schemas[name] : undefined;
}

function unknownWord(what: string, word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  const text = `unknown ${what} ${quoted(word)}`;
  return meant === undefined ? `${text}; known are ${known.join(", ")}` : `${text}; did you mean ${quoted(meant)}?`;
}

/** Several checks may find the same fault. */
function distinct(faults: readonly Fault[]): Fault[] {
  const seen = new Set<string>();
  return faults.filter((fault) => {
    const key = JSON.stringify([fault.path.map(String), fault.text]);
    return !seen.has(key) && seen.add(key);
  });
}
