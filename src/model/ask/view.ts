import { ABSENT, type Answer, type AnswerMap } from "../answer.ts";

/**
 * Sets what comes to be in a view of a target's answers. A path is asked about under two keys, with its digest and without: what is
 * promised about it under one of them tells of the other what it can.
 */
export function setAnswers(view: Map<string, Answer>, to: AnswerMap): void {
  for (const [key, answer] of Object.entries(to)) {
    view.set(key, answer);
    const twin = twinOf(key);
    if (twin === undefined || !view.has(twin) || Object.hasOwn(to, twin)) continue;
    if (answer === ABSENT) view.set(twin, ABSENT);
    // The other way round its digest is not known.
    else if (key.startsWith("path:")) view.set(twin, answer.replace(/ sha256=\S+/, ""));
  }
}

function twinOf(key: string): string | undefined {
  if (key.startsWith("path:")) return `entry:${key.slice("path:".length)}`;
  return key.startsWith("entry:") ? `path:${key.slice("entry:".length)}` : undefined;
}
