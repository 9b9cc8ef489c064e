import { DroverError } from "../lib/error.ts";
import { type Answers, isUnknown } from "../model/answer.ts";
import { diffOf, noop, type Planned } from "../model/change.ts";
import {
  anyStatus,
  CONTAINER_ASKER,
  type ContainerState,
  containerAnswer,
  PROMOTED,
  parseContainer,
} from "../model/docker/container-answer.ts";
import { restingNotes } from "../model/docker/container-files.ts";
import { SECRETS, SECRETS_ASKER, secretsAnswer, secretsQuery } from "../model/docker/container-secrets.ts";
import { type ContainerSpec, containerSchema, specDigest } from "../model/docker/container-spec.ts";
import {
  createSteps,
  finishSteps,
  removeSteps,
  startStep,
  stopStep,
  undoSteps,
} from "../model/docker/container-steps.ts";
import { evidenceSteps, HTTP_ASKER, RUN_ASKER } from "../model/docker/probe.ts";
import { ENGINE, observe, ownedArg } from "../model/docker/socket.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Found, type Observed, type PlanContext, type Wanted } from "../model/resource.ts";

interface State extends ContainerState {
  /** Whether it has the secrets' values of now: `same`, `other`, or something else where that is not known. */
  readonly secrets: string;
  /** The answer as it came. */
  readonly answer: string;
}

/** A container: made, proven by its probe, and only then kept running. */
export default defineResource<ContainerSpec, State>({
  type: "container",
  title: "A container on the container engine, proven healthy before it counts.",
  schema: containerSchema,
  sharing: "exclusive",
  askers: { container: CONTAINER_ASKER, [SECRETS]: SECRETS_ASKER, "container-run": RUN_ASKER, http: HTTP_ASKER },
  query,
  parse,
  found,
  plan(name, spec, observed, context) {
    const state = observed.kind === "present" ? observed.state : undefined;
    if (spec === undefined) return state === undefined ? noop({ [key(name)]: "absent" }) : remove(name, state);
    if (state === undefined) return create(name, spec, context);
    const because = reason(spec, state);
    if (because !== undefined) return replace(name, spec, state, because, context);
    const stands = state.status === "running" && state.restart === PROMOTED;
    return stands ? keep(name, state) : finish(name, spec, state, context);
  },
  spec: (_name, state) => specOf(state),
  outputs: (_name, state) => ({ address: state.address, id: state.id }),
  after: (_name, spec) => [
    `container-engine:${ENGINE}`,
    `network:${spec.network}`,
    `image:${spec.image}`,
    ...spec.volumes.map((volume) => `volume:${volume.name}`),
  ],
  pause(name, observed) {
    return observed.kind === "present" && observed.state.status === "running" ? pause(name, observed.state) : noop();
  },
});

/** What is known of its spec from outside: enough to order its removal. */
function specOf({ stop, volumes, ...state }: State): ContainerSpec {
  const plain = (text: string): string => (/^[a-z0-9][a-z0-9-]*$/.test(text) ? text : "unknown");
  return {
    ...{
      app: plain(state.app),
      process: plain(state.process),
      release: plain(state.release),
      group: plain(state.group),
    },
    image: /^[\w][\w./:@-]*$/.test(state.image) ? state.image : "unknown",
    network: /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(state.network) ? state.network : "unknown",
    address: state.address === "" ? "0.0.0.0" : state.address,
    volumes: volumes.map((name) => ({ name, path: "/", copy: true })),
    ...{ env: {}, files: {}, limits: { pids: 512 }, writable: false, capabilities: [], stop },
    proof: { kind: "alive", seconds: 0 },
    digest: state.spec,
  };
}

function key(name: string): string {
  return `container:${name}`;
}

function query(wanted: readonly Wanted<ContainerSpec>[], owner: string): Query[] {
  return [
    { kind: "container", arg: ownedArg(owner) },
    ...wanted.map(({ name }) => ({ kind: "container", arg: name })),
    ...wanted.flatMap(({ name, spec }) => (spec === undefined ? [] : (secretsQuery(name, spec) ?? []))),
  ];
}

function parse(name: string, answers: Answers): Observed<State> {
  return observe(answers.get(key(name)), answers, (answer) => {
    const { state, owners } = parseContainer(answer);
    return { state: { ...state, secrets: answers.get(`${SECRETS}:${name}`) ?? "", answer }, owners };
  });
}

function found(answers: Answers): Found[] {
  return [...answers].flatMap(([asked, answer]) => {
    if (!asked.startsWith("container:") || !answer.startsWith("container ")) return [];
    const { state, owners } = parseContainer(answer);
    return owners.map((owner) => ({
      name: asked.slice("container:".length),
      owner,
      app: state.app,
      group: state.group,
    }));
  });
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
    steps: createSteps(name, spec, context.owner),
    from: { [key(name)]: "absent", ...secretsAnswer(name, spec, "absent") },
    to: after(name, spec, context),
    undo: undoSteps(name, spec, context.owner),
    evidence: evidenceSteps(name),
    notes: restingNotes(spec),
  };
}

function replace(name: string, spec: ContainerSpec, state: State, because: string, context: PlanContext): Planned {
  return {
    ...create(name, spec, context),
    action: "replace",
    because,
    diff: diffOf({ image: state.image, address: state.address, release: state.release }, shown(spec)),
    steps: [...removeSteps(name, state), ...createSteps(name, spec, context.owner)],
    from: { [key(name)]: anyStatus(state.answer), ...secretsAnswer(name, spec, state.secrets) },
    notes: [...restingNotes(spec), `${name} stops before the one in its place starts`],
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

function pause(name: string, state: State): Planned {
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
