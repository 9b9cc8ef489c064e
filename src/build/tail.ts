const FIRST = 10;
const LAST = 40;

/** Keeps the first and the last lines of an output: npm says why first, and then prints a page of usage. */
export function keepTail(): { add(line: string): void; lines(): string[] } {
  const first: string[] = [];
  const last: string[] = [];
  let left = 0;
  return {
    add(line) {
      if (first.length < FIRST) {
        first.push(line);
        return;
      }
      last.push(line);
      if (last.length > LAST) {
        last.shift();
        left++;
      }
    },
    lines: () => [...first, ...(left > 0 ? [`... ${left} lines left out ...`] : []), ...last],
  };
}
