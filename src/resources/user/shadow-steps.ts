import { ANY } from "../../model/answer.ts";
import { isConcat, type Text } from "../../model/secret.ts";
import type { Step } from "../../model/step.ts";
import type { UserSpec } from "./schema.ts";
import type { ShadowState } from "./state.ts";

export function hashOf({ password }: UserSpec): Text | undefined {
  return typeof password === "object" ? password.hash : undefined;
}

/**
 * The line comes on stdin, and what is no hash is refused: it would be stored as it is. printf is the shell's own, so
 * no process has it in its arguments.
 */
const SET_HASH = `IFS= read -r line
case $line in *:\\$*:* | "") bad=1 ;; *:\\$* | *:!\\$* | *:????????????? | *:!?????????????) bad= ;; *) bad=1 ;; esac
[ -z "$bad" ] || { echo "what is given as a crypt hash is none: make one with mkpasswd -m yescrypt" >&2; exit 1; }
printf '%s\\n' "$line" | chpasswd --encrypted`;

interface Making {
  readonly isNew: boolean;
  /** A package may make it first, in whatever state. */
  readonly mayBeThere: boolean;
}

export function stepsOf(name: string, spec: UserSpec, before: ShadowState, after: ShadowState, making: Making): Step[] {
  const hash = hashOf(spec);
  const sets = making.isNew ? spec.expires !== undefined : after.expires !== before.expires;
  const days = sets ? [chage(name, after.expires)] : [];
  if (hash !== undefined && before.hash !== "same" && before.hash !== "unknown") {
    const parts = isConcat(hash) ? hash.concat : [hash];
    const stdin = { concat: [`${name}:${after.lock === "yes" ? "!" : ""}`, ...parts, "\n"] };
    return [...days, { kind: "exec", argv: ["sh", "-c", SET_HASH, "sh"], stdin, within: 60 }];
  }
  const isOther = after.password !== before.password || making.mayBeThere;
  if (after.password === "empty" && isOther) return [...days, usermod(name, "--password", "")];
  if (after.password === "none" && isOther && spec.password === "locked")
    return [...days, usermod(name, "--password", "!")];
  if (after.lock !== before.lock) return [...days, usermod(name, after.lock === "yes" ? "--lock" : "--unlock")];
  return days;
}

function usermod(name: string, ...flags: string[]): Step {
  return { kind: "exec", argv: ["usermod", ...flags, "--", name], within: 60 };
}

function chage(name: string, expires: string): Step {
  return {
    kind: "exec",
    argv: ["chage", "--expiredate", expires === "never" ? "-1" : expires, "--", name],
    within: 60,
  };
}

/** A hash that is gone cannot be put back: it never left the machine. */
export function undo(name: string, before: ShadowState, after: ShadowState): Step[] {
  const days = after.expires === before.expires || before.expires === ANY ? [] : [chage(name, before.expires)];
  const { password, lock } = before;
  if (password === "hash" || password === ANY) {
    const isKept = before.hash === after.hash && after.password === "hash" && after.lock !== lock && lock !== ANY;
    return isKept ? [usermod(name, lock === "yes" ? "--lock" : "--unlock"), ...days] : days;
  }
  const fixed = { none: "!", star: "*", empty: "" } as const;
  return after.password === password ? days : [usermod(name, "--password", fixed[password]), ...days];
}
