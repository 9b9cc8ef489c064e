import type { Action, Change } from "../../model/change.ts";
import type { Event } from "../../model/event.ts";
import type { JournalLine } from "../../model/journal.ts";
import type { Plan } from "../../model/plan.ts";

export type ItemState = "running" | "done" | "same" | "failed" | "blocked" | "undone";

/** One thing being done on a machine. */
export interface Item {
  readonly id: string;
  readonly action: Action | "build";
  readonly state: ItemState;
  readonly since: number;
  readonly until?: number;
  /** The last line of output, or why it failed. */
  readonly detail?: string;
}

export interface MachineProgress {
  readonly machine: string;
  readonly state: "connecting" | "connected";
  readonly since: number;
  /** How many changes the plan has for it. */
  readonly planned: number;
  /** Images that are built for it, with their app. */
  readonly images: ReadonlyMap<string, string>;
  /** In the order in which they began. */
  readonly items: readonly Item[];
}

/** What is known of the work so far: a fold over events, from which every view is drawn. */
export interface Progress {
  readonly machines: readonly MachineProgress[];
}

export const NO_PROGRESS: Progress = { machines: [] };

/** The progress after an event that was seen at `now`. Pure. */
export function advance(progress: Progress, event: Event, now: number): Progress {
  switch (event.event) {
    case "connecting":
    case "connected":
      return onMachine(progress, event.machine, now, (machine) => ({ ...machine, state: event.event, since: now }));
    case "planned":
      return withPlan(progress, event.plan, now);
    case "journal":
      return onMachine(progress, event.machine, now, (machine) => journaled(machine, event.line, now));
    case "building":
    case "sending":
    case "built":
      return onMachine(progress, event.machine, now, (machine) => built(machine, event, now));
    case "output":
      return onMachine(progress, event.machine, now, (machine) =>
        update(machine, shortId(event.id), (item) => ({ ...item, detail: event.line })),
      );
    case "note":
    case "probed":
    case "failed":
    case "done":
      return progress;
    default:
      return event satisfies never;
  }
}

/** `type:name` of an id, with or without its machine. */
export function shortId(id: string): string {
  return id.replace(/^[a-z0-9-]+\/(?=[a-z0-9-]+:)/, "");
}

function withPlan(progress: Progress, plan: Plan, now: number): Progress {
  return plan.hosts.reduce(
    (result, host) =>
      onMachine(result, host.machine, now, (machine) => ({
        ...{ ...machine, planned: host.changes.length },
        images: new Map(host.builds.map((build) => [`image:${build.image}`, build.app])),
      })),
    progress,
  );
}

function onMachine(
  progress: Progress,
  name: string,
  now: number,
  change: (machine: MachineProgress) => MachineProgress,
): Progress {
  const known = progress.machines.find(({ machine }) => machine === name);
  const blank: MachineProgress = {
    machine: name,
    state: "connected",
    since: now,
    planned: 0,
    images: new Map(),
    items: [],
  };
  const next = change(known ?? blank);
  const machines =
    known === undefined ? [...progress.machines, next] : progress.machines.map((one) => (one === known ? next : one));
  return { machines };
}

function journaled(machine: MachineProgress, line: JournalLine, now: number): MachineProgress {
  switch (line.t) {
    case "start":
      return begin(machine, shortId(line.id), line.action, now);
    case "done":
      return settle(
        begin(machine, shortId(line.id), line.action, now),
        shortId(line.id),
        line.skipped && !isJustBuilt(machine, shortId(line.id)) ? "same" : "done",
        now,
      );
    case "failed":
      return settle(begin(machine, shortId(line.id), "update", now), shortId(line.id), "failed", now, line.message);
    case "blocked":
      return settle(
        begin(machine, shortId(line.id), "update", now),
        shortId(line.id),
        "blocked",
        now,
        `waits for ${shortId(line.by)}`,
      );
    case "undone":
      return settle(begin(machine, shortId(line.id), "delete", now), shortId(line.id), "undone", now);
    default:
      return machine;
  }
}

/** An image that a build of this very run has put there is no less done for being there. */
function isJustBuilt({ images, items }: MachineProgress, id: string): boolean {
  const app = images.get(id);
  return app !== undefined && items.some((item) => item.id === `build:${app}` && item.state === "done");
}

function built(
  machine: MachineProgress,
  event: Extract<Event, { readonly app: string }>,
  now: number,
): MachineProgress {
  const id = `build:${event.app}`;
  const begun = update(begin(machine, id, "build", now), id, (item) => ({
    ...item,
    state: "running",
    detail: event.detail,
  }));
  return event.event === "built" ? settle(begun, id, "done", now, event.detail) : begun;
}

function begin(machine: MachineProgress, id: string, action: Change["action"] | "build", now: number): MachineProgress {
  if (machine.items.some((item) => item.id === id)) return machine;
  return { ...machine, items: [...machine.items, { id, action, state: "running", since: now }] };
}

function settle(machine: MachineProgress, id: string, state: ItemState, now: number, detail?: string): MachineProgress {
  return update(machine, id, ({ detail: _, ...item }) => ({
    ...item,
    state,
    until: now,
    ...(detail === undefined ? {} : { detail }),
  }));
}

function update(machine: MachineProgress, id: string, change: (item: Item) => Item): MachineProgress {
  return { ...machine, items: machine.items.map((item) => (item.id === id ? change(item) : item)) };
}
