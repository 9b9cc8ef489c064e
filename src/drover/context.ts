import type { Options } from "../api.ts";
import { Hosts } from "../engine/hosts.ts";
import type { Planning } from "../engine/plan.ts";
import type { Shelves } from "../engine/shelves.ts";
import type { Stack } from "../model/stack.ts";
import { allShelves, connector } from "./shelves.ts";
import { inputsOf, readSources, type Source } from "./source.ts";

/** What one command works with: opened sessions, sources read, shelves bound. Closes its sessions at the end. */
export interface Context extends AsyncDisposable {
  readonly stack: Stack;
  readonly shelves: Shelves;
  readonly hosts: Hosts;
  readonly sources: ReadonlyMap<string, Source>;
  readonly planning: Planning;
}

export async function openContext(
  stack: Stack,
  options: Options,
  sources?: ReadonlyMap<string, Source>,
): Promise<Context> {
  const shelves = allShelves();
  const hosts = new Hosts(connector(stack, shelves, options.secrets), options.emit);
  const read = sources ?? (await readSources(stack, options.signal));
  const planning: Planning = {
    stack,
    shelves,
    hosts,
    desired: { inputs: inputsOf(stack, read), lift: false },
    secrets: options.secrets,
    signal: options.signal,
    emit: options.emit,
    on: options.on,
    only: options.only,
  };
  return { stack, shelves, hosts, sources: read, planning, [Symbol.asyncDispose]: () => hosts[Symbol.asyncDispose]() };
}

/** The stack without its apps and resources: what `down` wants. */
export function emptied(stack: Stack): Stack {
  return { ...stack, apps: {}, resources: {} };
}
