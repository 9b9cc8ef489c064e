import { DroverError } from "../lib/error.ts";
import type { Answers } from "../model/answer.ts";
import { diffOf, noop, type Planned } from "../model/change.ts";
import { overlaps, parseSubnet } from "../model/docker/address.ts";
import {
  createNetwork,
  knownSubnets,
  NETWORK_ASKER,
  type NetworkSpec,
  type NetworkState,
  networkAnswer,
  networkSchema,
  parseNetwork,
} from "../model/docker/network.ts";
import { call, ENGINE, observe, ownedArg } from "../model/docker/socket.ts";
import { defineResource } from "../model/resource.ts";
import type { Step } from "../model/step.ts";

/** A bridge of the container engine with a subnet that is written on it. */
export default defineResource<NetworkSpec, NetworkState>({
  type: "network",
  title: "A bridge network of the container engine, with a subnet of its own.",
  schema: networkSchema,
  sharing: "exclusive",
  askers: { network: NETWORK_ASKER },
  query: (wanted, owner) => [
    { kind: "network", arg: ownedArg(owner) },
    ...wanted.map(({ name }) => ({ kind: "network", arg: name })),
  ],
  parse: (name, answers) =>
    observe(answers.get(key(name)), answers, (answer) => {
      const state = parseNetwork(answer);
      return { state, owners: state.owner === "" ? [] : [state.owner] };
    }),
  found: (answers) =>
    [...answers].flatMap(([asked, answer]) => {
      if (!asked.startsWith("network:") || !answer.startsWith("network ")) return [];
      const { owner, app } = parseNetwork(answer);
      return owner === "" ? [] : [{ name: asked.slice("network:".length), owner, ...(app === "" ? {} : { app }) }];
    }),
  plan(name, spec, observed, { owner, answers }) {
    const state = observed.kind === "present" ? observed.state : undefined;
    if (spec === undefined) return state === undefined ? noop({ [key(name)]: "absent" }) : remove(name, state);
    if (state?.subnets.join(",") !== spec.subnet) refuseOverlap(name, spec, answers);
    const to = { [key(name)]: networkAnswer(spec, owner) };
    const steps = [createNetwork(name, spec, owner)];
    if (state === undefined) {
      return {
        action: "create",
        diff: diffOf(undefined, { subnet: spec.subnet }),
        steps,
        from: { [key(name)]: "absent" },
        to,
      };
    }
    const subnet = state.subnets.join(",");
    if (subnet === spec.subnet) return noop({ [key(name)]: state.answer });
    return {
      action: "replace",
      because: `its subnet is ${subnet}`,
      diff: diffOf({ subnet }, { subnet: spec.subnet }),
      steps: [removeStep(name), ...steps],
      from: { [key(name)]: state.answer },
      to,
      notes: ["containers that are on it keep it from being replaced"],
    };
  },
  spec: (_name, state) => ({
    subnet: state.subnets[0] ?? "0.0.0.0/32",
    ...(state.app === "" ? {} : { app: state.app }),
  }),
  outputs: (_name, state) => ({ subnet: state.subnets[0] ?? "" }),
  after: () => [`container-engine:${ENGINE}`],
});

/** The engine would refuse it half-way; here is why, before anything is changed. */
function refuseOverlap(name: string, spec: NetworkSpec, answers: Answers): void {
  const wanted = parseSubnet(spec.subnet);
  if (wanted === undefined) return;
  for (const [other, subnets] of knownSubnets(answers)) {
    if (other === name || !subnets.some((subnet) => overlaps(subnet, wanted))) continue;
    throw new DroverError(
      "CONFLICT",
      `the subnet ${spec.subnet} of network ${name} is within that of network ${other}`,
      {
        hint: "choose another; of two new apps, bring up one first (`drover up --only`): the other then gets a free one",
      },
    );
  }
}

function key(name: string): string {
  return `network:${name}`;
}

function removeStep(name: string): Step {
  return call("DELETE", `/networks/${name}`, { statuses: [204, 404] });
}

function remove(name: string, state: NetworkState): Planned {
  return {
    action: "delete",
    diff: diffOf({ subnet: state.subnets.join(",") }, {}),
    steps: [removeStep(name)],
    from: { [key(name)]: state.answer },
    to: { [key(name)]: "absent" },
  };
}
