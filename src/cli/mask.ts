/** Puts names in place of the values of secrets, wherever they turn up in what is shown. The last line of defence. */
export interface Mask {
  add(name: string, value: string): void;
  text(text: string): string;
  /** The same for every text within plain data. */
  data<T>(data: T): T;
}

/** Shorter ones are parts of too many innocent words. */
const SHORTEST = 5;
/** From this length on a line of a secret of several lines is hidden by itself, too. */
const SHORTEST_LINE = 12;

export function createMask(): Mask {
  const names = new Map<string, string>();
  const text = (shown: string): string =>
    [...names].reduce((result, [value, name]) => result.replaceAll(value, `secret(${name})`), shown);
  return {
    add(name, value) {
      for (const spelling of spellings(value)) names.set(spelling, name);
    },
    text,
    data: (data) => (names.size === 0 ? data : mapTexts(data, text)),
  };
}

/** As it is, as it stands in JSON, and line by line; the longest first. */
function spellings(value: string): string[] {
  const lines = value.split("\n").filter((line) => line.length >= SHORTEST_LINE);
  const all = [value, value.trimEnd(), ...lines].flatMap((part) => [part, JSON.stringify(part).slice(1, -1)]);
  return [...new Set(all)].filter((part) => part.length >= SHORTEST).sort((a, b) => b.length - a.length);
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
