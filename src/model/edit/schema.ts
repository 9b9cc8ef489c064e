import { z } from "zod";
import { pathSchema } from "../name.ts";

/** What is edited is named by the file, a colon, and a label of its own: `/etc/hosts:db`. */
export const editNameSchema = z
  .string()
  .regex(/:[A-Za-z0-9][A-Za-z0-9_.-]*$/, "expected a path, a colon and a label of letters, digits, `.`, `_` and `-`")
  .refine((name) => !/[\u0000-\u001f\u007f]/.test(name), "control characters are not allowed in a path")
  .refine((name) => pathSchema.safeParse(fileOf(name)).success, "expected an absolute path before the label");

/** The file that is edited. */
export function fileOf(name: string): string {
  return name.slice(0, name.lastIndexOf(":"));
}

export function labelOf(name: string): string {
  return name.slice(name.lastIndexOf(":") + 1);
}

const CLASSES = /\[:(alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit):\]/g;

/** What awk reads as one everywhere: POSIX extended, without counts in braces, which older awks take literally. */
export const regexpSchema = z
  .string()
  .min(1, "an empty expression matches everything")
  .refine((text) => !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text), "control characters are not allowed here")
  .refine(
    (text) => !/(^|[^\\])(\\\\)*\\[A-Za-z0-9]/.test(text),
    "letters after a backslash have no meaning here: write `[[:space:]]` for `\\s`, `[0-9]` for `\\d`",
  )
  .refine(
    (text) => !/(^|[^\\])(\\\\)*\{/.test(text.replace(/\[[^\]]*\]/g, "")),
    "counts in braces are not understood everywhere: repeat what is counted, or write `\\{`",
  )
  .refine(isRegexp, "it is no regular expression");

function isRegexp(text: string): boolean {
  try {
    new RegExp(text.replace(CLASSES, "a"));
    return true;
  } catch {
    return false;
  }
}
