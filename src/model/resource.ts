import type { z } from "zod";
import type { Answers } from "./answer.ts";
import type { Change, Planned } from "./change.ts";
import type { Facts } from "./facts.ts";
import type { Askers, Query } from "./query.ts";
import type { Json } from "./secret.ts";
import type { Step } from "./step.ts";

/** A node of the graph. */
export interface Resource {
  /** `machine/type:name`, unique in a plan. */
  readonly id: string;
  readonly type: string;
  /** The thing's own name on the target: a path, a unit, a container's name. */
  readonly name: string;
  /** Machine, cluster or account. */
  readonly on: string;
  readonly spec: Json;
  /** Ids that come before it. */
  readonly needs: readonly string[];
  readonly app?: string;
  readonly rollout?: { readonly group: string; readonly role: "new" | "switch"; readonly stopFirst?: boolean };
  /** Brought by a place (container engine, router): leaves only with --purge, and only with its last user. */
  readonly brought?: boolean;
  /** Never removed by plan. */
  readonly protect?: boolean;
  /** An earlier name: the thing is renamed, not deleted and made anew. */
  readonly was?: string;
}

export type Observed<State> =
  | { readonly kind: "absent" }
  | { readonly kind: "present"; readonly state: State; readonly owners: readonly string[] }
  | { readonly kind: "unknown"; readonly why: string };

export interface Wanted<Spec> {
  readonly name: string;
  /** Undefined where only the name is known: an owned thing that left the file. */
  readonly spec: Spec | undefined;
}

/** A thing seen in a set-wise answer, and whose it is. */
export interface Found {
  readonly name: string;
  /** Undefined for what Drover made for all stacks there: it leaves with the last of them, as what a place brought. */
  readonly owner?: string;
  readonly app?: string;
  readonly group?: string;
}

/** What `plan` may know besides spec and observed state. */
export interface PlanContext {
  readonly owner: string;
  readonly facts: Facts;
  /** All answers as they will be when this resource's turn comes. */
  readonly answers: Answers;
  /** Something that comes before it changes in the same run: what can be had here may be other by then. */
  readonly unsettled?: boolean;
  /** It leaves with --purge: a place brought it, or Drover made it for all stacks here. */
  readonly purge?: boolean;
  /** What an earlier run put there holds a secret: its bytes are not kept, and it is not told by a digest. */
  readonly hadSecret?: boolean;
}

/**
 * What a thing runs with, as a service does with its unit: those of it that are declared on the same machine are referred
 * to by its spec, unasked, and those that leave go before it is looked at.
 */
export interface Following {
  /** `type:name`, or `type:` and the beginning of a name with `*`. */
  wants(name: string): readonly string[];
  /** The spec with references to them. */
  into(spec: Json, refs: readonly string[]): Json;
}

/**
 * A kind of thing on a target. Every function is pure.
 *
 * Law: after the steps of `plan(name, spec, parse(name, answers))` ran, the same call plans `noop`.
 */
export interface ResourceType<Spec, State> {
  readonly type: string;
  /** One sentence for the reference. */
  readonly title: string;
  readonly schema: z.ZodType<Spec>;
  /** `exclusive` refuses what is foreign; `shared` uses what is there, notes it as found and never removes it. */
  readonly sharing: "exclusive" | "shared";
  /**
   * Of an exclusive type: whether this spec only sets something of a thing that others made, or that a package brings. It is
   * then used as found, by one stack only, and stays as it is when it leaves the stack file.
   */
  asFound?(spec: Spec): boolean;
  readonly askers: Askers;
  /** All questions of this type at once; also set-wise ones that find what the owner has here. */
  query(wanted: readonly Wanted<Spec>[], owner: string): Query[];
  parse(name: string, answers: Answers): Observed<State>;
  /** Things seen in set-wise answers; for types whose owner is written on the thing (labels). */
  found?(answers: Answers): Found[];
  plan(name: string, spec: Spec | undefined, observed: Observed<State>, context: PlanContext): Planned;
  /** The spec that would give this state: for undo, adopt and import. Undefined where none does, as of what is half gone. */
  spec(name: string, state: State): Spec | undefined;
  /** What other resources may refer to. */
  outputs?(name: string, state: State): Readonly<Record<string, string>>;
  /** The one file that it is, whole: no two things of a machine are the same file. */
  path?(name: string): string;
  /** What comes first when it is in the graph: `type:name` on the same machine, or `type:*`. */
  after?(name: string, spec: Spec): readonly string[];
  /** Types of which all that changes or goes comes before this leaves: who runs something is let go of when that has ended. */
  readonly leavesAfter?: readonly string[];
  /** What it runs with, so that it restarts for another one. */
  readonly follows?: Following;
  /** Stops it without removing it, with `undo` that starts it again: for rollouts that stop the old one first. */
  pause?(name: string, observed: Observed<State>): Planned;
  /**
   * How a change of it could lock out whoever makes it, in words; undefined where it cannot. Such a change has an `undo` that
   * gives back exactly what was there, without secrets, client or network.
   */
  guards?(name: string, facts: Facts): string | undefined;
  /**
   * Its steps take moments and touch nothing but what its own keys tell: neighbours of it that need nothing of each other are
   * looked at together before and after, and recorded together.
   */
  readonly brief?: boolean;
  /** What it brings may be large, and is not in the plan: room for it has to be free before a run begins. */
  readonly bulky?: boolean;
  /** Merges the steps of several independent changes into one transaction (packages). */
  batch?(changes: readonly Change[]): readonly Step[];
  /** Where not all go in within one: what those of one transaction have in common (the file that lines go into); undefined for none. */
  batchOf?(change: Change): string | undefined;
  /** The same for neighbours that go, where they can stand in one another's way. */
  batchRemoval?(changes: readonly Change[]): readonly Step[];
}

/** A resource type with its own types closed over: what the registry and the engine hold. */
export type AnyResourceType = ResourceType<Json, unknown>;

/** Closes over a resource type's own types; specs are parsed by its schema on the way in. */
export function defineResource<Spec, State>(type: ResourceType<Spec, State>): AnyResourceType {
  const { after, asFound, outputs, pause, ...own } = type;
  const specOf = (spec: Json | undefined): Spec | undefined =>
    spec === undefined ? undefined : type.schema.parse(spec);
  return {
    ...own,
    // The engine only ever hands a state back to the type that parsed it, and specs go through the schema above.
    schema: type.schema as unknown as z.ZodType<Json>,
    query: (wanted, owner) =>
      type.query(
        wanted.map(({ name, spec }) => ({ name, spec: specOf(spec) })),
        owner,
      ),
    plan: (name, spec, observed, context) => type.plan(name, specOf(spec), observed as Observed<State>, context),
    spec: (name, state) => {
      const spec = type.spec(name, state as State) as unknown as Json;
      return type.schema.safeParse(spec).success ? spec : undefined;
    },
    ...(outputs === undefined ? {} : { outputs: (name, state) => outputs.call(type, name, state as State) }),
    ...(pause === undefined ? {} : { pause: (name, observed) => pause.call(type, name, observed as Observed<State>) }),
    ...(asFound === undefined ? {} : { asFound: (spec) => asFound.call(type, type.schema.parse(spec)) }),
    ...(after === undefined ? {} : { after: (name, spec) => after.call(type, name, type.schema.parse(spec)) }),
  };
}

/** The type with the fields that a user writes: its own schema reads besides what `spec()` gives back for undo and adopt. */
export function withFields(type: AnyResourceType, fields: z.ZodType): AnyResourceType {
  // What fits these fields is what the type's own schema takes first, and that reads them again on the way in.
  return { ...type, schema: fields as unknown as AnyResourceType["schema"] };
}

export function resourceId(on: string, type: string, name: string): string {
  return `${on}/${type}:${name}`;
}
