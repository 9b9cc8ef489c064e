/** The middle one of the values; of two middle ones the lower. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/**
 * Milliseconds that each of several things takes, taken in turns so that a busy machine hits all of them alike. What
 * `before` does is not counted.
 */
export async function inTurns(
  rounds: number,
  things: Readonly<Record<string, () => Promise<void>>>,
  before: () => Promise<void> = async () => undefined,
): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(things).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, thing] of Object.entries(things)) {
      await before();
      const start = performance.now();
      await thing();
      times[name]?.push(performance.now() - start);
    }
  }
  return times;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return `${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}
