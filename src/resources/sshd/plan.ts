import { ABSENT, ANY, type Answer, type AnswerMap, matches, parseAnswer, unword } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { Step } from "../../model/step.ts";
import { planFile } from "../../model/whole-file/plan.ts";
import type { SshdState } from "../sshd.ts";
import { DROP_IN, digestOf, dropIn, keysOf } from "./config.ts";
import { refuse } from "./refuse.ts";
import type { Wanted } from "./schema.ts";
import { CHECK, evidence, forget, record, reload } from "./steps.ts";

export const EFFECTIVE = "sshd-effective:main";
export const WANTED = "sshd-wanted:main";
export const DAEMON = "sshd-daemon:main";

/** The drop-in, what it makes of sshd's settings, and that the daemon has read it: each seen by itself. */
export function planSettings(wanted: Wanted, state: SshdState | undefined, context: PlanContext): Planned {
  refuse(wanted, context);
  const { answers } = context;
  const observed =
    state?.file === undefined
      ? ({ kind: "absent" } as const)
      : ({ kind: "present", state: state.file, owners: [] } as const);
  const file = planFile(dropIn(wanted), observed, context, { id: "sshd:main", check: CHECK, plain: true });
  const live = { ...daemonTo(digestOf(wanted), answers), ...effectiveTo(wanted, answers) };
  const seen = (key: string): Answer => answers.get(key) ?? ABSENT;
  const open = Object.entries(live).filter(([key, to]) => !matches(to, seen(key)));
  if (file.action === "noop" && open.length === 0) return noop({ ...file.to, ...seenOf(live, answers) });
  const movesPort =
    "fields" in wanted && keysOf(wanted.fields).some((key) => key === "port" || key === "listenaddress");
  return {
    action: state === undefined ? "create" : "update",
    diff: [...file.diff, ...open.flatMap(([key, to]) => diffs(key, seen(key), to))],
    steps: [...file.steps, ...reload(movesPort), record(digestOf(wanted))],
    from: { ...file.from, ...(isBringing(answers) ? anyOf(live) : seenOf(live, answers)) },
    to: { ...file.to, ...live },
    undo: undo(file.steps, state, movesPort),
    evidence: evidence(),
    ...(file.notes === undefined ? {} : { notes: file.notes }),
  };
}

export function planRemoval(state: SshdState, { answers }: PlanContext): Planned {
  const path = `path:${DROP_IN}`;
  const steps: Step[] = [{ kind: "remove", path: DROP_IN, keep: true }];
  return {
    action: "delete",
    diff: [{ path: "settings", from: "there", to: "" }],
    steps: [...steps, ...reload(true), forget()],
    from: { [path]: answers.get(path) ?? ABSENT, [DAEMON]: answers.get(DAEMON) ?? ABSENT },
    to: { [path]: ABSENT, ...daemonTo("none", answers) },
    undo: undo(steps, state, true),
    evidence: evidence(),
    notes: ["sshd goes by its other files again"],
  };
}

/** Back to the drop-in from before, by the bytes that the change keeps, and the daemon reads it. */
function undo(steps: readonly Step[], state: SshdState | undefined, movesPort: boolean): Step[] {
  const sha256 = state?.file?.sha256;
  const isKept = steps.some((step) => "keep" in step && step.keep === true);
  const back: Step[] =
    sha256 === undefined
      ? [{ kind: "remove", path: DROP_IN }]
      : isKept
        ? [
            {
              kind: "write",
              path: DROP_IN,
              content: { kept: sha256 },
              mode: state?.file?.mode.padStart(4, "0") ?? "0644",
            },
          ]
        : [];
  const config = state?.config ?? "none";
  return [...back, ...reload(movesPort), config === "none" ? forget() : record(config)];
}

function daemonTo(digest: string, answers: PlanContext["answers"]): AnswerMap {
  const { active = ANY, socket = ANY } = isBringing(answers) ? {} : parseAnswer(answers.get(DAEMON) ?? "").fields;
  return { [DAEMON]: `daemon config=${digest} active=${active} socket=${socket}` };
}

/** As sshd itself spells them; before it is there, they are known after apply. A drop-in seen before names no keys. */
function effectiveTo(wanted: Wanted, answers: PlanContext["answers"]): AnswerMap {
  if ("seen" in wanted) return {};
  const { head, fields } = parseAnswer(answers.get(WANTED) ?? "");
  const value = (key: string): string => (head === "wanted" ? fields[key] : undefined) ?? ANY;
  return { [EFFECTIVE]: ["effective", ...keysOf(wanted.fields).map((key) => `${key}=${value(key)}`)].join(" ") };
}

function seenOf(live: AnswerMap, answers: PlanContext["answers"]): AnswerMap {
  return Object.fromEntries(Object.keys(live).map((key) => [key, answers.get(key) ?? ABSENT]));
}

function anyOf(live: AnswerMap): AnswerMap {
  return Object.fromEntries(Object.keys(live).map((key) => [key, ANY]));
}

/** What moves, setting by setting. */
function diffs(key: string, from: Answer, to: Answer): Diff[] {
  const [before, after] = [parseAnswer(from), parseAnswer(to)];
  if (key === DAEMON) {
    const short = (config = "none"): string => (config === "none" ? "" : `sha256 ${config.slice(0, 12)}`);
    return [{ path: "read by the daemon", from: short(before.fields["config"]), to: short(after.fields["config"]) }];
  }
  if (before.head === "broken")
    return [{ path: "sshd", from: unword(before.fields["why"] ?? ""), to: "accepts its configuration" }];
  return Object.entries(after.fields)
    .filter(([name, value]) => before.fields[name] !== value)
    .map(([name, value]) => ({
      path: name,
      from: unword(before.fields[name] ?? ""),
      to: value === ANY ? ANY : unword(value),
    }));
}
