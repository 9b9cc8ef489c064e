import { digestOf } from "../lib/digest.ts";
import { DroverError } from "../lib/error.ts";
import type { Answers } from "../model/answer.ts";
import { type AppSpec, machinesOf } from "../model/app.ts";
import { factsOf } from "../model/facts.ts";
import type { Memory, Note } from "../model/journal.ts";
import { appKey, withRename } from "../model/memory.ts";
import type { BuildRequest, Endpoint, KeptRelease } from "../model/place.ts";
import { type ReleaseRecord, releaseOf } from "../model/release.ts";
import { type Resource, resourceId } from "../model/resource.ts";
import { type Declared, ownerOf, type Stack } from "../model/stack.ts";
import { type Holding, withHeld } from "./held.ts";
import { placeOf, type Shelves } from "./shelves.ts";

/** What the file wants of one machine, with pins applied. */
export interface Desired {
  readonly resources: readonly Resource[];
  readonly builds: readonly BuildRequest[];
  readonly releases: readonly ReleaseRecord[];
  readonly records: readonly Note[];
  readonly urls: readonly Endpoint[];
  readonly notes: readonly string[];
}

export interface DesiredOptions {
  /** App -> digest of its build's inputs, or the image as asked. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly lift: boolean;
  /** Builds begin with a base that is asked for anew; the time that tells this from the last one. */
  readonly refresh?: string | undefined;
  /** App -> release to pin: a rollback being planned. */
  readonly pin?: Readonly<Record<string, string>>;
  /** Machine -> what goes back there: an undo being planned. */
  readonly hold?: Readonly<Record<string, Holding>>;
}

/** Lowers everything that is meant for a machine. Pure. */
export function desiredOn(
  machine: string,
  stack: Stack,
  shelves: Shelves,
  memory: Memory,
  answers: Answers,
  options: DesiredOptions,
): Desired {
  const own = (stack.resources[machine] ?? []).map((declared) => declaredResource(machine, declared));
  const apps = Object.entries(stack.apps).filter(([, app]) => machinesOf(app).includes(machine));
  const parts = apps.map(([name, app]) => lowerApp(machine, name, app, stack, shelves, memory, answers, options));
  const wanted = merge([...own, ...parts.flatMap((part) => part.resources)]);
  const { lift } = options;
  const held = withHeld(machine, ownerOf(stack), wanted, memory, { lift, hold: options.hold?.[machine] });
  return {
    resources: held.resources,
    builds: parts.flatMap((part) => part.builds),
    releases: parts.flatMap((part) => part.releases),
    records: [...parts.flatMap((part) => part.records), ...held.records],
    urls: parts.flatMap((part) => part.urls),
    notes: [...parts.flatMap((part) => part.notes), ...held.notes],
  };
}

function declaredResource(on: string, declared: Declared): Resource {
  const { type, name, spec, needs, was, protect } = declared;
  return {
    id: resourceId(on, type, name),
    type,
    name,
    on,
    spec,
    needs: needs.map((need) => `${on}/${need}`),
    ...(was === undefined ? {} : { was }),
    ...(protect ? { protect } : {}),
  };
}

function lowerApp(
  machine: string,
  name: string,
  declared: AppSpec,
  stack: Stack,
  shelves: Shelves,
  remembered: Memory,
  answers: Answers,
  options: DesiredOptions,
): Desired {
  const owner = ownerOf(stack);
  const key = appKey(owner, name);
  const rename = renameOf(owner, name, declared, remembered);
  // Under its new name it has what it had under the old one: its kept releases, its pin, its base.
  const memory = rename === undefined ? remembered : withRename(remembered, rename);
  const pinned = pinOf(name, key, memory, declared.keep, options);
  const spec = pinned?.spec ?? declared;
  const refreshed = pinned === undefined ? refreshedOf(declared, key, memory, options) : pinned.refreshed;
  const input = pinned?.input ?? inputOf(options.inputs[name] ?? "", refreshed);
  const release = releaseOf(name, { image: input, app: spec });
  const id = pinned?.release ?? release.id;
  const kept = keptReleases(key, id, memory, declared.keep);
  const formerNames = [...(declared.was === undefined ? [] : [declared.was]), ...(memory.names[key] ?? [])];
  const target = { machine, owner, stackName: stack.name, formerNames, kept };
  const lowered = placeOf(shelves, spec.place).lower(name, spec, { ...release, id }, target, factsOf(answers));
  const record = {
    ...{ app: name, release: id, spec, input, image: lowered.image, ...baseOf(key, lowered.image, memory) },
    ...(refreshed === undefined ? {} : { refreshed }),
  };
  const builds = lowered.builds.map((one) => ({
    ...{ ...one, source: options.inputs[name] ?? "" },
    ...(options.refresh === undefined ? {} : { refresh: true }),
  }));
  return {
    resources: lowered.resources,
    builds: pinned === undefined ? builds : [],
    releases: [record],
    records: [...(rename === undefined ? [] : [rename]), ...pinRecords(owner, name, key, memory, options)],
    urls: lowered.urls,
    notes: pinned === undefined ? [] : [pinNote(name, pinned.release, key, memory, options)],
  };
}

/** Once asked for anew, a base stays until it is asked for anew again. */
function refreshedOf(app: AppSpec, key: string, memory: Memory, options: DesiredOptions): string | undefined {
  if (app.source === undefined) return undefined;
  return options.refresh ?? memory.releases[key]?.find((entry) => !entry.failed)?.record.refreshed;
}

function inputOf(source: string, refreshed: string | undefined): string {
  return refreshed === undefined ? source : digestOf({ source, refreshed });
}

/** An image that is there already stands on the base that it was made on. */
function baseOf(key: string, image: string, memory: Memory): Pick<ReleaseRecord, "base"> {
  const base = memory.releases[key]?.find((entry) => entry.record.image === image)?.record.base;
  return base === undefined ? {} : { base };
}

/** The record that stands in for the file: of a pin in force, or of the one being planned. */
function pinOf(
  name: string,
  key: string,
  memory: Memory,
  keep: number,
  options: DesiredOptions,
): ReleaseRecord | undefined {
  const asked = options.pin?.[name];
  const release = asked ?? (options.lift ? undefined : memory.pins[key]?.release);
  if (release === undefined) return undefined;
  const all = memory.releases[key] ?? [];
  // Of those that are kept no more, and of those that failed, only the record is left.
  const known = asked === undefined ? all : all.filter((entry) => !entry.failed).slice(0, keep);
  const found = known.find((entry) => entry.record.release === release);
  if (found !== undefined) return found.record;
  throw new DroverError("CONFIG_INVALID", `no release ${release} of ${name} is kept`, {
    where: { app: name },
    hint: `drover releases ${name}`,
  });
}

function pinNote(name: string, release: string, key: string, memory: Memory, options: DesiredOptions): string {
  const pin = memory.pins[key];
  return options.pin?.[name] === undefined && pin !== undefined
    ? `${name} is pinned to release ${release} by ${pin.by} (run ${pin.run}); \`drover up --lift\` goes back to the file`
    : `${name} goes back to release ${release}, and stays there until \`drover up --lift\``;
}

/** The renaming that the file asks for and that the target does not know of yet. */
function renameOf(
  owner: string,
  name: string,
  { was }: AppSpec,
  memory: Memory,
): Extract<Note, { kind: "rename" }> | undefined {
  if (was === undefined || memory.seq === 0 || (memory.names[appKey(owner, name)] ?? []).includes(was))
    return undefined;
  return { kind: "rename", owner, what: "app", from: was, to: name };
}

function pinRecords(owner: string, name: string, key: string, memory: Memory, options: DesiredOptions): Note[] {
  const pin = options.pin?.[name];
  return [
    ...(options.lift && memory.pins[key] !== undefined ? [{ kind: "unpin" as const, owner, app: name }] : []),
    ...(pin !== undefined && memory.pins[key]?.release !== pin
      ? [{ kind: "pin" as const, owner, app: name, release: pin, by: "" }]
      : []),
  ];
}

function keptReleases(key: string, current: string, memory: Memory, keep: number): KeptRelease[] {
  return (memory.releases[key] ?? [])
    .filter((entry) => !entry.failed && entry.record.release !== current)
    .slice(0, keep - 1)
    .map((entry) => ({ release: entry.record.release, image: entry.record.image }));
}

/** Several apps may bring the same thing; then it has to be the same. */
function merge(resources: readonly Resource[]): Resource[] {
  const byId = new Map<string, Resource>();
  for (const resource of resources) {
    const known = byId.get(resource.id);
    if (known === undefined) byId.set(resource.id, resource);
    else if (digestOf(known.spec) !== digestOf(resource.spec)) {
      throw new DroverError("CONFLICT", `${resource.id} is wanted in two different ways`, {
        where: { resource: resource.id },
        hint: "declare it once, or give both the same fields",
      });
    } else byId.set(resource.id, { ...known, needs: [...new Set([...known.needs, ...resource.needs])] });
  }
  return [...byId.values()];
}
