import { allPoints, type Counts, type Point, parsePoint } from "./point.ts";
import { type Mode, sample } from "./sample.ts";

/** The three kinds of `up` that faults hit: a new release, one whose build takes a while, the first on a bare host. */
export const SCENARIOS = ["release", "build", "first"] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** How many points are tried of a scenario that is not tried at all of them, in a sample and otherwise. */
const TRIED: Readonly<Record<Scenario, { readonly sample: number; readonly all: number }>> = {
  release: { sample: 8, all: Number.POSITIVE_INFINITY },
  build: { sample: 1, all: 12 },
  first: { sample: 1, all: 12 },
};

/**
 * The points that are a scenario's own. Only the bytes of a build are new in one: all else is as in any release. What a first
 * `up` leaves is compared with an undisturbed one, which has no newer release after it.
 */
const OWN: Readonly<Record<Scenario, (point: Point) => boolean>> = {
  release: () => true,
  build: ({ when }) => when === "stream",
  first: ({ next }) => next === "same",
};

/** About what the first `up` of a bare host counts. */
export const FIRST_COUNTS: Counts = { lines: 24, exchanges: 30, chunks: 20 };

/** The points of a scenario that are asked for: in DROVER_FAULTS those of a build and a first `up` say so before. */
export function pointsFor(scenario: Scenario, mode: Mode, counts: Counts, random: () => number): Point[] {
  if (mode.kind === "these") {
    return mode.texts
      .filter((text) => scenarioOf(text) === scenario)
      .map((text) => parsePoint(text.slice(text.indexOf("/") + 1)));
  }
  const own = allPoints(counts).filter(OWN[scenario]);
  const count = TRIED[scenario][mode.kind];
  return count >= own.length ? own : sample(own, count, random);
}

/** Whether a scenario has anything to do at all. */
export function isAsked(scenario: Scenario, mode: Mode): boolean {
  return mode.kind !== "these" || mode.texts.some((text) => scenarioOf(text) === scenario);
}

function scenarioOf(text: string): Scenario {
  const before = text.includes("/") ? text.slice(0, text.indexOf("/")) : "release";
  const found = SCENARIOS.find((scenario) => scenario === before);
  if (found === undefined) throw new Error(`"${text}": no scenario ${before}; there are ${SCENARIOS.join(", ")}`);
  return found;
}
