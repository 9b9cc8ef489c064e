import type { ApplyOptions, Failure, Outcome, ProvenUrl } from "../api.ts";
import { DroverError } from "../lib/error.ts";
import { printable, printableLines } from "../lib/printable.ts";
import { isEmpty, type Plan } from "../model/plan.ts";
import type { FlagValues } from "./command.ts";
import { consent } from "./consent.ts";
import { EXIT } from "./exit.ts";
import type { consentFlags } from "./flags.ts";
import type { Work } from "./open.ts";
import { plural } from "./render/marks.ts";
import { notesText, planText, summary } from "./render/plan.ts";
import type { Theme } from "./render/theme.ts";

/** Shows a plan, asks, applies it, tells how it went. The way of every command that changes something. */
export async function carryOut(
  plan: Plan,
  command: string,
  flags: FlagValues<typeof consentFlags>,
  work: Work,
  rolling: Pick<ApplyOptions, "batch" | "maxFailures"> = {},
): Promise<number> {
  const { io, json, style } = work;
  if (!json) io.out(isEmpty(plan) && plan.problems.length === 0 ? notesText(plan, style) : planText(plan, style));
  refuseProblems(plan);
  if (!isEmpty(plan)) await consent(plan, flags, work);
  const allowDelete = flags["allow-delete"];
  io.live.stopping =
    "\nStopping. A host finishes the step it is in; what is left is done by the next run of the same command.\n" +
    "Press Ctrl-C again to leave at once.\n";
  const outcome = await work.watch((emit) => {
    // A new view knows nothing of the plan yet; programs have been told.
    if (!json) emit({ event: "planned", plan });
    return work.drover.apply(work.stack, plan, { ...work.options, ...rolling, emit, allowDelete, command });
  });
  if (json) io.out(`${JSON.stringify({ event: "outcome", ...outcome })}\n`);
  else io.out(outcomeText(outcome, plan, style));
  return outcome.ok ? EXIT.done.code : EXIT.failed.code;
}

/** A plan with problems has shown them; what is left is to say that nothing was done. */
export function refuseProblems(plan: Plan): void {
  const [first, ...others] = plan.problems;
  if (first === undefined) return;
  const where = first.id ?? first.machine;
  throw new DroverError(
    first.code,
    others.length === 0 ? first.message : `${plan.problems.length} problems: ${first.message}`,
    {
      ...(where === undefined ? {} : { where: { resource: where } }),
      evidence: others.map((problem) => problem.message),
      hint: first.hint,
    },
  );
}

function outcomeText(outcome: Outcome, plan: Plan, style: Theme): string {
  const head = outcome.ok
    ? `${style.good("✔")} ${isEmpty(plan) ? summary(plan) : `done, ${plural(outcome.changed, "change")}`}\n`
    : `${style.bad("✘")} failed, ${plural(outcome.changed, "change")} done; the next run of the same command goes on from there\n`;
  return [
    ...outcome.failures.map((failure) => failureText(failure, style)),
    ...leftText(outcome, style),
    head,
    ...outcome.urls.map((url) => urlText(url, style)),
  ].join("");
}

/** Machines that no batch came to, by what held it. */
function leftText({ left = [] }: Outcome, style: Theme): string[] {
  return [...Map.groupBy(left, ({ why }) => why)].map(([why, machines]) => {
    const names = machines.map(({ machine }) => printable(machine)).join(", ");
    return `${style.changed("not begun:")} ${names}; ${printable(why)}\n`;
  });
}

function failureText(failure: Failure, style: Theme): string {
  const where = [failure.machine, failure.id]
    .filter((part) => part !== "")
    .map(printable)
    .join(" ");
  const lines = [
    `${style.bad(style.strong("failed:"))} ${printableLines(failure.message)}`,
    ...(where === "" ? [] : [`  in ${where}`]),
    // Output often begins with what the message says already.
    ...failure.evidence
      .slice(failure.evidence[0] === failure.message ? 1 : 0)
      .map((line) => style.dim("  | ") + printableLines(line)),
    ...(failure.hint === "" ? [] : [`  ${style.accent("fix:")} ${printable(failure.hint)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function urlText(url: ProvenUrl, style: Theme): string {
  const proof = { client: "answers", host: "proven from the host only", nowhere: "does not answer" }[url.from];
  const mark = url.from === "nowhere" ? style.bad("✘") : style.good("→");
  const status = url.status === 0 ? "" : ` (${url.status})`;
  const advice = url.advice === undefined ? "" : `  ${style.accent("note:")} ${printable(url.advice)}\n`;
  return `${mark} ${style.strong(printable(url.url))}  ${printable(url.app)} ${proof}${status}\n${advice}`;
}
