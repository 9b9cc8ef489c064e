import { diffOf, noop, type Planned } from "../model/change.ts";
import { ENGINE, observe, ownedArg } from "../model/docker/socket.ts";
import {
  createVolume,
  giveSteps,
  parseVolume,
  removeVolume,
  VOLUME_ASKER,
  type VolumeSpec,
  type VolumeState,
  volumeAnswer,
  volumeSpecSchema,
} from "../model/docker/volume.ts";
import { defineResource } from "../model/resource.ts";

/** A volume of the container engine. It outlives every container, and is lost only with consent. */
export default defineResource<VolumeSpec, VolumeState>({
  type: "volume",
  title: "A named volume of the container engine; deleting it needs --allow-delete.",
  schema: volumeSpecSchema,
  sharing: "exclusive",
  askers: { volume: VOLUME_ASKER },
  query: (wanted, owner) => [
    { kind: "volume", arg: ownedArg(owner) },
    ...wanted.map(({ name }) => ({ kind: "volume", arg: name })),
  ],
  parse: (name, answers) =>
    observe(answers.get(key(name)), answers, (answer) => {
      const state = parseVolume(answer);
      return { state, owners: state.owner === "" ? [] : [state.owner] };
    }),
  found: (answers) =>
    [...answers].flatMap(([asked, answer]) => {
      if (!asked.startsWith("volume:") || !answer.startsWith("volume ")) return [];
      const { owner, app } = parseVolume(answer);
      return owner === "" ? [] : [{ name: asked.slice("volume:".length), owner, ...(app === "" ? {} : { app }) }];
    }),
  plan(name, spec, observed, { owner }) {
    const state = observed.kind === "present" ? observed.state : undefined;
    if (spec === undefined) return state === undefined ? noop({ [key(name)]: "absent" }) : remove(name, state);
    if (state === undefined) return create(name, spec, owner);
    return mayWrite(spec, state) ? noop({ [key(name)]: state.answer }) : give(name, spec, state);
  },
  spec: (_name, state) => ({
    ...(state.app === "" ? {} : { app: state.app }),
    ...(state.path === "" ? {} : { path: state.path }),
    ...(/^\d+:\d+$/.test(state.user) ? { user: state.user } : {}),
  }),
  after: () => [`container-engine:${ENGINE}`],
});

function key(name: string): string {
  return `volume:${name}`;
}

/** An owner that somebody gave it later is theirs to choose; root's is what the engine makes. */
function mayWrite(spec: VolumeSpec, state: VolumeState): boolean {
  return spec.user === undefined || state.user === spec.user || state.user !== "0:0";
}

function create(name: string, spec: VolumeSpec, owner: string): Planned {
  return {
    action: "create",
    diff: diffOf(undefined, spec),
    steps: createVolume(name, spec, owner),
    from: { [key(name)]: "absent" },
    to: { [key(name)]: volumeAnswer(spec, owner) },
  };
}

function give(name: string, spec: VolumeSpec, state: VolumeState): Planned {
  return {
    action: "update",
    diff: diffOf({ user: state.user }, { user: spec.user }),
    steps: giveSteps(name, spec),
    from: { [key(name)]: state.answer },
    to: { [key(name)]: state.answer.replace(/ user=\S*/, ` user=${spec.user}`) },
  };
}

function remove(name: string, state: VolumeState): Planned {
  return {
    action: "delete",
    diff: diffOf({ app: state.app, path: state.path }, {}),
    steps: [removeVolume(name)],
    from: { [key(name)]: state.answer },
    to: { [key(name)]: "absent" },
    destroys: `volume ${name} and all data in it`,
  };
}
