import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answers, isUnknown, matches, parseAnswer, unword, word } from "../../model/answer.ts";
import { refuseWithoutApt } from "../../model/apt/only.ts";
import { awaitIdle, QUIET } from "../../model/apt.ts";
import { noop, type Planned } from "../../model/change.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import { type Concat, isConcat, maskText, type Text } from "../../model/secret.ts";
import type { DebconfSpec, DebconfState } from "../debconf.ts";
import { type Answer, isSecret, keyOfQuestion, textOf } from "./question.ts";

interface Question {
  readonly name: string;
  readonly answer: Answer;
  readonly key: string;
  readonly seen: string;
  readonly to: string;
}

export function planAnswers(name: string, spec: DebconfSpec, { answers, facts }: PlanContext): Planned {
  refuseWithoutApt(`debconf:${name}`, facts, "take it out for this machine: packages of rpm ask nothing");
  const all = Object.entries(spec.answers).map(([question, answer]) => questionOf(question, answer, answers));
  const isThere = isInstalled(name, answers);
  const open = all.filter((one) => !isAnswered(name, one));
  const notes = all
    .filter(({ seen }) => isHidden(seen))
    .map((one) => `${one.name}: secret unknown here, so that its answer could not be compared`);
  const whole = answers.get(`debconf:${name}`) ?? ABSENT;
  // What could not be compared is left as it is, and promised to nobody.
  const told = all.filter(({ seen }) => !isUnknown(seen)).map(({ key, seen }) => [key, seen] as const);
  const from = { [`debconf:${name}`]: whole, ...Object.fromEntries(told) };
  if (open.length === 0) return { ...noop(from), ...(notes.length === 0 ? {} : { notes }) };
  const said = isThere
    ? [...notes, `${name} is installed already, and takes this up when it is next configured: dpkg-reconfigure ${name}`]
    : notes;
  return {
    action: whole === ABSENT ? "create" : "update",
    diff: open.map((one) => ({ path: one.name, from: shown(one.seen), to: maskText(textOf(one.answer)) })),
    steps: [
      awaitIdle,
      { kind: "exec", argv: ["debconf-set-selections"], stdin: selections(name, open), env: QUIET, within: 60 },
    ],
    from,
    to: {
      ...from,
      [`debconf:${name}`]: "owned names=*",
      ...Object.fromEntries(open.map(({ key, to }) => [key, to])),
    },
    ...(said.length === 0 ? {} : { notes: said }),
  };
}

function questionOf(name: string, answer: Answer, answers: Answers): Question {
  const key = keyOfQuestion(name, answer);
  // A package may take a password and wipe it, in this very run.
  const to = isSecret(answer) ? "given how=*" : `answer seen=yes value=${word(maskText(textOf(answer)))}`;
  return { name, answer, key, seen: answers.get(key) ?? ABSENT, to };
}

function isAnswered(name: string, { name: question, seen, to }: Question): boolean {
  if (matches(to, seen) || isHidden(seen)) return true;
  if (parseAnswer(seen).head !== "password") return false;
  throw new DroverError("CONFLICT", `debconf:${name}: ${question} is a password`, {
    hint: "give it as `secret(...)`: so it is neither shown nor kept where others read it",
  });
}

function isHidden(seen: string): boolean {
  return isUnknown(seen) && parseAnswer(seen).fields["why"] === "secret";
}

function isInstalled(name: string, answers: Answers): boolean {
  return parseAnswer(answers.get(`package:${name}`) ?? ABSENT).head === "installed";
}

function shown(seen: string): string {
  const { head, fields } = parseAnswer(seen);
  if (head === ABSENT || head === "none") return "";
  const value = fields["value"] === undefined ? "another" : unword(fields["value"]);
  return fields["seen"] === "no" ? `${value} (default)` : value;
}

/** Of a password debconf makes an answer that only root may read; other types are the package's to say. */
function selections(name: string, open: readonly Question[]): Text {
  const parts = open.flatMap(({ name: question, answer }): Concat["concat"] => {
    const text = textOf(answer);
    const kind = isSecret(answer) ? "password" : typeof answer === "boolean" ? "boolean" : "string";
    return [`${name} ${question} ${kind} `, ...(isConcat(text) ? text.concat : [text]), "\n"];
  });
  return { concat: parts };
}

export function planRemoval(name: string, observed: Observed<DebconfState>, { answers }: PlanContext): Planned {
  if (observed.kind !== "present") return noop();
  const key = `debconf:${name}`;
  const from = { [key]: answers.get(key) ?? ANY };
  if (isInstalled(name, answers)) {
    const diff = [{ path: "owned", from: "yes", to: "no" }];
    return {
      action: "delete",
      diff,
      steps: [],
      from,
      to: from,
      notes: [`the answers stay: ${name} is installed with them`],
    };
  }
  return {
    action: "delete",
    diff: [{ path: "answers", from: "there", to: "" }],
    steps: [awaitIdle, { kind: "exec", argv: ["debconf-communicate", name], stdin: "PURGE\n", env: QUIET, within: 60 }],
    from,
    to: { [key]: ABSENT },
  };
}
