/** An area at the end of the terminal that is redrawn in place. */
export interface LiveArea {
  draw(lines: readonly string[]): void;
  /** Writes lines above it; it is drawn again below them. */
  above(text: string): void;
  /** Draws for the last time; what follows is written below. */
  finish(lines: readonly string[]): void;
}

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
/** A terminal that knows these shows all between them at once; others ignore them. */
const [BEGIN, END] = ["\u001b[?2026h", "\u001b[?2026l"];
const [ERASE_REST_OF_LINE, ERASE_BELOW] = ["\u001b[K", "\u001b[J"];

/**
 * Redraws by moving up, writing over and erasing what is left of a line: nothing is blank in between, so nothing
 * flickers. Every line has to fit the width.
 */
export function liveArea(write: (text: string) => void): LiveArea {
  let height = 0;
  let shown = "";
  const paint = (lines: readonly string[]): string => {
    const up = height > 0 ? `\u001b[${height}A\r` : "\r";
    height = lines.length;
    return up + lines.map((line) => `${line}${ERASE_REST_OF_LINE}\n`).join("") + ERASE_BELOW;
  };
  return {
    draw(lines) {
      const next = lines.join("\n");
      if (next === shown) return;
      shown = next;
      write(BEGIN + HIDE_CURSOR + paint(lines) + END);
    },
    above(text) {
      write(paint([]) + text);
      shown = "";
    },
    finish(lines) {
      write(BEGIN + paint(lines) + SHOW_CURSOR + END);
      height = 0;
      shown = "";
    },
  };
}
