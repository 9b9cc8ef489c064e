/** Of two answers that are alike in most, what differs: for people. Pure. */
export function changedParts(was: string, is: string): [string, string] {
  const [a, b] = [was.split(" "), is.split(" ")];
  if (a[0] !== b[0] || a.length !== b.length) return [short(was), short(is)];
  const at = a.flatMap((part, index) => (part === b[index] ? [] : [index]));
  return [short(at.map((index) => a[index]).join(" ")), short(at.map((index) => b[index]).join(" "))];
}

/** Digests as people compare them. */
export function short(answer: string): string {
  return answer.replace(/(sha256=[0-9a-f]{12})[0-9a-f]+/g, "$1");
}
