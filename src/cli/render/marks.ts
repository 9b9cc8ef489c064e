import type { Action } from "../../model/change.ts";
import type { Theme } from "./theme.ts";

/** The mark of a planned change. */
export function actionMark(action: Action, style: Theme): string {
  switch (action) {
    case "create":
      return style.good("+");
    case "update":
      return style.changed("~");
    case "replace":
      return style.changed("±");
    case "delete":
      return style.bad("-");
    case "noop":
      return style.dim("=");
    default:
      return action satisfies never;
  }
}

/** `1.2 s`, `48 s`, `3 min 05 s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** `812 B`, `1.4 MB`. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
  const value = count / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[power]}`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
