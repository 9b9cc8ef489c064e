import { z } from "zod";
import { DroverError } from "../lib/error.ts";
import { type Answer, type Answers, isUnknown, parseAnswer, unknownWhy } from "../model/answer.ts";
import { noop, type Planned } from "../model/change.ts";
import {
  ENGINE_ASKER,
  GUESTS_ASKER,
  installSteps,
  startSteps,
  stopSteps,
  uninstallSteps,
} from "../model/docker/engine.ts";
import { MIN_API } from "../model/docker/socket.ts";
import type { Facts } from "../model/facts.ts";
import { defineResource, type Observed, type PlanContext } from "../model/resource.ts";
import type { Step } from "../model/step.ts";

const schema = z.strictObject({});
type Spec = z.output<typeof schema>;

interface State {
  readonly state: "running" | "stopped" | "no-client";
  readonly version: string;
  readonly api: string;
  readonly answer: Answer;
}

const RUNNING = "running version=* api=*";

/** The container engine itself, from the distribution's packages, where none is there yet. */
export default defineResource<Spec, State>({
  type: "container-engine",
  title: "The container engine: Docker from the distribution's packages, or the one that is there.",
  schema,
  sharing: "shared",
  bulky: true,
  askers: { "container-engine": ENGINE_ASKER, "engine-guests": GUESTS_ASKER },
  query: (wanted, owner) =>
    wanted.flatMap(({ name, spec }) => [
      { kind: "container-engine", arg: name },
      ...(spec === undefined ? [{ kind: "engine-guests", arg: owner }] : []),
    ]),
  parse,
  plan(name, spec, observed, context) {
    const state = observed.kind === "present" ? observed.state : undefined;
    if (spec === undefined) return state === undefined ? noop({ [key(name)]: "absent" }) : remove(name, state, context);
    if (state === undefined) return install(name, "absent", context.facts);
    if (state.state === "no-client") return install(name, state.answer, context.facts);
    if (state.state === "stopped") return start(name, state, context.facts);
    refuseOld(state);
    return noop({ [key(name)]: state.answer });
  },
  spec: () => ({}),
  outputs: (_name, state) => ({ version: state.version, api: state.api }),
  after: () => ["package:socat"],
});

const WHYS: Readonly<Record<string, string>> = { rights: "no right to use the container engine's socket" };

function key(name: string): string {
  return `container-engine:${name}`;
}

function parse(name: string, answers: Answers): Observed<State> {
  const answer = answers.get(key(name)) ?? "absent";
  if (isUnknown(answer)) return { kind: "unknown", why: WHYS[unknownWhy(answer)] ?? unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head !== "running" && head !== "stopped" && head !== "no-client") return { kind: "absent" };
  const { version = "", api = "" } = fields;
  return { kind: "present", state: { state: head, version, api, answer }, owners: [] };
}

function refuseOld({ version, api }: State): void {
  const minor = Number(/^1\.(\d+)$/.exec(api)?.[1] ?? MIN_API);
  if (minor >= MIN_API) return;
  throw new DroverError("PREFLIGHT", `the container engine here is ${version}, which speaks API ${api}`, {
    hint: `Drover needs API 1.${MIN_API} (Docker 20.10) or newer: upgrade it`,
  });
}

function install(name: string, from: Answer, facts: Facts): Planned {
  if (facts.packages !== "" && facts.packages !== "apt") {
    throw new DroverError("PREFLIGHT", `no container engine is there, and ${facts.os} has no apt to get one`, {
      hint: "install Docker 20.10 or newer, then run the command again",
    });
  }
  return {
    action: from === "absent" ? "create" : "update",
    diff: [{ path: "state", from, to: "running" }],
    steps: [...installSteps(facts), ...startSteps(facts), running(name)],
    from: { [key(name)]: from },
    to: { [key(name)]: RUNNING },
    evidence: evidence(facts),
  };
}

function start(name: string, state: State, facts: Facts): Planned {
  return {
    action: "update",
    diff: [{ path: "state", from: "stopped", to: "running" }],
    steps: [...startSteps(facts), running(name)],
    from: { [key(name)]: state.answer },
    to: { [key(name)]: RUNNING },
    evidence: evidence(facts),
  };
}

function running(name: string): Step {
  return { kind: "wait", query: { kind: "container-engine", arg: name }, to: RUNNING, within: 90 };
}

function evidence({ init }: Facts): Step[] {
  const argv =
    init === "systemd"
      ? ["journalctl", "-u", "docker", "-n", "20", "--no-pager", "-o", "cat"]
      : ["tail", "-n", "20", "/var/log/drover-dockerd.log"];
  return [{ kind: "exec", argv, within: 20 }];
}

/** What others run on it keeps it, and the plan says so. */
function remove(name: string, state: State, { owner, answers, facts }: PlanContext): Planned {
  const guestsKey = `engine-guests:${owner}`;
  const guests = answers.get(guestsKey) ?? "unknown";
  if (guests !== "none") {
    const { containers = "?", volumes = "?", images = "?" } = parseAnswer(guests).fields;
    const notes = [
      `the container engine stays: others have ${containers} containers, ${volumes} volumes and ${images} images on it`,
    ];
    return { ...stay(key(name), state.answer), notes };
  }
  const steps = [...(state.state === "running" ? stopSteps(facts) : []), ...uninstallSteps(facts)];
  return {
    action: "delete",
    diff: [{ path: "state", from: state.state, to: "absent" }],
    steps,
    from: { [key(name)]: state.answer, [guestsKey]: "none" },
    to: { [key(name)]: "absent", [guestsKey]: "none" },
    notes: ["with it go the packages that came for its sake; /var/lib/docker stays"],
  };
}

/** It is given up, not removed. */
function stay(at: string, answer: Answer): Planned {
  const diff = [{ path: "owned", from: "yes", to: "no" }];
  return { action: "delete", diff, steps: [], from: { [at]: answer }, to: { [at]: answer } };
}
