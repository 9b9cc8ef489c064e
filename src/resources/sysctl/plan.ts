import { ABSENT, ANY, type Answers, formatAnswer, isUnknown, parseAnswer, unword, word } from "../../model/answer.ts";
import type { Planned } from "../../model/change.ts";
import type { Effect } from "../../model/effect.ts";
import type { PlanContext } from "../../model/resource.ts";
import type { ExecStep } from "../../model/step.ts";
import { confPath, kernelPath, plainValue } from "./key.ts";

/** What the kernel has. */
interface Kernel {
  readonly value: string;
  readonly isClosed: boolean;
}

/** What other files set, and what our own says was before it and how it is written. */
interface Conf {
  readonly was?: string;
  readonly isTight: boolean;
  readonly other?: { readonly value: string; readonly by: string; readonly isLast: boolean };
}

/** Undefined where this kernel does not have it (yet), or does not tell. */
export function kernelOf(key: string, answers: Answers): Kernel | undefined {
  const { head, fields } = parseAnswer(answers.get(`sysctl:${key}`) ?? "");
  if (head !== "set") return undefined;
  return { value: unword(fields["value"] ?? ""), isClosed: fields["access"] === "ro" };
}

export function confOf(key: string, answers: Answers): Conf {
  const { was, tight, value, by, last } = parseAnswer(answers.get(`sysctl-conf:${key}`) ?? "").fields;
  return {
    isTight: tight === "yes",
    ...(was === undefined ? {} : { was: unword(was) }),
    ...(by === undefined ? {} : { other: { value: unword(value ?? ""), by: unword(by), isLast: last === "yes" } }),
  };
}

/**
 * What the kernel had before us is kept in the file: it is put back when the file goes. Blanks are as they are, so that a file
 * that another tool made is right as it is.
 */
export function contentOf(key: string, value: string, answers: Answers): string {
  const before = beforeUs(key, answers);
  const is = confOf(key, answers).isTight ? "=" : " = ";
  return `${before === undefined ? "" : `# before: ${before}\n`}${key}${is}${value}\n`;
}

/** What our file says, once it is there. */
function beforeUs(key: string, answers: Answers): string | undefined {
  const isNew = (answers.get(`path:${confPath(key)}`) ?? ABSENT) === ABSENT;
  return isNew ? kernelOf(key, answers)?.value : confOf(key, answers).was;
}

/** A module that this run loads may bring it. (`use=*` is only ever promised, never seen.) */
function isComing(answers: Answers): boolean {
  return [...answers].some(([key, answer]) => key.startsWith("module:") && answer.startsWith("loaded use=* "));
}

/** The kernel's value follows the file, where it may be set. */
export function effectsOf(key: string, value: string, answers: Answers): Effect[] {
  const kernel = kernelOf(key, answers);
  const wanted: Effect = { key: `sysctl:${key}`, to: `set value=${word(value)} access=rw`, label: "in the kernel" };
  const isAwaited = answers.get(wanted.key) === "absent" && isComing(answers);
  if (kernel === undefined) return isAwaited ? [{ ...wanted, from: ANY }] : [];
  return kernel.isClosed ? [] : [wanted];
}

export function notesOf(key: string, value: string, answers: Answers): string[] {
  const kernel = kernelOf(key, answers);
  const { other } = confOf(key, answers);
  return [
    ...(kernel === undefined && effectsOf(key, value, answers).length === 0 ? [notHere(key, answers)] : []),
    ...(kernel?.isClosed === true && kernel.value !== value
      ? [`${key} is ${kernel.value} and read-only here, as in a container: only the file is kept`]
      : []),
    ...(other?.isLast === true && plainValue(other.value) !== value
      ? [`${other.by} comes later and sets ${key} to ${other.value}: that counts after a boot`]
      : []),
  ];
}

function notHere(key: string, answers: Answers): string {
  return answers.get(`sysctl:${key}`) === "absent"
    ? `this kernel has no ${key} now: only the file is kept, which counts once what brings it is loaded at boot`
    : `${key} cannot be read here: only the file is kept`;
}

/** Sets it in the kernel; what is not there is left to the proof. */
export function setStep(key: string, value: string): ExecStep {
  const script = '[ ! -e "$1" ] || printf "%s\\n" "$2" >"$1"';
  return { kind: "exec", argv: ["sh", "-c", script, "sh", kernelPath(key), value], within: 30 };
}

/** Puts the kernel at what a file of ours says that was put back: it alone knows what. */
export function followStep(key: string): ExecStep {
  const script =
    '[ -w "$1" ] && [ -f "$2" ] || exit 0; v=$(sed -n "s/^[^#=]*= *//p" "$2"); [ -z "$v" ] || printf "%s\\n" "$v" >"$1"';
  return { kind: "exec", argv: ["sh", "-c", script, "sh", kernelPath(key), confPath(key)], within: 30 };
}

/** What the file will say was before is promised with it. */
export function withBefore(key: string, planned: Planned, { answers }: PlanContext): Planned {
  const conf = `sysctl-conf:${key}`;
  const seen = answers.get(conf);
  const before = beforeUs(key, answers);
  if (planned.action === "noop" || seen === undefined || isUnknown(seen)) return planned;
  const { was, ...others } = parseAnswer(seen).fields;
  const to = formatAnswer("conf", { ...(before === undefined ? {} : { was: word(before) }), ...others });
  return { ...planned, from: { ...planned.from, [conf]: seen }, to: { ...planned.to, [conf]: to } };
}

/** The kernel first, then the file: a run that was killed between them does both again. */
export function withRestored(key: string, removal: Planned, { answers }: PlanContext): Planned {
  const kernel = kernelOf(key, answers);
  const { was, other } = confOf(key, answers);
  const value = other === undefined ? was : plainValue(other.value);
  if (removal.action !== "delete") return removal;
  const steps = removal.steps.filter((step) => step.kind === "remove");
  if (kernel === undefined || kernel.isClosed) return { ...removal, steps };
  if (value === undefined) {
    return {
      ...removal,
      steps,
      notes: [`what ${key} was before is not known: it stays ${kernel.value} until the next boot`],
    };
  }
  if (value === kernel.value) return { ...removal, steps };
  const answer = `sysctl:${key}`;
  return {
    ...removal,
    diff: [...removal.diff, { path: "in the kernel", from: kernel.value, to: value }],
    steps: [setStep(key, value), ...steps],
    from: { ...removal.from, [answer]: answers.get(answer) ?? "" },
    to: { ...removal.to, [answer]: `set value=${word(value)} access=rw` },
  };
}
