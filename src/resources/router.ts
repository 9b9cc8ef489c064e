import type { z } from "zod";
import { sha256 } from "../lib/digest.ts";
import { DroverError } from "../lib/error.ts";
import { type Answer, type Answers, isUnknown, matches, parseAnswer, unword } from "../model/answer.ts";
import { noop, type Planned } from "../model/change.ts";
import { defineResource, type Observed, type PlanContext } from "../model/resource.ts";
import { LISTENER_ASKER, ROUTE_ASKER, ROUTER, whyUnread } from "../model/route/ask.ts";
import { routerAnswer } from "../model/router/answer.ts";
import { baseConfig } from "../model/router/base.ts";
import { type CheckedOptions, routerOptionsSchema } from "../model/router/options.ts";
import { syncScript } from "../model/router/script.ts";
import { routerUnit, unitFile } from "../model/router/service.ts";
import type { Step } from "../model/step.ts";

const schema = routerOptionsSchema.pick({ listen: true });
type Spec = z.output<typeof schema>;

interface State {
  readonly head: string;
  readonly answer: Answer;
}

const KEY = `route:${ROUTER}`;
const UNIT_PATH = `/etc/systemd/system/${routerUnit}`;
const { dir } = routerOptionsSchema.parse({});

/** The machine's router: an HAProxy of our own beside whatever the distribution has. */
export default defineResource<Spec, State>({
  type: "router",
  title: "The machine's router: an HAProxy instance of Drover's own, the only one that publishes ports.",
  schema,
  sharing: "shared",
  askers: { route: ROUTE_ASKER, listener: LISTENER_ASKER },
  query: (wanted) =>
    wanted.flatMap(({ spec }) => [
      { kind: "route", arg: ROUTER },
      ...ports(spec).map((port) => ({ kind: "listener", arg: String(port) })),
    ]),
  parse,
  plan(_name, spec, observed, context) {
    const state = observed.kind === "present" ? observed.state : undefined;
    if (spec === undefined) return state === undefined ? noop({ [KEY]: "absent" }) : remove(state, context);
    const to = promised(spec, context);
    if (state !== undefined && matches(to, state.answer)) return noop({ [KEY]: state.answer });
    if (state?.head !== "running") refuseListeners(spec, context.answers);
    return {
      action: state === undefined ? "create" : "update",
      diff: differences(state, to),
      steps: steps(spec, context),
      from: { [KEY]: state?.answer.replace(/ pid=\S+/, " pid=*") ?? "absent" },
      to: { [KEY]: to },
      evidence: [{ kind: "exec", argv: ["sh", `${dir}/sync`, "state"], within: 30 }],
    };
  },
  spec: () => schema.parse({}),
  after: () => ["package:haproxy", "package:socat"],
});

function ports(spec: Spec | undefined): number[] {
  return [...new Set((spec ?? schema.parse({})).listen.map(({ port }) => port))];
}

function parse(_name: string, answers: Answers): Observed<State> {
  const answer = answers.get(KEY) ?? "absent";
  if (isUnknown(answer)) return { kind: "unknown", why: whyUnread(answer) };
  const { head } = parseAnswer(answer);
  return head === "absent" ? { kind: "absent" } : { kind: "present", state: { head, answer }, owners: [] };
}

function isSystemd({ facts }: PlanContext): boolean {
  return facts.init === "systemd";
}

function promised(spec: Spec, context: PlanContext): Answer {
  const unit = isSystemd(context) ? short(unitFile(spec)) : "none";
  const boot = isSystemd(context) ? "yes" : "none";
  return `${routerAnswer(spec)} sync=${short(syncScript)} unit=${unit} boot=${boot}`;
}

function short(text: string): string {
  return sha256(text).slice(0, 12);
}

function differences(state: State | undefined, to: Answer): Planned["diff"] {
  if (state?.head !== "running") return [{ path: "state", from: state?.head ?? "absent", to: "running" }];
  const [seen, wanted] = [parseAnswer(state.answer).fields, parseAnswer(to).fields];
  return Object.entries(wanted)
    .map(([path, value]) => ({ path, from: seen[path] ?? "", to: value }))
    .filter((one) => one.to !== "*" && one.from !== one.to);
}

/** Somebody else's server on the port would be in the way of every app: it is named before anything is changed. */
function refuseListeners(spec: Spec, answers: Answers): void {
  for (const port of ports(spec)) {
    const { head, fields } = parseAnswer(answers.get(`listener:${port}`) ?? "free");
    if (head !== "foreign") continue;
    const name = unword(fields["name"] ?? "somebody");
    throw new DroverError("CONFLICT", `port ${port} is taken by ${name} (pid ${fields["pid"] ?? "?"})`, {
      hint: `stop it, or move it to another port: the router of the apps listens on ${port}`,
    });
  }
}

function steps(spec: CheckedOptions | Spec, context: PlanContext): Step[] {
  const staged = `${dir}/base.staged`;
  const unit: Step[] = isSystemd(context)
    ? [
        { kind: "write", path: UNIT_PATH, content: unitFile(spec), mode: "0644" },
        { kind: "exec", argv: ["systemctl", "daemon-reload"], within: 60 },
        { kind: "exec", argv: ["systemctl", "enable", routerUnit], within: 60 },
      ]
    : [];
  return [
    { kind: "exec", argv: ["mkdir", "-p", "-m", "0700", "--", dir] },
    { kind: "write", path: `${dir}/sync`, content: syncScript, mode: "0755" },
    ...unit,
    { kind: "write", path: staged, content: baseConfig(spec), mode: "0600" },
    { kind: "exec", argv: ["sh", `${dir}/sync`, "base", staged], within: 120 },
    { kind: "exec", argv: ["rm", "-f", "--", staged] },
  ];
}

/** Routes of others keep it. */
function remove(state: State, context: PlanContext): Planned {
  const others = [...context.answers].filter(
    ([key, answer]) => key.startsWith("route:") && !key.startsWith("route:@") && answer !== "absent",
  );
  if (others.length > 0) {
    const names = others.map(([key]) => key.slice("route:".length)).join(", ");
    const diff = [{ path: "owned", from: "yes", to: "no" }];
    const notes = [`the router stays: it serves ${names}`];
    return { action: "delete", diff, steps: [], from: { [KEY]: state.answer }, to: { [KEY]: state.answer }, notes };
  }
  const unit: Step[] = isSystemd(context)
    ? [
        { kind: "exec", argv: ["systemctl", "disable", routerUnit], within: 60 },
        { kind: "exec", argv: ["rm", "-f", "--", UNIT_PATH] },
        { kind: "exec", argv: ["systemctl", "daemon-reload"], within: 60 },
      ]
    : [];
  return {
    action: "delete",
    diff: [{ path: "state", from: state.head, to: "absent" }],
    steps: [
      { kind: "exec", argv: ["sh", `${dir}/sync`, "stop"], within: 120 },
      ...unit,
      { kind: "exec", argv: ["rm", "-rf", "--", dir] },
    ],
    from: { [KEY]: state.answer.replace(/ pid=\S+/, " pid=*") },
    to: { [KEY]: "absent" },
  };
}
