import { digestOf } from "../../lib/digest.ts";
import { DroverError } from "../../lib/error.ts";
import { unword } from "../../model/answer.ts";
import { processesOf } from "../../model/app.ts";
import {
  formatSubnet,
  freeSubnet,
  ownAddresses,
  parseSubnet,
  prefixFor,
  type Subnet,
} from "../../model/docker/address.ts";
import { parseContainer } from "../../model/docker/container-answer.ts";
import { appName } from "../../model/docker/name.ts";
import { knownSubnets, parseNetwork } from "../../model/docker/network.ts";
import type { Lowering } from "./context.ts";

/** Where networks get their subnets from, in this order: a machine may have routes over some of it. */
export const POOLS = ["10.210.0.0/16", "172.29.0.0/16", "192.168.128.0/17"] as const;

export interface AppNetwork {
  readonly name: string;
  readonly subnet: Subnet;
}

/** The app's bridge: the one that is there keeps its subnet, a new one gets a free one. */
export function networkOf(lowering: Lowering, pools: readonly string[] = POOLS): AppNetwork {
  const { target, root } = lowering;
  const name = appName(target.owner, root);
  return { name, subnet: ownSubnet(name, lowering) ?? newSubnet(name, lowering, pools) };
}

function ownSubnet(name: string, { target, facts }: Lowering): Subnet | undefined {
  const answer = facts.answers.get(`network:${name}`);
  if (answer === undefined || !answer.startsWith("network ")) return undefined;
  const { owner, subnets } = parseNetwork(answer);
  return owner === target.owner && subnets.length === 1 ? parseSubnet(subnets[0] ?? "") : undefined;
}

function newSubnet(name: string, lowering: Lowering, pools: readonly string[]): Subnet {
  const { answers } = lowering.facts;
  const routes = unword(answers.get("fact:subnets") ?? "").split(" ");
  const taken = [...routes.flatMap((text) => parseSubnet(text) ?? []), ...[...knownSubnets(answers).values()].flat()];
  const prefix = prefixFor(2 * processCount(lowering));
  const seed = digestOf([lowering.target.owner, lowering.root]);
  for (const pool of pools) {
    const range = parseSubnet(pool);
    const free = range === undefined ? undefined : freeSubnet(range, prefix, taken, seed);
    if (free !== undefined) return free;
  }
  throw new DroverError(
    "PREFLIGHT",
    `no free subnet for network ${name}: the machine has routes over ${pools.join(", ")}`,
    {
      where: { machine: lowering.target.machine, app: lowering.name },
    },
  );
}

/** Old and new stand side by side while a release goes out. */
function processCount({ app }: Lowering): number {
  return Object.values(processesOf(app)).reduce((sum, { scale }) => sum + scale, 0);
}

/** Gives out addresses: a container that is there keeps its own, a new one gets the lowest that nobody has. */
export function addressBook(network: AppNetwork, lowering: Lowering): (container: string) => string {
  const held = new Map<string, string>();
  for (const [key, answer] of lowering.facts.answers) {
    if (!key.startsWith("container:") || !answer.startsWith("container ")) continue;
    const { state } = parseContainer(answer);
    if (state.network === network.name) held.set(key.slice("container:".length), state.address);
  }
  const all = ownAddresses(network.subnet);
  const taken = new Set(held.values());
  return (container) => {
    const own = held.get(container);
    const address = own !== undefined && all.includes(own) ? own : all.find((one) => !taken.has(one));
    if (address === undefined) throw full(network, all.length, lowering);
    taken.add(address);
    return address;
  };
}

function full(network: AppNetwork, count: number, { name, target }: Lowering): DroverError {
  const subnet = formatSubnet(network.subnet);
  return new DroverError(
    "PREFLIGHT",
    `network ${network.name} (${subnet}) has ${count} addresses: too few for old and new`,
    {
      where: { machine: target.machine, app: name },
      hint: `scale it down first, or take the app down and up again: its network is then made as large as it needs`,
    },
  );
}
