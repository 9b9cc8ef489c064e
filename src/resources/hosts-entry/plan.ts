import { ABSENT, type Answers, word } from "../../model/answer.ts";
import { noop, type Planned } from "../../model/change.ts";
import { rewriteStep } from "../../model/line-file/rewrite.ts";
import type { Observed } from "../../model/resource.ts";

export const HOSTS_PATH = "/etc/hosts";

/** All names of one address, in order. */
export interface HostsState {
  readonly names: readonly string[];
}

/**
 * The first line of the address gets the names (its comment stays), further ones of it go; without one it comes last. All
 * else stays byte for byte. A last line without an end gets one.
 */
const EDIT = `
BEGIN { ip = ENVIRON["DROVER_A"]; names = ENVIRON["DROVER_B"] }
{
  split($0, word, /[ \\t]+/); first = word[1] == "" ? word[2] : word[1]
  if (first != ip) { print; next }
  if (done || names == "") next
  done = 1; note = index($0, "#") ? " " substr($0, index($0, "#")) : ""
  print ip "\\t" names note
}
END { if (!done && names != "") print ip "\\t" names }
`;

/** Programs everywhere count on these. */
const LOOPBACK: Readonly<Record<string, readonly string[]>> = {
  "127.0.0.1": ["localhost"],
  "::1": ["localhost", "ip6-localhost", "ip6-loopback"],
};

export function planEntry(
  ip: string,
  names: readonly string[],
  observed: Observed<HostsState>,
  answers: Answers,
): Planned {
  const key = `hosts:${ip}`;
  const seen = answers.get(key) ?? ABSENT;
  const state = observed.kind === "present" ? observed.state : undefined;
  const to = names.length === 0 ? ABSENT : `names list=${names.map(word).join(",")}`;
  if (seen === to) return noop(answers.has(key) ? { [key]: seen } : {});
  const action = names.length === 0 ? "delete" : state === undefined ? "create" : "update";
  const isMounted = answers.get(`hosts-file:${HOSTS_PATH}`) === "mounted";
  return {
    action,
    diff: [{ path: "names", from: state?.names.join(" ") ?? "", to: names.join(" ") }],
    steps: [rewriteStep(HOSTS_PATH, EDIT, [ip, names.join(" ")])],
    from: { [key]: seen },
    to: { [key]: to },
    undo: [rewriteStep(HOSTS_PATH, EDIT, [ip, state?.names.join(" ") ?? ""])],
    ...(isMounted ? { notes: [MOUNTED] } : {}),
  };
}

const MOUNTED = `${HOSTS_PATH} is mounted by itself, as in a container: it is written in place, and may be made anew with the container`;

/** What leaves the file takes its lines along; a loopback address keeps its own names. */
export function planRemoval(ip: string, observed: Observed<HostsState>, answers: Answers): Planned {
  if (observed.kind !== "present") return noop();
  const rest = LOOPBACK[ip];
  if (rest === undefined) return planEntry(ip, [], observed, answers);
  const kept = planEntry(ip, rest, observed, answers);
  if (kept.action === "noop") return noop();
  const notes = [...(kept.notes ?? []), `${ip} keeps the name ${rest.join(" ")}`];
  return { ...kept, action: "delete", notes };
}
