import { nearest } from "../lib/nearest.ts";
import { printable } from "../lib/printable.ts";
import type { Stack } from "../model/stack.ts";
import { usage } from "./parse.ts";

/** Ids of machines in place of those that name a group: `web/package:nginx` is one of every machine in it. */
export function idsNamed(ids: readonly string[], { groups = {} }: Stack): string[] {
  return ids.flatMap((id) => {
    const at = id.indexOf("/");
    const group = at === -1 ? "" : id.slice(0, at);
    if (!Object.hasOwn(groups, group)) return [id];
    return (groups[group]?.machines ?? []).map((machine) => machine + id.slice(at));
  });
}

/** Ids as plans name them: `machine/type:name`, with a machine of the stack. */
export function checkIds(ids: readonly string[], stack: Stack): void {
  for (const id of ids) {
    const machine = /^([^/:]+)\/[a-z][a-z0-9-]*:[^\u0000-\u001f\u007f]+$/.exec(id)?.[1];
    const shown = JSON.stringify(printable(id));
    if (machine === undefined) throw usage(`${shown} is not an id`, "name it as the plan does: `machine/type:name`");
    if (Object.hasOwn(stack.machines, machine)) continue;
    const meant = nearest(machine, Object.keys(stack.machines));
    throw usage(
      `${shown}: no machine is called ${JSON.stringify(machine)}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
      `machines of the stack: ${Object.keys(stack.machines).join(", ")}`,
    );
  }
}

/** The key of a machine that is not in the file any more. */
export function isGoneMachine(id: string, stack: Stack): boolean {
  if (Object.hasOwn(stack.machines, id) || Object.hasOwn(stack.groups ?? {}, id)) return false;
  return /^[a-z0-9][a-z0-9-]*$/.test(id);
}
