import { DroverError } from "../../lib/error.ts";
import { isUnknown } from "../../model/answer.ts";
import { diffOf, noop, type Planned } from "../../model/change.ts";
import { anyStatus, type ContainerState, containerAnswer, PROMOTED } from "../../model/docker/container-answer.ts";
import { restingNotes } from "../../model/docker/container-files.ts";
import { secretsAnswer } from "../../model/docker/container-secrets.ts";
import { type ContainerSpec, specDigest } from "../../model/docker/container-spec.ts";
import {
  createSteps,
  finishSteps,
  removeSteps,
  startStep,
  stopStep,
  undoSteps,
} from "../../model/docker/container-steps.ts";
import { evidenceSteps } from "../../model/docker/probe.ts";
import { SEALING_KEY } from "../../model/docker/sealing.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";

export interface State extends ContainerState {
  /** Whether it has the secrets' values of now: `same`, `other`, or something else where that is not known. */
  readonly secrets: string;
  /** The answer as it came. */
  readonly answer: string;
}

/** How a container becomes what its spec says, or goes. */
export function planContainer(
  name: string,
  spec: ContainerSpec | undefined,
  observed: Observed<State>,
  context: PlanContext,
): Planned {
  const state = observed.kind === "present" ? observed.state : undefined;
  if (spec === undefined) return state === undefined ? noop({ [key(name)]: "absent" }) : remove(name, state);
  if (state === undefined) return create(name, spec, context);
  const because = reason(spec, state);
  if (because !== undefined) return replace(name, spec, state, because, context);
  const stands = state.status === "running" && state.restart === PROMOTED;
  return stands ? keep(name, state) : finish(name, spec, state, context);
}

export function key(name: string): string {
  return `container:${name}`;
}

function canSeal({ answers }: PlanContext): boolean {
  return answers.get(SEALING_KEY) === "systemd-creds";
}

/** Why it has to be another container; undefined when this one will do. */
function reason(spec: ContainerSpec, state: State): string | undefined {
  if (state.status === "dead" || state.status === "removing") return `it is ${state.status}`;
  if (state.spec !== specDigest(spec)) return "what it is made from changed";
  if (spec.digest !== undefined) return undefined;
  if (state.image !== spec.image) return `its image is ${state.image}`;
  if (state.network !== spec.network || state.address !== spec.address) return "its address changed";
  return state.secrets === "other" ? "the value of a secret changed" : undefined;
}

function keep(name: string, state: State): Planned {
  const unseen = isUnknown(state.secrets);
  const notes = unseen ? [`${name}: secret unknown here, so that its value could not be compared`] : [];
  return { ...noop({ [key(name)]: state.answer }), ...(unseen ? { notes } : {}) };
}

function create(name: string, spec: ContainerSpec, context: PlanContext): Planned {
  if (spec.digest !== undefined) {
    throw new DroverError("CONFIG_INVALID", `${name} cannot be made again from what was seen of it`, {
      hint: "declare the app that it belongs to",
    });
  }
  return {
    action: "create",
    diff: diffOf(undefined, shown(spec)),
    steps: createSteps(name, spec, context.owner, canSeal(context)),
    from: { [key(name)]: "absent", ...secretsAnswer(name, spec, "absent") },
    to: after(name, spec, context),
    undo: undoSteps(name, spec, context.owner),
    evidence: evidenceSteps(name),
    notes: restingNotes(spec, canSeal(context)),
  };
}

function replace(name: string, spec: ContainerSpec, state: State, because: string, context: PlanContext): Planned {
  return {
    ...create(name, spec, context),
    action: "replace",
    because,
    diff: diffOf({ image: state.image, address: state.address, release: state.release }, shown(spec)),
    steps: [...removeSteps(name, state), ...createSteps(name, spec, context.owner, canSeal(context))],
    from: { [key(name)]: anyStatus(state.answer), ...secretsAnswer(name, spec, state.secrets) },
    notes: [...restingNotes(spec, canSeal(context)), `${name} stops before the one in its place starts`],
  };
}

/** For one that was made and not proven, or was stopped: the rest of the way. */
function finish(name: string, spec: ContainerSpec, state: State, context: PlanContext): Planned {
  return {
    action: "update",
    diff: diffOf({ state: state.status, restart: state.restart }, { state: "running", restart: PROMOTED }),
    steps: finishSteps(name, spec, state.status),
    from: { [key(name)]: anyStatus(state.answer), ...secretsAnswer(name, spec, state.secrets) },
    to: {
      [key(name)]: proven(state.answer),
      ...secretsAnswer(name, spec, isUnknown(state.secrets) ? state.secrets : "same"),
    },
    undo: state.restart === PROMOTED ? [] : undoSteps(name, spec, context.owner),
    evidence: evidenceSteps(name),
  };
}

function remove(name: string, state: State): Planned {
  return {
    action: "delete",
    diff: diffOf({ image: state.image, release: state.release, address: state.address }, {}),
    steps: removeSteps(name, state),
    from: { [key(name)]: anyStatus(state.answer) },
    to: { [key(name)]: "absent" },
  };
}

export function pause(name: string, state: State): Planned {
  return {
    action: "update",
    diff: diffOf({ state: "running" }, { state: "exited" }),
    steps: [stopStep(name, state.stop)],
    from: { [key(name)]: state.answer },
    to: { [key(name)]: state.answer.replace(" status=running", " status=exited") },
    undo: [startStep(name)],
    notes: [`${name} stops before the new release starts: nothing answers in between, because of its exclusive volume`],
  };
}

function after(name: string, spec: ContainerSpec, { owner }: PlanContext): Record<string, string> {
  return { [key(name)]: containerAnswer(spec, owner), ...secretsAnswer(name, spec, "same") };
}

/** The same container, running and kept so. */
function proven(answer: string): string {
  return answer.replace(/ status=\S*/, " status=running").replace(/ restart=\S*/, ` restart=${PROMOTED}`);
}

function shown({ image, address, release, command }: ContainerSpec): object {
  return { image, release, address, ...(command === undefined ? {} : { command }) };
}
