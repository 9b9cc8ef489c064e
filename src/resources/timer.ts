import type { z } from "zod";
import { foldersAbove } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import type { Query } from "../model/query.ts";
import { type AnyResourceType, defineResource, type ResourceType } from "../model/resource.ts";
import { FILE_ASKERS, fileQueries, removalQueries } from "../model/whole-file/state.ts";
import { TIMER } from "./timer/ask.ts";
import { planTimer, planTimerRemoval } from "./timer/plan.ts";
import { type TimerSpec, timerName, timerSchema } from "./timer/schema.ts";
import { observeTimer, runPath, type TimerState, timerPath } from "./timer/state.ts";
import { seenOf, targetOf, type Wanted, wantedSchema } from "./timer/target.ts";

export type TimerInput = z.input<typeof timerSchema>;

/**
 * A timer of systemd and, with `run`, the service that it starts: two files, both held against systemd's parser, read,
 * enabled and started as one thing. A new time counts at once. It is exclusive: a foreign file of its name is refused.
 */
export const timerType: ResourceType<Wanted, TimerState> = {
  type: "timer",
  title: "Work that systemd does by the calendar or after a while: a timer, enabled and running, and what it runs.",
  schema: wantedSchema,
  sharing: "exclusive",
  askers: { ...FILE_ASKERS, timer: TIMER },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("timer", timerName, name), spec)),
  parse: observeTimer,
  plan: (name, spec, observed, context) =>
    spec === undefined ? planTimerRemoval(name, observed, context) : planTimer(name, spec, observed, context),
  // Only `seen` is written into specs; the schema reads it back.
  spec: (_name, state) => seenOf(state) as unknown as Wanted,
  outputs: (name, { timer }) => ({
    path: timerPath(name),
    ...(timer?.sha256 === undefined ? {} : { sha256: timer.sha256 }),
  }),
  after: (name, spec) => [
    ...foldersAbove(timerPath(name)).map((folder) => `directory:${folder}`),
    ...("fields" in spec ? fieldEdges(spec.fields) : []),
  ],
};

export default { ...defineResource(timerType), schema: timerSchema } as unknown as AnyResourceType;

function fieldEdges({ unit, user, run }: TimerSpec): string[] {
  const [program] = run ?? [];
  return [
    ...(unit === undefined ? [] : [`unit:${unit}`]),
    ...(user === undefined ? [] : [`user:${user}`]),
    ...(program === undefined ? [] : [`file:${program}`]),
  ];
}

function questions(name: string, spec: Wanted | undefined): Query[] {
  const timer = { kind: "timer", arg: name };
  const paths = [timerPath(name), runPath(name)];
  if (spec === undefined) return [timer, ...paths.flatMap(removalQueries)];
  const { timer: file, own } = targetOf(name, spec);
  const files = [file, own].flatMap((one) => (one === undefined ? [] : fileQueries(one)));
  return [timer, ...files, ...paths.map((arg) => ({ kind: "path", arg }))];
}
