import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answer, type Answers, parseAnswer, unword } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import type { AuthorizedKeysSpec } from "../authorized-keys.ts";
import { readKey, shownKey, tailOf } from "./key.ts";
import { type KeysState, ownersOf, stateOf } from "./state.ts";
import { writeKeys } from "./steps.ts";

type Context = Pick<PlanContext, "answers" | "owner">;

const DONE = "keys folder=ok file=ok block=* owners=* missing= stray= sha256=*";

export function planKeys(name: string, spec: AuthorizedKeysSpec, context: Context): Planned {
  const { answers, owner } = context;
  const key = `authorized-keys:${name}`;
  const seen = answers.get(key) ?? ABSENT;
  refuseHome(name, answers, seen);
  if (spec.sha256 !== undefined) return planKept(name, spec.sha256, seen, answers);
  const { keys = [], exclusive } = spec;
  const state = seen === ABSENT ? undefined : stateOf(seen);
  if (state?.folder === "other" || state?.file === "other") refuseOwner(name, state);
  const diff = keysDiff(keys, state);
  if (diff.length === 0) return noop({ [key]: seen });
  const undo = undoSteps(name, state, answers);
  return {
    action: state === undefined || state.sha256 === "none" ? "create" : "update",
    diff,
    steps: [writeKeys(name, owner, keys, exclusive)],
    ...(undo.length === 0 ? {} : { undo }),
    // Where the user is still to come, a folder for new ones may bring keys.
    from: { [key]: seen === ABSENT ? ANY : seen },
    to: { [key]: DONE },
    ...(exclusive && keys.length === 0 ? { notes: [`no key will open ${name}`] } : {}),
  };
}

function keysDiff(lines: readonly string[], state: KeysState | undefined): Diff[] {
  const keys = lines.flatMap((line) => readKey(line) ?? []);
  const missing = keys.filter(({ blob }) => state === undefined || state.missing.includes(tailOf(blob)));
  const isThere = state !== undefined && state.sha256 !== "none";
  const open = (["folder", "file"] as const).filter((part) => isThere && state[part] === "open");
  return [
    ...missing.map((one) => ({ path: "key", from: "", to: shownKey(one) })),
    ...(state?.stray ?? []).map((tail) => ({ path: "key", from: `...${tail}`, to: "" })),
    ...open.map((part) => ({ path: part, from: "open to others: sshd would not read it", to: "closed" })),
  ];
}

/** sshd reads no keys where others could have put them. */
function refuseHome(name: string, answers: Answers, seen: Answer): void {
  const user = answers.get(`user:${name}`) ?? ABSENT;
  if (user === ABSENT && seen === ABSENT && !isBringing(answers)) {
    throw new DroverError("CONFLICT", `authorized-keys:${name}: there is no user ${name}`, {
      hint: `declare user("${name}")`,
    });
  }
  const home = parseAnswer(answers.get(`home:${name}`) ?? ABSENT);
  const { mode = "", own = "" } = home.fields;
  if (home.head !== "home" || mode === "*") return;
  const why =
    mode === "none"
      ? "is not there"
      : own === "no" && name !== "root"
        ? "is not its own"
        : isOpen(mode)
          ? "is open to others"
          : "";
  if (why === "") return;
  throw new DroverError("CONFLICT", `authorized-keys:${name}: sshd would not read them, because the home ${why}`, {
    hint: `let user("${name}", { createHome: true, homeMode: "0755" }) do so`,
  });
}

function isOpen(mode: string): boolean {
  return /[2367]$|[2367].$/.test(mode);
}

function refuseOwner(name: string, { folder }: KeysState): never {
  const what = folder === "other" ? "~/.ssh" : "~/.ssh/authorized_keys";
  throw new DroverError(
    "CONFLICT",
    `authorized-keys:${name}: ${what} belongs to somebody else, and sshd would not read it`,
    {
      hint: "give it to the user, or take it away",
    },
  );
}

/** The bytes that an earlier run replaced. */
function planKept(name: string, sha256: string, seen: Answer, answers: Answers): Planned {
  const key = `authorized-keys:${name}`;
  const state = seen === ABSENT ? undefined : stateOf(seen);
  if (state?.sha256 === sha256) return noop({ [key]: seen });
  if (answers.get(`blob:${sha256}`) !== "kept") {
    throw new DroverError(
      "CONFLICT",
      `authorized-keys:${name} holds something else than its digest says, and the machine keeps no bytes that fit`,
      {
        hint: "give it `keys` in place of `sha256`",
      },
    );
  }
  const undo = undoSteps(name, state, answers);
  return {
    action: state === undefined || state.sha256 === "none" ? "create" : "update",
    diff: [{ path: "keys", from: state?.sha256.slice(0, 12) ?? "", to: `as they were: ${sha256.slice(0, 12)}` }],
    steps: restore(name, sha256, answers),
    ...(undo.length === 0 ? {} : { undo }),
    from: { [key]: seen === ABSENT ? ANY : seen },
    to: { [key]: `keys folder=* file=* block=* owners=* missing=* stray=* sha256=${sha256}` },
  };
}

/** Nothing, where what was there before cannot be told yet: it is the user that this run makes. */
function undoSteps(name: string, state: KeysState | undefined, answers: Answers): Step[] {
  if (state === undefined || state.sha256 === "*") return [];
  return restore(name, state.sha256, answers);
}

function restore(name: string, sha256: string, answers: Answers): Step[] {
  const { home = "", group = "" } = parseAnswer(answers.get(`user:${name}`) ?? ABSENT).fields;
  if (!home.startsWith("/")) return [];
  const path = `${unword(home).replace(/\/$/, "")}/.ssh/authorized_keys`;
  if (sha256 === "none") return [{ kind: "remove", path }];
  return [{ kind: "write", path, content: { kept: sha256 }, mode: "0600", owner: `${name}:${unword(group)}` }];
}

/** Ours go; keys of others stay. */
export function planKeysRemoval(name: string, observed: Observed<KeysState>, { answers, owner }: Context): Planned {
  const key = `authorized-keys:${name}`;
  const seen = answers.get(key) ?? ABSENT;
  // With the user goes what opens it.
  if (observed.kind !== "present" || answers.get(`user:${name}`) === ABSENT || !ownersOf(seen).includes(owner))
    return noop();
  const undo = undoSteps(name, observed.state, answers);
  return {
    action: "delete",
    diff: observed.state.stray.map((tail) => ({ path: "key", from: `...${tail}`, to: "" })),
    steps: [writeKeys(name, owner, [], false)],
    ...(undo.length === 0 ? {} : { undo }),
    from: { [key]: seen },
    to: { [key]: "keys folder=* file=* block=no owners=* missing= stray= sha256=*" },
  };
}
