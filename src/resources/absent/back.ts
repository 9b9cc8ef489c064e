import { z } from "zod";
import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answers } from "../../model/answer.ts";
import {
  folderAnswers,
  hasOwner,
  isBringing,
  makeFolders,
  missingFolders,
  ownerFields,
  ownerOf,
} from "../../model/ask/path-state.ts";
import { noop, type Planned } from "../../model/change.ts";
import { planLink } from "../../model/link/plan.ts";
import { plainMode } from "../../model/name.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import { planFile } from "../../model/whole-file/plan.ts";
import type { AbsentState } from "./state.ts";

const rights = { mode: z.string(), owner: z.string() };

/** What was there, for an undo: nobody writes this down. */
const wasSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("file"), ...rights, sha256: z.string().optional() }),
  z.strictObject({ kind: z.literal("link"), to: z.string(), owner: z.string() }),
  z.strictObject({ kind: z.literal("folder"), ...rights }),
]);

export const backSchema = z.strictObject({ back: wasSchema });
export type Was = z.output<typeof wasSchema>;

export function backTo(state: AbsentState): Was {
  const owner = ownerOf(state);
  if (state.kind === "link") return { kind: "link", to: state.to, owner };
  const mode = state.mode.padStart(4, "0");
  if (state.kind === "folder") return { kind: "folder", mode, owner };
  return { kind: "file", mode, owner, ...(state.sha256 === undefined ? {} : { sha256: state.sha256 }) };
}

/** Decides how what was there comes back. Pure. */
export function planBack(name: string, was: Was, observed: Observed<AbsentState>, context: PlanContext): Planned {
  const id = `absent:${name}`;
  const { answers } = context;
  const state = observed.kind === "present" ? observed.state : undefined;
  if (state !== undefined && state.kind !== was.kind) {
    throw new DroverError("CONFLICT", `${id}: a ${state.kind} is where a ${was.kind} is to come back`, {
      hint: "take it away by hand, or `drover up --lift` goes back to the file",
    });
  }
  switch (was.kind) {
    case "link":
      return planLink(id, name, was, state?.kind === "link" ? seen(state) : { kind: "absent" }, answers);
    case "folder":
      return planFolder(name, was, state?.kind === "folder" ? state : undefined, answers);
    case "file": {
      if (state === undefined) refuseLost(id, was.sha256, answers);
      const file = { path: name, mode: was.mode, owner: was.owner, sha256: was.sha256 };
      return planFile(file, state?.kind === "file" ? seen(state) : { kind: "absent" }, context, { id });
    }
    default:
      return was satisfies never;
  }
}

function seen<State>(state: State): Observed<State> {
  return { kind: "present", state, owners: [] };
}

function refuseLost(id: string, sha256: string | undefined, answers: Answers): void {
  if (sha256 !== undefined && answers.get(`blob:${sha256}`) === "kept") return;
  throw new DroverError("CONFLICT", `${id} cannot come back: the machine has its bytes no more`, {
    hint: "put it there by hand, or leave it out of what is undone with --only",
  });
}

type Folder = Extract<Was, { kind: "folder" }>;

/** The folder itself: of what was in it nothing was kept. */
function planFolder(
  name: string,
  { mode, owner }: Folder,
  state: Extract<AbsentState, { kind: "folder" }> | undefined,
  answers: Answers,
): Planned {
  const key = `path:${name}`;
  const now = answers.get(key) ?? ABSENT;
  const wanted = plainMode(mode);
  if (state !== undefined && state.mode === wanted && hasOwner(state, owner)) return noop({ [key]: now });
  const folders = state === undefined ? missingFolders(name, answers) : [];
  const made = folderAnswers(folders, answers);
  const script = 'umask 077; mkdir -p -- "$3" && chown -h -- "$2" "$3" && chmod -- "$1" "$3"';
  return {
    action: state === undefined ? "create" : "update",
    diff: [
      { path: "mode", from: state?.mode ?? "", to: wanted },
      { path: "owner", from: state === undefined ? "" : ownerOf(state), to: owner },
    ],
    // Five digits: with four GNU chmod leaves the set-id bits that a folder inherits.
    steps: [
      ...makeFolders(folders),
      { kind: "exec", argv: ["sh", "-c", script, "sh", wanted.padStart(5, "0"), owner, name] },
    ],
    from: { ...made.from, [key]: state === undefined && isBringing(answers) ? ANY : now },
    to: { ...made.to, [key]: `directory mode=${wanted} ${ownerFields(owner)}` },
  };
}
