import { sha256 } from "../../lib/digest.ts";
import { ANY } from "../answer.ts";
import { hasOwner } from "../ask/path-state.ts";
import type { Diff } from "../change.ts";
import { plainMode } from "../name.ts";
import { maskText } from "../secret.ts";
import { type FileState, secretText, type WholeFile } from "./state.ts";

/** Whether the file holds what is wanted, as far as it is known here. */
export function holds(file: WholeFile, state: FileState): boolean {
  if (file.content === undefined) return file.sha256 === undefined || file.sha256 === state.sha256;
  if (secretText(file) !== undefined) return state.secret !== "other";
  return state.sha256 === sha256(maskText(file.content));
}

/** Differences of mode and owner. */
export function rightsDiff(file: WholeFile, state: FileState | undefined): Diff[] {
  const mode = plainMode(file.mode);
  return [
    ...(mode === ANY || state?.mode === mode ? [] : [{ path: "mode", from: state?.mode ?? "", to: mode }]),
    ...(file.owner === ANY || (state !== undefined && hasOwner(state, file.owner))
      ? []
      : [{ path: "owner", from: state?.owner ?? "", to: file.owner }]),
  ];
}

/** What it is to hold, for people: never a secret's value. */
export function wantedContent(file: WholeFile, secrets: readonly string[]): string {
  if (file.content === undefined) return `sha256 ${file.sha256?.slice(0, 12) ?? "any"}`;
  if (secrets.length > 0) return `text with ${secrets.map((name) => `secret(${name})`).join(", ")}`;
  const text = maskText(file.content);
  return `sha256 ${sha256(text).slice(0, 12)}, ${Buffer.byteLength(text)} bytes`;
}
