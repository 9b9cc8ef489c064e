import { nearest } from "../lib/nearest.ts";
import { printable } from "../lib/printable.ts";
import type { Stack } from "../model/stack.ts";
import { usage } from "./parse.ts";

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
  return /^[a-z0-9][a-z0-9-]*$/.test(id) && !Object.hasOwn(stack.machines, id);
}
