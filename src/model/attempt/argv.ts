import { z } from "zod";
import { accountSchema, pathSchema } from "../name.ts";
import type { ExecStep } from "../step.ts";
import { ATTEMPT } from "./script.ts";

/** A program and its arguments, word by word: no shell reads them. */
export const argvSchema = z
  .array(z.string().refine((word) => !word.includes("\0"), "a NUL byte is not allowed"))
  .min(1, "expected a program and its arguments")
  .refine(([program]) => program !== "", "expected a program's name first");

/** Who runs it and where. */
export const whereFields = {
  user: accountSchema.optional().describe("The user that runs it; default the one that Drover works as, root."),
  cwd: pathSchema.optional().describe("The folder it runs in; default `/`."),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected a variable's name"),
      z
        .string("expected plain text: every user sees a program's environment, a secret goes through `stdin` or a file")
        .refine((value) => !value.includes("\0"), "a NUL byte is not allowed"),
    )
    .optional()
    .describe("Variables for it, by name. No secrets: those go through `stdin`, or a file that it reads."),
};

export interface Where {
  readonly user?: string | undefined;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** The arguments of the shell function `attempt` after its limit. */
export function attemptArgs(argv: readonly string[], { user = "", cwd = "/", env = {} }: Where): string[] {
  const set = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [user, cwd, ...(set.length === 0 ? [] : ["env", ...set]), ...argv];
}

/** The step that runs it. */
export function attemptStep(argv: readonly string[], where: Where, more: Partial<ExecStep> = {}): ExecStep {
  const { user, cwd, env } = where;
  if (user === undefined && cwd === undefined) {
    return { kind: "exec", argv, ...(env === undefined ? {} : { env }), ...more };
  }
  const script = `${ATTEMPT}\nattempt 0 "$@" || { code=$?; [ -z "$attempt_lacks" ] || printf '%s is not there\\n' "$attempt_lacks"; exit $code; }`;
  return { kind: "exec", argv: ["sh", "-c", script, "sh", ...attemptArgs(argv, where)], ...more };
}
