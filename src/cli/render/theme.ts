import { styleText } from "node:util";

type Paint = (text: string) => string;

/** How text is set off. Without colour every paint leaves it as it is. */
export interface Theme {
  readonly color: boolean;
  readonly strong: Paint;
  readonly dim: Paint;
  readonly good: Paint;
  readonly changed: Paint;
  readonly bad: Paint;
  readonly accent: Paint;
}

export function theme(color: boolean): Theme {
  const paint = (format: Parameters<typeof styleText>[0]): Paint =>
    color ? (text) => styleText(format, text, { validateStream: false }) : (text) => text;
  return {
    color,
    strong: paint("bold"),
    dim: paint("dim"),
    good: paint("green"),
    changed: paint("yellow"),
    bad: paint("red"),
    accent: paint("cyan"),
  };
}
