import { ABSENT, type Answers, parseAnswer, unword } from "../../model/answer.ts";
import { isReadable, viewPath } from "../../model/ask/path-state.ts";
import type { LinkState } from "../../model/link/plan.ts";
import type { Observed } from "../../model/resource.ts";
import { type FileState, observeFile } from "../../model/whole-file/state.ts";

/** What is there though nothing is to be. */
export type AbsentState =
  | ({ readonly kind: "file" } & FileState)
  | ({ readonly kind: "link" } & LinkState)
  | { readonly kind: "folder"; readonly mode: string; readonly owner: string; readonly ids: string };

/** What is at a path, by both questions about it; a journal has one of them, as it was when something was removed. */
export function observe(name: string, answers: Answers): Observed<AbsentState> {
  const [path, entry] = ["path", "entry"].map((kind) => answers.get(`${kind}:${name}`));
  const answer = [path, entry].includes(ABSENT) ? ABSENT : (path ?? entry);
  const { head, fields } = parseAnswer(answer ?? "");
  if (head === "link") {
    const { to = "", owner = "root:root", ids = "0:0" } = fields;
    return { kind: "present", state: { kind: "link", to: unword(to), owner, ids }, owners: [] };
  }
  const view = viewPath(answer);
  if (view.kind === "absent") return view;
  if (view.kind === "other") return { kind: "unknown", why: view.why };
  if (view.kind === "directory") {
    const { mode, owner, ids } = view;
    return { kind: "present", state: { kind: "folder", mode, owner, ids }, owners: [] };
  }
  const isOpen = isReadable(view.mode);
  // Of what not everybody may read neither bytes nor digest are kept: there is nothing that an undo could bring back.
  if (!isOpen && (path === undefined || entry === undefined))
    return { kind: "unknown", why: "its bytes were not kept, because not everybody could read them" };
  const seen = observeFile(name, answers);
  if (seen.kind !== "present") return seen;
  const { sha256, ...rights } = seen.state;
  return { ...seen, state: { kind: "file", ...rights, sha256: isOpen ? sha256 : undefined } };
}
