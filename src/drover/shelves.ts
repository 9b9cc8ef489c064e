import type { Connect } from "../engine/hosts.ts";
import { ShellSession } from "../engine/session/shell.ts";
import type { Shelves } from "../engine/shelves.ts";
import { askersOf } from "../engine/shelves.ts";
import { DroverError } from "../lib/error.ts";
import { loadSecrets, type SecretValues } from "../model/secret.ts";
import type { Reach } from "../model/session.ts";
import type { Stack } from "../model/stack.ts";
import { places, providers, resources, transports } from "../registry.ts";

/** The shelves as the engine takes them. */
export function allShelves(): Shelves {
  return {
    types: Object.fromEntries(resources.map((type) => [type.type, type])),
    places: Object.fromEntries(places.map((place) => [place.name, place])),
  };
}

/** How to reach a machine of the stack, by its provider. */
export function reachOf(stack: Stack, machine: string): Reach {
  const spec = stack.machines[machine];
  const provider = providers.find((one) => one.name === spec?.provider);
  if (spec === undefined || provider === undefined) throw new DroverError("INTERNAL", `no provider for ${machine}`);
  return provider.reach(machine, spec);
}

/** Opens sessions to the machines of a stack. */
export function connector(stack: Stack, shelves: Shelves, secrets: SecretValues): Connect {
  const askers = askersOf(shelves);
  return async (machine, signal, fresh = false) => {
    const reach = { ...reachOf(stack, machine), fresh };
    const transport = transports.find((one) => one.name === reach.transport);
    if (transport === undefined) throw new DroverError("INTERNAL", `no transport ${reach.transport}`);
    await loadSecrets(reach, secrets, signal);
    return new ShellSession(machine, await transport.connect(reach, secrets, signal), askers, secrets);
  };
}
