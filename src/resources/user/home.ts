import { DroverError } from "../../lib/error.ts";
import { ANY } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import type { Diff } from "../../model/change.ts";
import { plainMode } from "../../model/name.ts";
import type { Step } from "../../model/step.ts";
import { type About, NO_PART, type Part } from "./part.ts";
import type { UserSpec } from "./schema.ts";
import type { HomeState } from "./state.ts";

/** Whether it is made together with the user. */
export function hasHome({ createHome, system, home }: UserSpec): boolean {
  return createHome ?? (!system || home !== undefined);
}

/** Homes cost a look each: only what is declared of one is asked. */
export function asksHome({ createHome, homeMode, removeHome }: UserSpec): boolean {
  return createHome === true || homeMode !== undefined || removeHome !== undefined;
}

/** The folder itself, and whether it goes when the user goes. */
export function planHome({ name, spec, state, answers }: About): Part {
  if (!asksHome(spec)) return NO_PART;
  const key = `home:${name}`;
  const seen = answers.get(key) ?? ANY;
  const before: HomeState = state?.folder ?? { mode: hasHome(spec) ? ANY : "none", own: ANY, leaves: "no" };
  const after = wanted(spec, before);
  if (after.mode === "none" && spec.homeMode !== undefined) refuseMode(name);
  const mayBeThere = state === undefined && isBringing(answers);
  const diff = state === undefined ? newDiff(spec) : homeDiff(before, after);
  if (diff.length === 0 && state !== undefined) return { ...NO_PART, from: { [key]: seen }, to: { [key]: seen } };
  const isMade = before.mode === "none" && after.mode !== "none";
  const leaves = mayBeThere || seen === "left" ? ANY : before.leaves;
  const mode = spec.homeMode === undefined ? "-" : after.mode;
  const folder = isMade || (spec.homeMode !== undefined && (state === undefined || before.mode !== after.mode));
  return {
    diff,
    steps: [
      ...(folder ? [homeStep(name, mode, isMade || mayBeThere ? "make" : "keep")] : []),
      ...(after.leaves === leaves ? [] : [markStep(name, after.leaves)]),
    ],
    undo: state === undefined ? [] : undo(name, before, after),
    from: { [key]: state === undefined && mayBeThere ? ANY : seen },
    to: { [key]: `home mode=${after.mode} own=${after.own} leaves=${after.leaves}` },
  };
}

function wanted(spec: UserSpec, before: HomeState): HomeState {
  const isMade = before.mode === "none" && spec.createHome === true;
  return {
    mode:
      before.mode === "none" && !isMade
        ? "none"
        : spec.homeMode === undefined
          ? isMade
            ? ANY
            : before.mode
          : plainMode(spec.homeMode),
    own: isMade ? "yes" : before.own,
    leaves: spec.removeHome === undefined ? before.leaves : spec.removeHome ? "yes" : "no",
  };
}

function refuseMode(name: string): never {
  throw new DroverError("CONFLICT", `user:${name} has no home whose mode could be set`, {
    hint: "let `createHome: true` make it, or take `homeMode` out",
  });
}

function newDiff({ homeMode, removeHome }: UserSpec): Diff[] {
  return [
    ...(homeMode === undefined ? [] : [{ path: "homeMode", from: "", to: plainMode(homeMode) }]),
    ...(removeHome === true ? [{ path: "removeHome", from: "", to: "yes" }] : []),
  ];
}

function homeDiff(before: HomeState, after: HomeState): Diff[] {
  const isMade = before.mode === "none" && after.mode !== "none";
  const moves = before.mode !== after.mode && before.mode !== ANY && after.mode !== ANY && !isMade;
  return [
    ...(isMade ? [{ path: "home", from: "not there", to: "made from /etc/skel" }] : []),
    ...(moves ? [{ path: "homeMode", from: before.mode, to: after.mode }] : []),
    ...(before.leaves === after.leaves || before.leaves === ANY
      ? []
      : [{ path: "removeHome", from: before.leaves, to: after.leaves }]),
  ];
}

/**
 * What was copied into a new home is on the disk before its user counts as made: after a power cut nobody would see that its
 * files are empty. Only what is new: a home that was there may be large. The folder is in `home`.
 */
const SETTLE = `find "$home" -xdev -cmin -2 '(' -type f -o -type d ')' -exec sync -- {} + 2>/dev/null || sync`;

/** The name is of an account's characters alone. */
const SETTLE_HOME = `eval "home=~$1"
case $home in /?*) [ -L "$home" ] || [ ! -d "$home" ] || { ${SETTLE}; } ;; esac`;

export function settleHome(name: string): Step {
  return { kind: "exec", argv: ["sh", "-c", SETTLE_HOME, "sh", name], within: 300 };
}

/**
 * Makes the home of /etc/passwd, born closed and given away last, and sets its mode. What is there already keeps all it
 * holds; a link in its place is refused.
 */
const SET_HOME = `umask 077
IFS=: read -r uid gid home <<-END
$(awk -F : -v name="$1" '$1 == name { print $3 ":" $4 ":" $6; exit }' /etc/passwd)
END
case $home in /?*) ;; *) echo "user $1 has no home in /etc/passwd" >&2; exit 1 ;; esac
[ ! -L "$home" ] || { echo "$home is a link" >&2; exit 1; }
if [ "$3" = make ] && [ ! -e "$home" ]; then
  (umask 022; mkdir -p -- "\${home%/*}/") && mkdir -- "$home" || exit
  [ ! -d /etc/skel ] || cp -RPp -- /etc/skel/. "$home/" || exit
  chmod 0700 -- "$home" && chown -Rh -- "$uid:$gid" "$home" || exit
  ${SETTLE}
fi
[ "$2" = - ] || chmod -- "$2" "$home"`;

function homeStep(name: string, mode: string, how: "make" | "keep"): Step {
  return {
    kind: "exec",
    argv: ["sh", "-c", SET_HOME, "sh", name, mode === "-" ? mode : mode.padStart(5, "0"), how],
    within: 300,
  };
}

/** On the machine itself, since the file does not name the user any more when it matters. */
const MARK = `dir=\${DROVER_STATE:-/var/lib/drover}/users; umask 077
if [ "$2" = yes ]; then mkdir -p -- "$dir" && : >"$dir/$1.home-leaves" && sync "$dir"; else rm -f -- "$dir/$1.home-leaves"; fi`;

export function markStep(name: string, leaves: string): Step {
  return { kind: "exec", argv: ["sh", "-c", MARK, "sh", name, leaves], within: 60 };
}

function undo(name: string, before: HomeState, after: HomeState): Step[] {
  const isMode = /^[0-7]+$/.test(before.mode) && before.mode !== after.mode;
  const isMark = before.leaves !== after.leaves && before.leaves !== ANY;
  return [...(isMode ? [homeStep(name, before.mode, "keep")] : []), ...(isMark ? [markStep(name, before.leaves)] : [])];
}
