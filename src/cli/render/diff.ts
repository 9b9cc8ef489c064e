import { printable } from "../../lib/printable.ts";
import type { Difference, FieldDifference } from "../../model/compare/compare.ts";
import { pad, widthOf } from "./fit.ts";
import { plural } from "./marks.ts";
import type { Theme } from "./theme.ts";

export interface Sides {
  readonly from: string;
  readonly to: string;
}

/** Where two environments differ, kind by kind. */
export function differenceText(all: readonly Difference[], sides: Sides, style: Theme): string {
  const title = `${style.strong(printable(sides.from))} ${style.dim("→")} ${style.strong(printable(sides.to))}\n`;
  if (all.length === 0) return `${title}no difference\n`;
  const parts = [...Map.groupBy(all, (one) => one.kind)].map(([kind, found]) => {
    return `\n${kind === "stack" ? "the stack itself" : `${kind}s`}\n${found.map((one) => oneText(one, sides, style)).join("")}`;
  });
  return `${title}${parts.join("")}\n${plural(all.length, "difference")}\n`;
}

function oneText({ id, only, fields }: Difference, sides: Sides, style: Theme): string {
  if (only !== undefined) {
    const mark = only === "to" ? style.good("+") : style.bad("-");
    return `  ${mark} ${printable(id)}  ${style.dim(`only in ${printable(sides[only])}`)}\n`;
  }
  const width = Math.max(...fields.map(({ path }) => Math.min(32, widthOf(path))));
  const lines = fields.map((field) => `      ${pad(printable(field.path), width)}  ${valueText(field, style)}\n`);
  return `  ${style.changed("~")} ${printable(id)}\n${lines.join("")}`;
}

function valueText({ from, to }: FieldDifference, style: Theme): string {
  const none = style.dim("not set");
  const before = from === undefined ? none : style.bad(printable(from));
  const after = to === undefined ? none : style.good(printable(to));
  return `${before} ${style.dim("→")} ${after}`;
}
