import { z } from "zod";
import type { Desired } from "../../src/engine/desired.ts";
import { type HostResult, planHost } from "../../src/engine/host-plan.ts";
import type { Shelves } from "../../src/engine/shelves.ts";
import { ABSENT, type Answers, parseAnswer } from "../../src/model/answer.ts";
import { diffOf, noop } from "../../src/model/change.ts";
import { type Memory, NO_MEMORY } from "../../src/model/journal.ts";
import { type AnyResourceType, defineResource, type Resource } from "../../src/model/resource.ts";

interface Spec {
  readonly size: string;
  readonly inside?: string | undefined;
}

/** A resource type made for the engine's own tests: a box with a size, perhaps inside another box. */
export function boxType(over: Partial<Parameters<typeof defineResource<Spec, Spec>>[0]> = {}): AnyResourceType {
  const type = over.type ?? "box";
  return defineResource<Spec, Spec>({
    type,
    title: "A box.",
    sharing: "exclusive",
    schema: z.object({ size: z.string(), inside: z.string().optional() }),
    askers: { [type]: ":" },
    query: (wanted) => wanted.map(({ name }) => ({ kind: type, arg: name })),
    parse(name, answers) {
      const { head, fields } = parseAnswer(answers.get(`${type}:${name}`) ?? ABSENT);
      if (head === ABSENT) return { kind: "absent" };
      if (head === "unknown") return { kind: "unknown", why: fields["why"] ?? "" };
      const owner = fields["owner"];
      return { kind: "present", state: { size: fields["size"] ?? "" }, owners: owner === undefined ? [] : [owner] };
    },
    plan(name, spec, seen) {
      const key = `${type}:${name}`;
      const from = seen.kind === "present" ? `box size=${seen.state.size}` : ABSENT;
      if (spec === undefined) {
        if (seen.kind !== "present") return noop({ [key]: ABSENT });
        return {
          action: "delete",
          diff: [],
          steps: [{ kind: "exec", argv: ["rm", name] }],
          from: { [key]: from },
          to: { [key]: ABSENT },
        };
      }
      const to = `box size=${spec.size}`;
      if (from === to) return noop({ [key]: to });
      const action = seen.kind === "present" ? "update" : "create";
      const diff = diffOf(seen.kind === "present" ? seen.state : undefined, { size: spec.size });
      return {
        action,
        diff,
        steps: [{ kind: "exec", argv: ["make", name, spec.size] }],
        from: { [key]: from },
        to: { [key]: to },
      };
    },
    spec: (_name, state) => state,
    after: (_name, spec) => (spec.inside === undefined ? [] : [`${type}:${spec.inside}`]),
    ...over,
  });
}

export function shelvesOf(...types: AnyResourceType[]): Shelves {
  return { types: Object.fromEntries(types.map((type) => [type.type, type])), places: {} };
}

export function box(
  name: string,
  size: string,
  more: Partial<Resource> & { inside?: string; type?: string } = {},
): Resource {
  const { inside, type = "box", ...rest } = more;
  return { id: `m/${type}:${name}`, type, name, on: "m", spec: { size, inside }, needs: [], ...rest };
}

export interface Case {
  readonly resources?: readonly Resource[];
  readonly answers?: Readonly<Record<string, string>>;
  readonly memory?: Partial<Memory>;
  readonly shelves?: Shelves;
  readonly purge?: boolean;
  readonly adopt?: readonly string[];
}

export const OWNER = "me/production";

export function planCase(given: Case): HostResult {
  const desired: Desired = {
    resources: given.resources ?? [],
    builds: [],
    releases: [],
    records: [],
    urls: [],
    notes: [],
  };
  const answers: Answers = new Map(Object.entries(given.answers ?? {}));
  return planHost({
    machine: "m",
    machineId: "1",
    owner: OWNER,
    desired,
    memory: { ...NO_MEMORY, ...given.memory },
    answers,
    shelves: given.shelves ?? shelvesOf(boxType()),
    purge: given.purge ?? false,
    adopt: new Set(given.adopt ?? []),
  });
}

export function owned(...ids: string[]): Partial<Memory> {
  return { owned: Object.fromEntries(ids.map((id) => [id, [{ owner: OWNER, run: "r" }]])) };
}
