import { nearest } from "../lib/nearest.ts";
import type { Draft, Fields } from "./draft.ts";
import { type Fault, quoted } from "./fault.ts";

/** What is wrong between machines: two that are one, earlier names that are taken. */
export function checkMachines({ machines }: Draft): Fault[] {
  return [...sameMachine(machines), ...checkWas("machines", machines)];
}

function sameMachine(machines: Draft["machines"]): Fault[] {
  const seen = new Map<string, string>();
  return Object.entries(machines).flatMap(([key, fields]) => {
    const address = addressOf(fields);
    if (address === undefined) return [];
    const first = seen.get(address);
    if (first === undefined) seen.set(address, key);
    return first === undefined ? [] : [{ path: ["machines", key], text: `is the same machine as machines.${first}` }];
  });
}

/** What tells machines apart before they are asked: two users of one server are one machine. */
function addressOf({ provider, host, port = 22 }: Fields): string | undefined {
  if (provider === "local") return "local";
  return typeof host === "string" ? `${host.slice(host.lastIndexOf("@") + 1)} ${String(port)}` : undefined;
}

/** `was` names what something was called before: no other may be called so now, or claim the same. */
export function checkWas(where: "machines" | "apps", things: Readonly<Record<string, Fields>>): Fault[] {
  const claimed = new Map<string, string>();
  return Object.entries(things).flatMap(([key, { was }]) => {
    if (typeof was !== "string") return [];
    const path = [where, key, "was"];
    const other = claimed.get(was);
    claimed.set(was, key);
    if (was === key) return [{ path, text: "is its name now; leave it out" }];
    if (Object.hasOwn(things, was)) return [{ path, text: `${quoted(was)} is still in use: ${where}.${was}` }];
    return other === undefined ? [] : [{ path, text: `${where}.${other} says that it was ${quoted(was)}, too` }];
  });
}

/** Tells of a machine that is not there. */
export function unknownMachine(name: string, machines: Draft["machines"]): string {
  const known = Object.keys(machines);
  const meant = nearest(name, known);
  const text = `no machine is called ${quoted(name)}`;
  if (meant !== undefined) return `${text}; did you mean ${quoted(meant)}?`;
  return known.length === 0 ? `${text}; there are none` : `${text}; there are ${known.map(quoted).join(", ")}`;
}
