import { printable } from "../lib/printable.ts";

/** A thing that is wrong in a stack file: where in it, and what. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly text: string;
  /** Whose field it is, where the path alone does not tell: `file:/etc/motd`. */
  readonly about?: string;
}

/** How a fault is told: `apps.guestbook.port: expected an integer from 1 to 65535, got "30OO"`. */
export function formatFault({ path, text, about }: Fault): string {
  const where = formatPath(path) + (about === undefined ? "" : ` (${printable(about)})`);
  return where === "" ? text : `${where}: ${text}`;
}

/** A path as one would write it in the file: `apps.web.volumes["/data"].mode`, `resources.web[0]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      if (typeof key === "symbol") return `[${String(key)}]`;
      if (!/^[A-Za-z_$][\w$-]{0,59}$/.test(key)) return `[${quoted(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join("");
}

/** A value as it is shown back: short, on one line, nothing in it that a terminal would obey. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "string" ? quoted(value) : String(value);
}

/** What kind of value it is, for places where the value itself may be a secret. */
export function kindOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return "a text";
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    default:
      return shown(value);
  }
}

export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return printable(JSON.stringify(short));
}
