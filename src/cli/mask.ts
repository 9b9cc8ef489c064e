import { spellings } from "../model/secret-spellings.ts";

/** Puts names in place of the values of secrets, wherever they turn up in what is shown. The last line of defence. */
export interface Mask {
  add(name: string, value: string): void;
  text(text: string): string;
  /** The same for every text within plain data. */
  data<T>(data: T): T;
}

export function createMask(): Mask {
  const names = new Map<string, string>();
  let pattern: RegExp | undefined;
  const text = (shown: string): string => {
    if (names.size === 0) return shown;
    pattern ??= patternOf([...names.keys()]);
    return shown.replace(pattern, (found) => `secret(${names.get(found)})`);
  };
  return {
    add(name, value) {
      for (const spelling of spellings(value)) names.set(spelling, name);
      pattern = undefined;
    },
    text,
    data: (data) => (names.size === 0 ? data : mapTexts(data, text)),
  };
}

/** All of them at once, the longest first: a short one may be a part of a long one. */
function patternOf(spelled: readonly string[]): RegExp {
  const longest = spelled.toSorted((a, b) => b.length - a.length);
  return new RegExp(longest.map((one) => one.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "g");
}

function mapTexts<T>(data: T, change: (text: string) => string): T {
  const map = (part: unknown): unknown => {
    if (typeof part === "string") return change(part);
    if (Array.isArray(part)) return part.map(map);
    if (typeof part !== "object" || part === null || Object.getPrototypeOf(part) !== Object.prototype) return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, map(value)]));
  };
  // Only texts are exchanged for texts: the shape stays.
  return map(data) as T;
}
