import { z } from "zod";
import type { Answers } from "./answer.ts";
import { foldersAbove, isNumeric, ownerOf } from "./ask/path-state.ts";
import type { Change } from "./change.ts";
import { checkName } from "./check-name.ts";
import type { Effect } from "./effect.ts";
import type { Facts } from "./facts.ts";
import { fileOf, fourDigits, planFileBased } from "./file-based/plan.ts";
import { modeSchema, ownerSchema } from "./name.ts";
import type { Askers, Query } from "./query.ts";
import { type AnyResourceType, defineResource, type PlanContext, type ResourceType, withFields } from "./resource.ts";
import type { Text } from "./secret.ts";
import type { Step } from "./step.ts";
import {
  contentOutput,
  FILE_ASKERS,
  type FileState,
  fileQueries,
  observeFile,
  removalQueries,
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
  /** What a change of it means, for people. */
  notes?(name: string, spec: Spec, context: PlanContext): readonly string[];
  /** What is missing for it to work as wanted, which nothing here can mend: also told when there is nothing to do. */
  lacks?(name: string, spec: Spec, context: PlanContext): readonly string[];
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
export type Wanted<Spec> = { readonly fields: Spec } | { readonly seen: Seen };

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
    plan: (name, spec, observed, context) => planFileBased(base, name, spec, observed, context),
    // Only `seen` is written into specs; the schema reads it back.
    spec: (_name, state) => seenSpec(state) as unknown as Wanted<Spec>,
    path: (name) => base.path(name),
    outputs: (name, state) => ({
      path: base.path(name),
      ...contentOutput(state),
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
