import type { Scenario } from "./asked.ts";
import type { Injection } from "./inject.ts";
import { pointText } from "./point.ts";
import { kindOf } from "./sample.ts";

/** What was injected, by kind, and every failure with how to see it again. Pure. */
export function reportText(scenario: Scenario, injections: readonly Injection[]): string {
  const kinds = [...Map.groupBy(injections, ({ point }) => kindOf(point))];
  const fired = injections.filter((one) => one.fired).length;
  const failed = injections.filter((one) => one.wrong.length > 0);
  return [
    `${scenario}: ${fired} faults injected, ${failed.length} failed`,
    ...kinds.map(([kind, group]) => kindText(kind, group)),
    ...failed.map((injection) => failureText(scenario, injection)),
    "",
  ].join("\n");
}

function kindText(kind: string, group: readonly Injection[]): string {
  const fired = group.filter((one) => one.fired);
  const points = fired.map(({ point }) => point.at).toSorted((one, other) => one - other);
  const missed = group.length - fired.length;
  return [
    `  ${kind}: ${fired.length} injected (at ${points.join(" ")})`,
    `${fired.filter((one) => one.survived).length} went on by themselves`,
    ...(missed === 0 ? [] : [`${missed} not reached`]),
  ].join(", ");
}

/** A failure, its evidence, and what sees it again. */
export function failureText(scenario: Scenario, { point, wrong, evidence }: Injection): string {
  const again = `DROVER_FAULTS=${scenario === "release" ? "" : `${scenario}/`}${pointText(point)}`;
  return [`FAILED ${again}`, ...wrong, `evidence: ${evidence ?? "none"}`].join("\n  ");
}
