/** Major versions of Node that a base is chosen from, the first that fits: long-term support before current ones. */
const MAJORS = [24, 22, 20, 26, 25, 23, 21, 18];

/**
 * The major version of Node that an app asks for, from `.nvmrc`, `.node-version` or `engines.node`. Undefined when it
 * says nothing, or nothing that can be read (`lts/*`, `latest`).
 */
export function nodeMajor(asked: string | undefined): number | undefined {
  const text = asked?.trim().replace(/^v(?=\d)/, "");
  if (text === undefined || text === "" || !/\d/.test(text)) return undefined;
  if (/^\d+(\.\d+){0,2}$/.test(text)) return Number.parseInt(text, 10);
  return MAJORS.find((major) => text.split("||").some((range) => allows(range, major)));
}

type Version = readonly [number, number, number];
const FIRST: Version = [0, 0, 0];

/** Whether some version of `major` is in a range such as `>=18.12 <23`, `^20.1`, `20.x` or `18 - 22`. */
function allows(range: string, major: number): boolean {
  const hyphen = /^\s*(\S+)\s+-\s+(\S+)\s*$/.exec(range);
  const text = hyphen === null ? range.replace(/([<>=~^])\s+/g, "$1") : `>=${hyphen[1]} <=${hyphen[2]}`;
  let [low, high]: [Version, Version] = [
    [major, 0, 0],
    [major + 1, 0, 0],
  ];
  for (const part of text.trim().split(/\s+/)) {
    const [from, before] = interval(part);
    if (compare(from, low) > 0) low = from;
    if (before !== undefined && compare(before, high) < 0) high = before;
  }
  return compare(low, high) < 0;
}

/** A comparator as the versions from the first up to, not including, the second. */
function interval(part: string): [Version, Version?] {
  const match = /^(>=|<=|>|<|=|\^|~)?v?(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?/.exec(part);
  if (match === null) return [FIRST];
  const [, sign = "", ...digits] = match;
  const numbers = digits.filter((digit) => /^\d+$/.test(digit ?? "")).map(Number);
  const [a = 0, b = 0, c = 0] = numbers;
  const at: Version = [a, b, c];
  const next = nextAfter(numbers);
  if (sign === ">=") return [at];
  if (sign === ">") return [next];
  if (sign === "<") return [FIRST, at];
  if (sign === "<=") return [FIRST, next];
  if (sign === "^") return [at, [a + 1, 0, 0]];
  if (sign === "~") return [at, numbers.length < 2 ? [a + 1, 0, 0] : [a, b + 1, 0]];
  return [at, next];
}

function nextAfter([a = 0, b, c]: readonly number[]): Version {
  if (b === undefined) return [a + 1, 0, 0];
  return c === undefined ? [a, b + 1, 0] : [a, b, c + 1];
}

function compare(x: Version, y: Version): number {
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
}
