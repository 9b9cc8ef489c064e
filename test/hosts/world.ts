import type { Outcome } from "../../src/api.ts";
import { createDrover } from "../../src/drover.ts";
import type { DeclaredInput } from "../../src/index.ts";
import { schemasOf } from "../../src/load/schemas.ts";
import { validate } from "../../src/load/validate.ts";
import type { Event } from "../../src/model/event.ts";
import { changesOf, type Plan } from "../../src/model/plan.ts";
import type { SecretValues } from "../../src/model/secret.ts";
import type { Stack } from "../../src/model/stack.ts";
import { providers, resources as shelf } from "../../src/registry.ts";

export interface World {
  /** Path of an ssh config that knows the machines. */
  readonly config: string;
  readonly signal: AbortSignal;
  readonly secrets: SecretValues;
  /** Seconds that connections are kept; default as everywhere. */
  readonly persist?: number;
  /** How to become root, where the login is not. */
  readonly sudo?: { readonly password: { readonly secret: string } };
}

/** The stack file of a test: resources by machine, checked as every stack file is. */
export function stackOf(
  world: World,
  id: string,
  resources: Readonly<Record<string, DeclaredInput[]>>,
  login = "root",
): Stack {
  const kept = {
    ...(world.persist === undefined ? {} : { persist: world.persist }),
    ...(world.sudo === undefined ? {} : { sudo: world.sudo }),
  };
  const machines = Object.fromEntries(
    Object.keys(resources).map((name) => [
      name,
      { provider: "server", host: `${login}@${name}`, config: world.config, ...kept },
    ]),
  );
  const schemas = schemasOf(shelf, providers);
  const checked = validate({ id, name: "test", machines, resources }, { schemas, folder: "/", environment: "test" });
  if ("stack" in checked) return checked.stack;
  throw new Error(JSON.stringify(checked.faults));
}

export interface Ran {
  readonly plan: Plan;
  /** `action type:name` of what the plan changes, in its order. */
  readonly changes: readonly string[];
  readonly outcome: Outcome | undefined;
  readonly events: readonly Event[];
}

/** Plans, and applies what has no problems. */
export async function up(world: World, stack: Stack, only: readonly string[] = []): Promise<Ran> {
  const events: Event[] = [];
  const { signal, secrets } = world;
  const options = { signal, secrets, emit: (event: Event) => void events.push(event), only };
  await using drover = createDrover();
  const plan = await drover.plan(stack, options);
  const changes = changesOf(plan).map((change) => `${change.action} ${change.type}:${change.name}`);
  if (plan.problems.length > 0) return { plan, changes, outcome: undefined, events };
  const outcome = await drover.apply(stack, plan, { ...options, allowDelete: false, command: "up" });
  return { plan, changes, outcome, events };
}
