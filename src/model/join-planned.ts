import { type Action, noop, type Planned } from "./change.ts";

/** One change out of several that are made one after the other, for things that are more than one file. */
export function joinPlanned(action: Action, parts: readonly Planned[]): Planned {
  const from = Object.assign({}, ...parts.map((part) => part.from));
  const to = Object.assign({}, ...parts.map((part) => part.to));
  const notes = [...new Set(parts.flatMap((part) => part.notes ?? []))];
  const said = notes.length === 0 ? {} : { notes };
  const open = parts.filter((part) => part.action !== "noop");
  if (open.length === 0) return { ...noop(from), ...said };
  const undo = open.toReversed().flatMap((part) => part.undo ?? []);
  return {
    action,
    diff: open.flatMap((part) => part.diff),
    steps: open.flatMap((part) => part.steps),
    from,
    to,
    ...(undo.length === 0 ? {} : { undo }),
    ...said,
  };
}
