import { ABSENT, parseAnswer } from "../../model/answer.ts";
import type { Planned } from "../../model/change.ts";
import type { Step } from "../../model/step.ts";

/** The change, and what brings the file back as it was: a rule too few may leave nobody who could. */
export function withUndo(path: string, planned: Planned): Planned {
  const undo = planned.action === "noop" ? [] : undoOf(path, planned);
  return undo.length === 0 ? planned : { ...planned, undo };
}

function undoOf(path: string, { from, steps }: Planned): Step[] {
  const before = from[`path:${path}`];
  if (before === ABSENT) return [{ kind: "remove", path }];
  const { head, fields } = parseAnswer(before ?? "");
  const { mode = "", owner = "", ids = owner, sha256 } = fields;
  if (head !== "file" || mode === "") return [];
  const isKept = steps.some((step) => (step.kind === "write" || step.kind === "remove") && step.keep === true);
  const full = mode.padStart(4, "0");
  if (isKept && sha256 !== undefined)
    return [{ kind: "write", path, content: { kept: sha256 }, mode: full, owner: ids }];
  return [
    { kind: "exec", argv: ["chown", "-h", "--", ids, path] },
    { kind: "exec", argv: ["chmod", "--", full, path] },
  ];
}
