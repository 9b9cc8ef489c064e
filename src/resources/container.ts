import type { Answers } from "../model/answer.ts";
import { noop } from "../model/change.ts";
import { CONTAINER_ASKER, parseContainer } from "../model/docker/container-answer.ts";
import { SECRETS, SECRETS_ASKER, secretFiles, secretsQuery } from "../model/docker/container-secrets.ts";
import { type ContainerSpec, containerSchema } from "../model/docker/container-spec.ts";
import { HTTP_ASKER, RUN_ASKER } from "../model/docker/probe.ts";
import { SEALING_ASKER } from "../model/docker/sealing.ts";
import { ENGINE, observe, ownedArg } from "../model/docker/socket.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Found, type Observed, type Wanted } from "../model/resource.ts";
import { key, pause, planContainer, type State } from "./container/plan.ts";

/** A container: made, proven by its probe, and only then kept running. */
export default defineResource<ContainerSpec, State>({
  type: "container",
  title: "A container on the container engine, proven healthy before it counts.",
  schema: containerSchema,
  sharing: "exclusive",
  askers: {
    container: CONTAINER_ASKER,
    [SECRETS]: SECRETS_ASKER,
    "container-run": RUN_ASKER,
    http: HTTP_ASKER,
    sealing: SEALING_ASKER,
  },
  query,
  parse,
  found,
  plan: planContainer,
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

function query(wanted: readonly Wanted<ContainerSpec>[], owner: string): Query[] {
  return [
    { kind: "container", arg: ownedArg(owner) },
    ...wanted.map(({ name }) => ({ kind: "container", arg: name })),
    ...wanted.flatMap(({ name, spec }) => (spec === undefined ? [] : (secretsQuery(name, spec) ?? []))),
    ...(wanted.some(({ name, spec }) => spec !== undefined && secretFiles(name, spec).length > 0)
      ? [{ kind: "sealing", arg: "files" }]
      : []),
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
