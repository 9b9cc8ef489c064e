/** Whom a fault hits: the runner on the host, the client, or the link between client and host. */
export const WHO = ["runner", "client", "link"] as const;
export type Who = (typeof WHO)[number];

/**
 * Where in an exchange or a journal line it hits.
 * Runner: `before` and `after` a line is appended, `within` what follows the line.
 * Client and link: `before` a request leaves, `during` (the client: as soon as it left; the link: its answer is lost),
 * `after` its answer came, `stream`: when a chunk of bytes comes over a further stream (a build, sent layers).
 */
export const WHEN: Readonly<Record<Who, readonly string[]>> = {
  runner: ["before", "after", "within"],
  client: ["before", "during", "after", "stream"],
  link: ["before", "during", "after", "stream"],
};

/** `same`: the next run wants what the interrupted one wanted; `newer`: the source has changed again by then. */
export type Next = "same" | "newer";

/** One place for a fault: the `at`th journal line, exchange or chunk of an `up`. */
export interface Point {
  readonly who: Who;
  readonly when: string;
  readonly at: number;
  readonly next: Next;
}

export function pointText({ who, when, at, next }: Point): string {
  return `${who}:${when}:${at}${next === "same" ? "" : `:${next}`}`;
}

/** Reads what `pointText` wrote, e.g. from DROVER_FAULTS. */
export function parsePoint(text: string): Point {
  const [, first = "", when = "", at = "", next = "same"] =
    /^([a-z]+):([a-z]+):([1-9]\d*)(?::(same|newer))?$/.exec(text) ?? [];
  const who = WHO.find((one) => one === first);
  if (who === undefined || !WHEN[who].includes(when)) {
    throw new Error(`"${text}" is no point: runner:before:17, client:during:3, link:after:5:newer, ...`);
  }
  return { who, when, at: Number(at), next: next === "newer" ? "newer" : "same" };
}

/** How many journal lines, exchanges and chunks an undisturbed `up` has. */
export interface Counts {
  readonly lines: number;
  readonly exchanges: number;
  readonly chunks: number;
}

/** Every point of an `up`: all with the same source afterwards, those of the runner also with a newer one. */
export function allPoints(counts: Counts): Point[] {
  const same = WHO.flatMap((who) => WHEN[who].flatMap((when) => pointsOf(who, when, counts)));
  const newer = pointsOf("runner", "after", counts).map((point): Point => ({ ...point, next: "newer" }));
  return [...same, ...newer];
}

function pointsOf(who: Who, when: string, counts: Counts): Point[] {
  const count = when === "stream" ? counts.chunks : who === "runner" ? counts.lines : counts.exchanges;
  return Array.from({ length: count }, (_, index) => ({ who, when, at: index + 1, next: "same" }));
}
