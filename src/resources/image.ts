import { parseAnswer } from "../model/answer.ts";
import { diffOf, noop, type Planned } from "../model/change.ts";
import { IMAGE_ASKER, type ImageSpec, type ImageState, imageSchema } from "../model/docker/image.ts";
import { imageOwner, isForAll } from "../model/docker/name.ts";
import { call, docker, ENGINE, observe, ownedArg } from "../model/docker/socket.ts";
import { defineResource } from "../model/resource.ts";
import type { Step } from "../model/step.ts";

/** An image on the container engine: built and loaded by the client, pulled, or kept for a rollback. */
export default defineResource<ImageSpec, ImageState>({
  type: "image",
  title: "An image on the container engine: loaded from a build, or pulled.",
  schema: imageSchema,
  sharing: "shared",
  bulky: true,
  askers: { image: IMAGE_ASKER },
  query: (wanted, owner) => [
    { kind: "image", arg: ownedArg(owner) },
    ...wanted.map(({ name }) => ({ kind: "image", arg: name })),
  ],
  parse: (name, answers) =>
    observe(answers.get(key(name)), answers, (answer) => {
      const owner = imageOwner(name)?.owner;
      const state = { id: parseAnswer(answer).fields["id"] ?? "", answer };
      return { state, owners: owner === undefined ? [] : [owner] };
    }),
  found: (answers) =>
    [...answers].flatMap(([asked, answer]) => {
      const name = asked.slice("image:".length);
      if (!asked.startsWith("image:") || !answer.startsWith("image ")) return [];
      const whose = imageOwner(name);
      return whose !== undefined ? [{ name, ...whose }] : isForAll(name) ? [{ name }] : [];
    }),
  plan(name, spec, observed) {
    const state = observed.kind === "present" ? observed.state : undefined;
    if (spec === undefined) return state === undefined ? noop({ [key(name)]: "absent" }) : remove(name, state);
    if (state !== undefined) return noop({ [key(name)]: state.answer });
    const steps = gettingSteps(name, spec);
    if (steps.length === 0) {
      const notes = [`${name} is gone: the release that used it cannot be gone back to`];
      return { ...noop({ [key(name)]: "absent" }), notes };
    }
    return {
      action: "create",
      diff: diffOf(undefined, { from: spec.pull ? "its registry" : "the build" }),
      steps,
      from: { [key(name)]: "absent" },
      to: { [key(name)]: "image id=*" },
    };
  },
  spec: () => ({ pull: false }),
  outputs: (_name, state) => ({ id: state.id }),
  after: () => [`container-engine:${ENGINE}`],
});

function key(name: string): string {
  return `image:${name}`;
}

function gettingSteps(name: string, spec: ImageSpec): Step[] {
  if (spec.pull) return [docker(["pull", "--quiet", name], { within: 1800 })];
  return spec.blob === undefined ? [] : [call("POST", "/images/load", { body: { blob: spec.blob } })];
}

/** One that a container of somebody else uses stays, and the run says so. */
function remove(name: string, state: ImageState): Planned {
  return {
    action: "delete",
    diff: diffOf({ id: state.id }, {}),
    steps: [call("DELETE", `/images/${name}`, { statuses: [200, 404], within: 120 })],
    from: { [key(name)]: state.answer },
    to: { [key(name)]: "absent" },
  };
}
