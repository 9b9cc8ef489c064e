import type { Answers } from "./answer.ts";

/** Minutes that a clock may be off before that is said. */
export const TOLERATED = 5;

/** How many minutes a machine's clock is off ours, either way. Only people are told: no decision compares two clocks. */
export function minutesOff(answers: Answers, now: number): number {
  const time = Number(answers.get("fact:time"));
  return Number.isFinite(time) && time > 0 ? Math.round(Math.abs(time - now / 1000) / 60) : 0;
}

/** What a plan says about the clocks of its machines. */
export function clockNotes(seen: ReadonlyMap<string, Answers>, now: number): string[] {
  return [...seen].flatMap(([machine, answers]) => {
    const off = minutesOff(answers, now);
    if (off < TOLERATED) return [];
    const time = off < 120 ? `${off} minutes` : `${Math.round(off / 60)} hours`;
    return [`${machine}: its clock is ${time} off; nothing is decided by it, but times in its journal are wrong`];
  });
}
