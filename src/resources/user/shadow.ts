import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, isUnknown } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import type { Diff } from "../../model/change.ts";
import { maskText, secretsIn } from "../../model/secret.ts";
import { type About, NO_PART, type Part } from "./part.ts";
import type { UserSpec } from "./schema.ts";
import { hashOf, stepsOf, undo } from "./shadow-steps.ts";
import type { ShadowState } from "./state.ts";

/** What useradd leaves behind: no password opens it. */
function fresh({ expires }: UserSpec): ShadowState {
  return { password: "none", lock: "yes", expires: expires === undefined ? ANY : "never", hash: "other" };
}

/** Where there is no hash, there is another one than that of a secret, whatever that is. */
function known(state: ShadowState): ShadowState {
  return state.hash === "unknown" && state.password !== "hash" ? { ...state, hash: "other" } : state;
}

export function asksShadow({ password, locked, expires }: UserSpec): boolean {
  return password !== undefined || locked !== undefined || expires !== undefined;
}

/** Password, lock and expiry: what /etc/shadow says. */
export function planShadow({ name, spec, state, answers }: About): Part {
  if (!asksShadow(spec)) return NO_PART;
  const before = state?.shadow === undefined ? fresh(spec) : known(state.shadow);
  const isHidden = before.hash === "unknown";
  const key = `${hashOf(spec) === undefined || isHidden ? "shadow" : "shadow-is"}:${name}`;
  const after = wanted(name, spec, before);
  const mayBeThere = state === undefined && isBringing(answers);
  const from = state === undefined ? (mayBeThere ? ANY : ABSENT) : seenOf(answers.get(key));
  const unseen = isHidden ? [`user ${name}: secret unknown here, so that its password could not be compared`] : [];
  const diff = shadowDiff(spec, before, after);
  if (state !== undefined && diff.length === 0)
    return { ...NO_PART, from: { [key]: from }, to: { [key]: from }, notes: unseen };
  return {
    diff,
    steps: stepsOf(name, spec, before, after, { isNew: state === undefined, mayBeThere }),
    undo: state === undefined ? [] : undo(name, before, after),
    from: { [key]: from },
    to: { [key]: promise(after, mayBeThere, key) },
    notes: [...openNotes(name, spec), ...unseen],
  };
}

function seenOf(answer: string | undefined): string {
  return answer === undefined || isUnknown(answer) ? ANY : answer;
}

/** How it will be. */
function wanted(name: string, spec: UserSpec, before: ShadowState): ShadowState {
  const expires = spec.expires === undefined ? before.expires : dayOf(spec.expires);
  const { password } = spec;
  if (password === "none") return { password: "empty", lock: "no", expires, hash: before.hash };
  if (password === "locked") {
    const stays = before.password === "star" || before.password === "none";
    return { ...before, expires, ...(stays ? {} : { password: "none", lock: "yes" }) };
  }
  if (password !== undefined) {
    const lock = spec.locked ?? (before.password === "hash" && before.lock === "yes");
    return {
      password: "hash",
      lock: lock ? "yes" : "no",
      expires,
      hash: before.hash === "unknown" ? "unknown" : "same",
    };
  }
  if (spec.locked === undefined) return { ...before, expires };
  if (spec.locked)
    return { ...before, expires, lock: "yes", password: before.password === "empty" ? "none" : before.password };
  if (before.password === "none" || before.password === "star") refuseUnlock(name);
  return { ...before, expires, lock: "no" };
}

function refuseUnlock(name: string): never {
  throw new DroverError(
    "CONFLICT",
    `user:${name} is to be unlocked, and it has no password: it would open to anybody`,
    {
      hint: "give it a `password` with a hash; keys open it as it is",
    },
  );
}

/** Days since 1970, as /etc/shadow counts them. */
function dayOf(expires: string): string {
  return expires === "never" ? expires : String(Date.parse(expires) / 86_400_000);
}

function shadowDiff(spec: UserSpec, before: ShadowState, after: ShadowState): Diff[] {
  const hash = hashOf(spec);
  const isOther = hash !== undefined && before.hash !== "same" && before.hash !== "unknown";
  const shown = hash !== undefined && secretsIn(hash).size > 0 ? maskText(hash) : "the hash of the file";
  const isNew = before.password !== after.password && before.password !== ANY;
  const lock = { path: "locked", from: before.lock, to: after.lock };
  const isLocked =
    before.lock !== after.lock && before.lock !== ANY && after.password === "hash" && before.password === "hash";
  return [
    ...(isOther
      ? [{ path: "password", from: said(before), to: shown }]
      : isNew
        ? [{ path: "password", from: said(before), to: said(after) }]
        : []),
    ...(isLocked ? [lock] : []),
    ...(after.expires === before.expires || before.expires === ANY
      ? []
      : [{ path: "expires", from: shownDay(before.expires), to: spec.expires ?? "" }]),
  ];
}

function said({ password, lock }: ShadowState): string {
  if (password === "hash") return lock === "yes" ? "another hash, locked" : "another hash";
  return password === "empty" ? "none: it opens without one" : "locked";
}

function shownDay(expires: string): string {
  return expires === "never" ? expires : new Date(Number(expires) * 86_400_000).toISOString().slice(0, 10);
}

function openNotes(name: string, { password }: UserSpec): string[] {
  return password === "none" ? [`${name} opens without a password wherever PAM allows that`] : [];
}

function promise({ password, lock, expires, hash }: ShadowState, mayBeThere: boolean, key: string): string {
  // `locked` has two spellings, and a package may choose the other.
  const open = mayBeThere && password !== "hash" && password !== "empty";
  const sum = key.startsWith("shadow-is:") ? ` hash=${hash ?? ANY}` : "";
  return `shadow password=${open ? ANY : password} lock=${open ? ANY : lock} expires=${expires}${sum}`;
}
