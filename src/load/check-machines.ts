import { nearest } from "../lib/nearest.ts";
import type { Draft } from "./draft.ts";
import { type Fault, quoted } from "./fault.ts";
import type { Fields } from "./parts.ts";

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
export function unknownMachine(name: string, { machines, written }: Draft): string {
  if (Object.hasOwn(written, name)) return `${quoted(name)} is a group: name one machine`;
  const known = Object.keys(machines);
  const meant = nearest(name, known);
  const text = `no machine is called ${quoted(name)}`;
  if (meant !== undefined) return `${text}; did you mean ${quoted(meant)}?`;
  if (known.length === 0) return `${text}; there are none`;
  // More than a screen of them helps nobody.
  const more = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : "";
  return `${text}; there are ${known.slice(0, MOST_NAMED).map(quoted).join(", ")}${more}`;
}

const MOST_NAMED = 12;

/** Tells of a name that is neither a machine's nor a group's. */
export function unknownTarget(name: string, draft: Draft): string {
  const meant = nearest(name, [...Object.keys(draft.machines), ...Object.keys(draft.written)]);
  if (meant === undefined || Object.hasOwn(draft.machines, meant)) return unknownMachine(name, draft);
  return `no machine or group is called ${quoted(name)}; did you mean ${quoted(meant)}?`;
}
