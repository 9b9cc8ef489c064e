import type { Injection } from "./inject.ts";
import { pointText } from "./point.ts";
import { kindOf } from "./sample.ts";

/** What was injected, by kind, and every failure with how to see it again. Pure. */
export function reportText(title: string, injections: readonly Injection[]): string {
  const kinds = Map.groupBy(injections, ({ point }) => kindOf(point));
  const rows = [...kinds].map(([kind, group]) => {
    const fired = group.filter((one) => one.fired);
    const points = fired.map(({ point }) => point.at).toSorted((one, other) => one - other);
    const missed = group.length - fired.length;
    return [
      `  ${kind}: ${fired.length} injected (${points.join(" ")})`,
      `, ${fired.filter((one) => one.survived).length} went on by themselves`,
      missed === 0 ? "" : `, ${missed} not reached`,
    ].join("");
  });
  const fired = injections.filter((one) => one.fired).length;
  const failed = injections.filter((one) => one.wrong.length > 0);
  return [`${title}: ${fired} faults injected, ${failed.length} failed`, ...rows, ...failed.map(failureText), ""].join(
    "\n",
  );
}

export function failureText({ point, wrong, evidence }: Injection): string {
  return [`FAILED DROVER_FAULTS=${pointText(point)}`, ...wrong, `evidence: ${evidence ?? "none"}`].join("\n  ");
}
