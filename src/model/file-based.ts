import { z } from "zod";
import type { Answers } from "./answer.ts";
import { foldersAbove, isNumeric, ownerOf } from "./ask/path-state.ts";
import type { Change, Planned } from "./change.ts";
import { checkName } from "./check-name.ts";
import { type Effect, followed } from "./effect.ts";
import type { Facts } from "./facts.ts";
import { modeSchema, ownerSchema } from "./name.ts";
import type { Askers, Query } from "./query.ts";
import {
  type AnyResourceType,
  defineResource,
  type Observed,
  type PlanContext,
  type ResourceType,
  withFields,
} from "./resource.ts";
import type { Text } from "./secret.ts";
import type { Step } from "./step.ts";
import { planFile, planFileRemoval, type Writing } from "./whole-file/plan.ts";
import {
  FILE_ASKERS,
  type FileState,
  fileQueries,
  observeFile,
  removalQueries,
  type WholeFile,
} from "./whole-file/state.ts";

/** A resource type whose thing is one file that is made from its fields: a cron job, a unit, a sysctl. */
export interface FileBased<Spec> {
  readonly type: string;
  readonly title: string;
  readonly schema: z.ZodType<Spec>;
  /** What a name of it may be. */
  readonly names: z.ZodType<string>;
  path(name: string): string;
  /** All that the file holds. It may keep what is seen, such as a value to be put back; when questions are made, nothing is. */
  content(name: string, spec: Spec, answers: Answers): Text;
  /** Default `0644`; a function where it depends on whether the file holds a secret. */
  readonly mode?: string | ((spec: Spec) => string);
  readonly sharing?: "exclusive" | "shared";
  /** As of a resource type: what follows the file takes moments, too. */
  readonly brief?: boolean;
  /** Its bytes never hold a secret, whoever may read them. */
  readonly plain?: boolean;
  /** A program that has to accept the file before it takes its place; `{}` is the staged file. */
  check?(name: string, spec: Spec): readonly string[];
  /** Throws where the file would do nothing on this target. Not asked about what goes or is put back as it was. */
  refuse?(name: string, spec: Spec, context: PlanContext): void;
  /** Further questions, for `effects`. */
  queries?(name: string, spec: Spec | undefined): readonly Query[];
  readonly askers?: Askers;
  /**
   * What has to follow the file. Left out where the spec is (it was removed, or put back as it was): then only `activate` runs.
   * They may depend on what is seen, so that what cannot be had on a target is left out of what is promised.
   */
  effects?(name: string, spec: Spec, answers: Answers): readonly Effect[];
  /** Steps that make the running system follow the file, once it was written or removed. They may run again. */
  activate?(name: string, spec: Spec | undefined, context: PlanContext): readonly Step[];
  /** What has to follow a file that is put back as it was. */
  putBack?(name: string, answers: Answers): readonly Effect[];
  /** What comes before the file's removal, and has to follow it. */
  removal?(name: string, context: PlanContext): Removal;
  /** Merges the steps of several independent changes: one activation for all. */
  batch?(changes: readonly Change[]): readonly Step[];
  evidence?(name: string): readonly Step[];
  /** How a change of it could lock us out. Its earlier bytes then come back when nobody confirms it: they have to be `plain`. */
  guards?(name: string, facts: Facts): string | undefined;
  after?(name: string, spec: Spec): readonly string[];
  notes?(name: string, spec: Spec, context: PlanContext): readonly string[];
}

export interface Removal {
  /** Steps before the file goes. They may run again. */
  readonly before?: readonly Step[];
  readonly effects?: readonly Effect[];
  readonly notes?: readonly string[];
}

/** A file as it was seen: what `spec()` gives, for undo and adopt, in place of the fields that it was made from. */
const seenSchema = z.strictObject({ sha256: z.string().optional(), mode: modeSchema, owner: ownerSchema });
type Seen = z.output<typeof seenSchema>;
type Wanted<Spec> = { readonly fields: Spec } | { readonly seen: Seen };

/** Makes a resource type of a file that is made from fields. */
export function fileBased<Spec>(base: FileBased<Spec>): AnyResourceType {
  // A spec that `spec()` gave has the fields of a file, which no schema of a user's has together.
  const wantedSchema = z.unknown().transform((value): Wanted<Spec> => {
    const seen = seenSchema.safeParse(value);
    return seen.success ? { seen: seen.data } : { fields: base.schema.parse(value) };
  });
  const type: ResourceType<Wanted<Spec>, FileState> = {
    type: base.type,
    title: base.title,
    schema: wantedSchema,
    sharing: base.sharing ?? "exclusive",
    askers: { ...FILE_ASKERS, ...base.askers },
    query: (wanted) => wanted.flatMap(({ name, spec }) => questions(base, name, spec)),
    parse: (name, answers) => observeFile(base.path(name), answers),
    ...(base.brief === undefined ? {} : { brief: base.brief }),
    ...(base.batch === undefined ? {} : { batch: base.batch }),
    ...(base.guards === undefined ? {} : { guards: base.guards }),
    plan: (name, spec, observed, context) =>
      undoable(plan(base, name, spec, observed, context), base, name, observed, context),
    // Only `seen` is written into specs; the schema reads it back.
    spec: (_name, state) => seenSpec(state) as unknown as Wanted<Spec>,
    outputs: (name, state) => ({
      path: base.path(name),
      ...(state.sha256 === undefined ? {} : { sha256: state.sha256 }),
    }),
    after: (name, spec) => [
      ...foldersAbove(base.path(name)).map((folder) => `directory:${folder}`),
      ...("fields" in spec ? (base.after?.(name, spec.fields) ?? []) : ownerEdge(spec.seen)),
    ],
  };
  return withFields(defineResource(type), base.schema);
}

function seenSpec(state: FileState): Seen {
  const { sha256 } = state;
  return {
    mode: fourDigits(state.mode),
    owner: ownerOf(state),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

function ownerEdge({ owner }: Seen): string[] {
  return isNumeric(owner) ? [] : [`user:${owner.split(":")[0]}`];
}

function questions<Spec>(base: FileBased<Spec>, given: string, spec: Wanted<Spec> | undefined): Query[] {
  const name = checkName(base.type, base.names, given);
  const fields = spec !== undefined && "fields" in spec ? spec.fields : undefined;
  const further = base.queries?.(name, fields) ?? [];
  if (spec === undefined) return [...removalQueries(base.path(name)), ...further];
  return [...fileQueries(fileOf(base, name, spec, new Map())), ...further];
}

function fileOf<Spec>(base: FileBased<Spec>, name: string, spec: Wanted<Spec>, answers: Answers): WholeFile {
  const path = base.path(name);
  if ("seen" in spec) return { path, ...spec.seen };
  const mode = typeof base.mode === "function" ? base.mode(spec.fields) : (base.mode ?? "0644");
  return { path, content: base.content(name, spec.fields, answers), mode, owner: "root:root" };
}

function plan<Spec>(
  base: FileBased<Spec>,
  name: string,
  spec: Wanted<Spec> | undefined,
  observed: Observed<FileState>,
  context: PlanContext,
): Planned {
  const { plain } = base;
  if (spec === undefined) {
    return removed(planFileRemoval(base.path(name), observed, context, { plain }), base, name, context);
  }
  const fields = "fields" in spec ? spec.fields : undefined;
  if (fields !== undefined) base.refuse?.(name, fields, context);
  const check = fields === undefined ? undefined : base.check?.(name, fields);
  const writing: Writing = { id: `${base.type}:${name}`, check, plain };
  return written(
    planFile(fileOf(base, name, spec, context.answers), observed, context, writing),
    base,
    name,
    fields,
    context,
  );
}

/** What could lock us out brings how it is put back. */
function undoable<Spec>(
  planned: Planned,
  base: FileBased<Spec>,
  name: string,
  observed: Observed<FileState>,
  context: PlanContext,
): Planned {
  if (base.guards === undefined || planned.action === "noop" || planned.undo !== undefined) return planned;
  const path = base.path(name);
  const state = observed.kind === "present" ? observed.state : undefined;
  const back: Step[] =
    state === undefined
      ? [{ kind: "remove", path }]
      : state.sha256 === undefined
        ? []
        : [
            {
              kind: "write",
              path,
              content: { kept: state.sha256 },
              mode: fourDigits(state.mode),
              owner: ownerOf(state),
            },
          ];
  return { ...planned, undo: [...back, ...(base.activate?.(name, undefined, context) ?? [])] };
}

function fourDigits(mode: string): string {
  return mode.padStart(4, "0");
}

/** The file's removal, what comes before it, and what follows it. */
function removed<Spec>(file: Planned, base: FileBased<Spec>, name: string, context: PlanContext): Planned {
  const { before = [], effects = [], notes = [] } = base.removal?.(name, context) ?? {};
  const planned = followed(file, effects, base.activate?.(name, undefined, context) ?? [], context);
  if (planned.action === "noop") return planned;
  const isThere = file.action !== "noop";
  const said = isThere && notes.length > 0 ? { notes } : {};
  return { ...planned, action: "delete", steps: [...(isThere ? before : []), ...planned.steps], ...said };
}

/** The file's change and what follows it. */
function written<Spec>(
  file: Planned,
  base: FileBased<Spec>,
  name: string,
  spec: Spec | undefined,
  context: PlanContext,
): Planned {
  const { answers } = context;
  const effects = spec === undefined ? base.putBack?.(name, answers) : base.effects?.(name, spec, answers);
  const planned = followed(file, effects ?? [], base.activate?.(name, spec, context) ?? [], context);
  const notes = [...(file.notes ?? []), ...(spec === undefined ? [] : (base.notes?.(name, spec, context) ?? []))];
  const evidence = planned.action === "noop" ? [] : (base.evidence?.(name) ?? []);
  return {
    ...planned,
    ...(notes.length === 0 ? {} : { notes }),
    ...(evidence.length === 0 ? {} : { evidence }),
  };
}
