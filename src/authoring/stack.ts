import type { StackInput } from "../model/stack.ts";

/** What a stack file exports by default: this, or a function of it. */
export type { StackInput } from "../model/stack.ts";

/** What a stack file's function is given. */
export interface StackContext {
  /** As asked for with `--env`; `production` when it was not. */
  readonly environment: string;
}

/**
 * Describes machines, resources and apps. It is checked when the file is loaded.
 *
 * @example
 * export default defineStack({
 *   id: "gb-7f3k9q",
 *   name: "guestbook",
 *   machines: { here: local() },
 *   apps: { guestbook: app({ source: ".", on: "here", health: "/up" }) },
 * });
 */
export function defineStack(stack: StackInput): StackInput {
  return stack;
}
