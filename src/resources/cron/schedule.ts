/**
 * What Debian's cron takes as a time, and no more: libraries know expressions (`L`, `5/15`, seconds) that it would refuse in
 * its log alone, and the job would never run.
 */
const MACROS = ["@reboot", "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS = [
  { name: "minute", from: 0, to: 59, names: [] as readonly string[] },
  { name: "hour", from: 0, to: 23, names: [] as readonly string[] },
  { name: "day of the month", from: 1, to: 31, names: [] as readonly string[] },
  { name: "month", from: 1, to: 12, names: MONTHS as readonly string[] },
  { name: "day of the week", from: 0, to: 7, names: DAYS as readonly string[] },
] as const;

type Field = (typeof FIELDS)[number];

/** What is wrong with a schedule; undefined where cron takes it. */
export function wrongSchedule(text: string): string | undefined {
  if (text.startsWith("@")) return MACROS.includes(text) ? undefined : `expected one of ${MACROS.join(", ")}`;
  const parts = text.split(" ");
  if (parts.length !== FIELDS.length) {
    return "expected five fields with one space between: minute, hour, day of the month, month, day of the week";
  }
  for (const [at, field] of FIELDS.entries()) {
    const wrong = parts[at]?.split(",").find((item) => !isItem(item, field));
    if (wrong !== undefined) return `${field.name}: cron does not take ${JSON.stringify(wrong)}`;
  }
  return undefined;
}

/** `*`, `5`, `mon`, `1-5`, each range with a step. */
function isItem(item: string, field: Field): boolean {
  const [, range = "", step] = /^([^/]+)(?:\/(\d{1,2}))?$/.exec(item) ?? [];
  if (step !== undefined && (Number(step) < 1 || !(range === "*" || range.includes("-")))) return false;
  if (range === "*") return true;
  const [first, last, ...more] = range.split("-").map((word) => numberIn(word, field));
  if (first === undefined || more.length > 0) return false;
  if (!range.includes("-")) return true;
  return last !== undefined && first <= last;
}

function numberIn(word: string, { from, to, names }: Field): number | undefined {
  const named = names.indexOf(word.toLowerCase());
  // Months count from one, days of the week from zero.
  if (named !== -1) return named + from;
  const value = /^\d{1,2}$/.test(word) ? Number(word) : undefined;
  return value !== undefined && value >= from && value <= to ? value : undefined;
}
