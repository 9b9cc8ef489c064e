import type { Answers } from "../answer.ts";
import { ownerOf } from "../ask/path-state.ts";
import type { Planned } from "../change.ts";
import { followed } from "../effect.ts";
import type { FileBased, Wanted } from "../file-based.ts";
import type { Observed, PlanContext } from "../resource.ts";
import type { Step } from "../step.ts";
import { planFile, planFileRemoval, type Writing } from "../whole-file/plan.ts";
import type { FileState, WholeFile } from "../whole-file/state.ts";

export function fileOf<Spec>(base: FileBased<Spec>, name: string, spec: Wanted<Spec>, answers: Answers): WholeFile {
  const path = base.path(name);
  if ("seen" in spec) return { path, ...spec.seen };
  const mode = typeof base.mode === "function" ? base.mode(spec.fields) : (base.mode ?? "0644");
  return { path, content: base.content(name, spec.fields, answers), mode, owner: "root:root" };
}

/** Decides how the file comes to be as wanted, or goes, with what follows it; what could lock us out brings how it is put back. Pure. */
export function planFileBased<Spec>(
  base: FileBased<Spec>,
  name: string,
  spec: Wanted<Spec> | undefined,
  observed: Observed<FileState>,
  context: PlanContext,
): Planned {
  return undoable(plan(base, name, spec, observed, context), base, name, observed, context);
}

function plan<Spec>(
  base: FileBased<Spec>,
  name: string,
  spec: Wanted<Spec> | undefined,
  observed: Observed<FileState>,
  context: PlanContext,
): Planned {
  const { plain } = base;
  if (spec === undefined) {
    return removed(planFileRemoval(base.path(name), observed, context, { plain }), base, name, context);
  }
  const fields = "fields" in spec ? spec.fields : undefined;
  if (fields !== undefined) base.refuse?.(name, fields, context);
  const check = fields === undefined ? undefined : base.check?.(name, fields);
  const writing: Writing = { id: `${base.type}:${name}`, check, plain };
  return written(
    planFile(fileOf(base, name, spec, context.answers), observed, context, writing),
    base,
    name,
    fields,
    context,
  );
}

/** What could lock us out brings how it is put back. */
function undoable<Spec>(
  planned: Planned,
  base: FileBased<Spec>,
  name: string,
  observed: Observed<FileState>,
  context: PlanContext,
): Planned {
  if (base.guards === undefined || planned.action === "noop" || planned.undo !== undefined) return planned;
  const path = base.path(name);
  const state = observed.kind === "present" ? observed.state : undefined;
  const back: Step[] =
    state === undefined
      ? [{ kind: "remove", path }]
      : state.sha256 === undefined
        ? []
        : [
            {
              kind: "write",
              path,
              content: { kept: state.sha256 },
              mode: fourDigits(state.mode),
              owner: ownerOf(state),
            },
          ];
  return { ...planned, undo: [...back, ...(base.activate?.(name, undefined, context) ?? [])] };
}

export function fourDigits(mode: string): string {
  return mode.padStart(4, "0");
}

/** The file's removal, what comes before it, and what follows it. */
function removed<Spec>(file: Planned, base: FileBased<Spec>, name: string, context: PlanContext): Planned {
  const { before = [], effects = [], notes = [] } = base.removal?.(name, context) ?? {};
  const planned = followed(file, effects, base.activate?.(name, undefined, context) ?? [], context);
  if (planned.action === "noop") return planned;
  const isThere = file.action !== "noop";
  const said = isThere && notes.length > 0 ? { notes } : {};
  return { ...planned, action: "delete", steps: [...(isThere ? before : []), ...planned.steps], ...said };
}

/** The file's change and what follows it. */
function written<Spec>(
  file: Planned,
  base: FileBased<Spec>,
  name: string,
  spec: Spec | undefined,
  context: PlanContext,
): Planned {
  const { answers } = context;
  const effects = spec === undefined ? base.putBack?.(name, answers) : base.effects?.(name, spec, answers);
  const planned = followed(file, effects ?? [], base.activate?.(name, spec, context) ?? [], context);
  const stands = planned.action === "noop";
  const said =
    spec === undefined
      ? []
      : [...(base.lacks?.(name, spec, context) ?? []), ...(stands ? [] : (base.notes?.(name, spec, context) ?? []))];
  const notes = [...(file.notes ?? []), ...said];
  const evidence = stands ? [] : (base.evidence?.(name) ?? []);
  return {
    ...planned,
    ...(notes.length === 0 ? {} : { notes }),
    ...(evidence.length === 0 ? {} : { evidence }),
  };
}
