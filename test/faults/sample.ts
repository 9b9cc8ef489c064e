import { type Point, pointText } from "./point.ts";

/** What DROVER_FAULTS asks for: all points, a sample of them, or those named. */
export type Mode =
  | { readonly kind: "all" }
  | { readonly kind: "sample" }
  | { readonly kind: "these"; readonly texts: readonly string[] };

export function modeOf(asked: string | undefined): Mode {
  if (asked === undefined || asked === "" || asked === "all") return { kind: "all" };
  if (asked === "sample") return { kind: "sample" };
  return { kind: "these", texts: asked.split(",").map((text) => text.trim()) };
}

/** Numbers from 0 to 1 that the seed decides (the mulberry32 generator). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((value) => ({ value, order: random() }))
    .toSorted((one, other) => one.order - other.order)
    .map(({ value }) => value);
}

/** `count` points, of as many different kinds as there are before a kind has a second one. */
export function sample(points: readonly Point[], count: number, random: () => number): Point[] {
  const kinds = Map.groupBy(shuffled(points, random), kindOf);
  const rounds = [...kinds.values()].flatMap((kind) => kind.map((point, round) => ({ point, round })));
  return shuffled(rounds, random)
    .toSorted((one, other) => one.round - other.round)
    .slice(0, count)
    .map(({ point }) => point);
}

/** A point without its number. */
export function kindOf(point: Point): string {
  return pointText({ ...point, at: 1 }).replace(":1", "");
}
