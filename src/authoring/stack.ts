import type { StackFields } from "../model/stack.ts";
import type { MachineInput } from "./machines.ts";
import type { ResourceEntry } from "./roles.ts";

/** What a stack file's function is given. */
export interface StackContext {
  /** As asked for with `--env`; `production` when it was not. */
  readonly environment: string;
}

/** Machines by their keys. */
export type MachineMap = Readonly<Record<string, MachineInput>>;

/**
 * Where machines come from: themselves; a function that asks somebody, such as a CMDB or a cloud; or a list of such parts.
 *
 * @example
 * machines: async ({ environment }) => {
 *   const answer = await fetch(`https://cmdb.example.com/hosts?env=${environment}`);
 *   const hosts = (await answer.json()) as { name: string; address: string }[];
 *   return Object.fromEntries(hosts.map(({ name, address }) => [name, server(`root@${address}`)]));
 * }
 */
export type Inventory = MachineMap | ((context: StackContext) => Inventory | Promise<Inventory>) | readonly Inventory[];

/** What a stack file exports by default: this, or a function of it. */
export interface StackInput extends StackFields {
  /** The machines by key, or what gives them. */
  readonly machines: Inventory;
  /** Resources and roles, by machine or group. */
  readonly resources?: Readonly<Record<string, readonly ResourceEntry[]>> | undefined;
}

/**
 * Describes machines, resources and apps. It is checked when the file is loaded.
 *
 * @example
 * export default defineStack({
 *   id: "gb-7f3k9q",
 *   name: "guestbook",
 *   machines: { here: local() },
 *   apps: { guestbook: app({ source: ".", on: "here", health: "/up" }) },
 * });
 * @example
 * export default defineStack({
 *   name: "shop",
 *   machines: { "web-1": server("root@203.0.113.7"), "web-2": server("root@203.0.113.8") },
 *   groups: { web: { machines: ["web-*"], batch: 1 } },
 *   resources: { web: [pkg("nginx"), service("nginx", {}, { needs: ["package:nginx"] })] },
 * });
 */
export function defineStack(stack: StackInput): StackInput {
  return stack;
}
