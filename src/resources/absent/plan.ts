import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type AnswerMap, type Answers, parseAnswer, unknownWhy, unword } from "../../model/answer.ts";
import { entriesLeft, entriesText } from "../../model/ask/entries.ts";
import { isBringing, openFolder } from "../../model/ask/path-state.ts";
import { noop, type Planned } from "../../model/change.ts";
import { REMOVE_TREE } from "../../model/edit/remove-tree.ts";
import { planLinkRemoval } from "../../model/link/plan.ts";
import type { Observed } from "../../model/resource.ts";
import type { ExecStep } from "../../model/step.ts";
import { planFileRemoval } from "../../model/whole-file/plan.ts";
import type { AbsentSpec } from "../absent.ts";
import type { AbsentState } from "./state.ts";

/** Decides how what is there goes. Pure. */
export function planAbsence(
  name: string,
  spec: AbsentSpec,
  observed: Observed<AbsentState>,
  answers: Answers,
): Planned {
  if (observed.kind !== "present") return planNothingThere(name, spec, answers);
  refuseOpenFolder(name, answers);
  const { state } = observed;
  if (state.kind === "folder") return planFolder(name, spec, answers);
  const planned =
    state.kind === "link"
      ? planLinkRemoval(name, { ...observed, state }, answers)
      : planFileRemoval(name, { ...observed, state }, { answers });
  // The resource stays wanted: what goes is what is in its place.
  return { ...planned, action: "update" };
}

/** What is not there now a package before may bring, of whatever kind. */
function planNothingThere(name: string, { tree }: AbsentSpec, answers: Answers): Planned {
  const key = `path:${name}`;
  if (!isBringing(answers)) return noop({ [key]: answers.get(key) ?? ABSENT });
  refuseOpenFolder(name, answers);
  return {
    action: "update",
    diff: [{ path: "removed", from: "", to: "when a package before brings it" }],
    steps: [brought(name, tree), { kind: "remove", path: name, keep: true }],
    from: { [key]: ANY },
    to: { [key]: ABSENT },
  };
}

/** What not everybody may read goes here, so that the step after it keeps no bytes of it. */
const BROUGHT = `${REMOVE_TREE}
if [ -L "$1" ]; then exit 0; fi
if [ -d "$1" ]; then
  if [ "$2" = tree ]; then remove_tree "$1"; exit; fi
  rmdir -- "$1" 2>/dev/null && exit
  printf '%s is a folder, not empty (%s): \`tree: true\` removes all of it\\n' "$1" "$(ls -A -- "$1" | wc -l)"; exit 1
fi
if [ -f "$1" ]; then case $(stat -c %a -- "$1") in *[4567]) ;; *) rm -f -- "$1" ;; esac; fi`;

function brought(name: string, tree: boolean): ExecStep {
  return { kind: "exec", argv: ["sh", "-c", BROUGHT, "sh", name, tree ? "tree" : "empty"], within: 600 };
}

function planFolder(name: string, { tree }: AbsentSpec, answers: Answers): Planned {
  const left = entriesLeft(name, answers);
  if (left === undefined) {
    throw new DroverError("CONFLICT", `absent:${name}: what is in the folder could not be read`, {
      hint: "connect as root, or as a user with sudo",
    });
  }
  const key = `path:${name}`;
  const count = left.names.length + left.more;
  const removal = {
    action: "update" as const,
    from: { [key]: answers.get(key) ?? ANY },
    to: { [key]: ABSENT },
    diff: [{ path: "folder", from: count === 0 ? "empty" : `with ${things(count)} in it`, to: "" }],
  };
  if (count === 0) return { ...removal, steps: [{ kind: "exec", argv: ["rmdir", "--", name] }] };
  if (!tree) {
    throw new DroverError("CONFLICT", `absent:${name} is a folder with ${things(count)} in it: ${entriesText(left)}`, {
      hint: "give it `tree: true`, and all of it goes, with `--allow-delete`; or declare absent what of it is to go",
    });
  }
  const { all, from } = wholeTree(name, answers);
  return {
    ...removal,
    steps: [{ kind: "exec", argv: ["sh", "-c", `${REMOVE_TREE}remove_tree "$1"`, "sh", name], within: 600 }],
    from: { ...removal.from, ...from },
    to: { ...removal.to, [`tree:${name}`]: ABSENT },
    destroys: `${name} with ${things(all)} in it: ${entriesText(left)}`,
  };
}

/** How much is below a folder, which is what its removal was agreed to for. */
function wholeTree(name: string, answers: Answers): { all: number; from: AnswerMap } {
  const key = `tree:${name}`;
  const seen = answers.get(key) ?? "unknown why=it%20was%20not%20answered";
  const { head, fields } = parseAnswer(seen);
  const { count, mounted } = fields;
  if (head !== "tree" || count === undefined) {
    throw new DroverError("CONFLICT", `absent:${name}: what is in it cannot be told: ${unknownWhy(seen)}`, {
      hint: "connect as root, or as a user with sudo",
    });
  }
  if (mounted !== undefined) {
    throw new DroverError(
      "CONFLICT",
      `absent:${name}: ${unword(mounted)} is a mount point, and nothing goes across one`,
      {
        hint: `unmount it, or take absent("${name}") out of the file`,
      },
    );
  }
  // What leaves the file in the same run, and goes before, makes it less.
  const isLess = [...answers].some(
    ([at, answer]) => answer === ABSENT && /^(path|entry):/.test(at) && at.includes(`:${name}/`),
  );
  return { all: Number(count), from: { [key]: isLess ? "tree count=*" : seen } };
}

function things(count: number): string {
  return count === 1 ? "1 thing" : `${count} things`;
}

function refuseOpenFolder(name: string, answers: Answers): void {
  const folder = openFolder(name, answers);
  if (folder === undefined) return;
  throw new DroverError(
    "CONFLICT",
    `absent:${name}: everybody may write to ${folder}, and could swap what is removed`,
    {
      hint: `close it, or let directory("${folder}", { mode: "0755" }) do so`,
    },
  );
}
