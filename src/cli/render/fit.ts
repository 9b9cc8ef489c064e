import truncatedWidth from "fast-string-truncated-width";

/** How many columns a text takes; escape sequences take none. */
export function widthOf(text: string): number {
  return truncatedWidth(text).width;
}

/** The text cut to a number of columns, with `…` where something is missing. Colours are closed. */
export function cutTo(text: string, columns: number): string {
  const { index, truncated, ellipsed } = truncatedWidth(text, { limit: columns, ellipsis: "…", ellipsisWidth: 1 });
  if (!truncated) return text;
  const cut = `${text.slice(0, index)}${ellipsed ? "…" : ""}`;
  return text.includes("\u001b[") ? `${cut}\u001b[0m` : cut;
}

export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

/** Rows as columns that stand under each other; the last column is not padded. */
export function table(rows: ReadonlyArray<readonly string[]>, indent = "  "): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ""))));
  return rows
    .map(
      (row) =>
        indent +
        row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0))).join("  "),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}
