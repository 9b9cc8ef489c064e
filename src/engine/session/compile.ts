import { quote, quoteAll } from "../../lib/quote.ts";
import { ABSENT, type Answer, isUnknown } from "../../model/answer.ts";
import type { Change } from "../../model/change.ts";
import { FORMAT } from "../../model/journal.ts";
import { changesIn, type Item, type Program } from "../../model/program.ts";
import { type Askers, keyOf, type Query } from "../../model/query.ts";
import { type SecretValues, secretsIn } from "../../model/secret.ts";
import type { Step } from "../../model/step.ts";
import { askCalls, askerFunctions, OWN_ASKERS } from "./ask.ts";
import { answerPattern, compileStep, type Payloads } from "./compile-step.ts";
import { GUARD, guardFile } from "./guard.ts";
import { HIDE, maskText } from "./hide.ts";
import { itemRun, unmetRun } from "./item-run.ts";
import { PRELUDE } from "./prelude.ts";
import { PROXY } from "./proxy.ts";
import { RUNNER } from "./runner-text.ts";

/** A file that goes with a program. Hot ones hold secrets: they rest on tmpfs only, and end with the run. */
export interface PayloadFile {
  readonly name: string;
  readonly text: string;
  readonly hot: boolean;
}

export interface Compiled {
  readonly main: string;
  /** What the runner has to hide, for its tmpfs folder; empty when that is nothing. */
  readonly mask: string;
  readonly segments: readonly { readonly script: string; readonly files: readonly PayloadFile[] }[];
}

/** Turns a program into POSIX sh: a main script and a script for each segment. Pure. */
export function compile(program: Program, askers: Askers, secrets: SecretValues): Compiled {
  const numbers = new Map<string, number>();
  for (const change of changesIn(program)) numbers.set(change.id, numbers.size);
  const segments = program.segments.map((segment, index) => {
    const payloads = collect(`${index}`, secrets);
    const scripts = segment.items.map((item, at) => itemScript(program, item, `${index}_${at}`, numbers, payloads));
    if (segment.guard === true) guarded(program, index, numbers, askers, payloads, scripts);
    const failed = (segment.failed ?? []).map((id) => `FAILED="$FAILED$nl"${quote(id)}`);
    return { script: [...failed, ...scripts].join("\n"), files: payloads.files };
  });
  return { main: mainScript(program, askers), mask: maskText(program, secrets), segments };
}

/** Arms putting back before the segment's changes, and asks for a new connection after them. */
function guarded(
  program: Program,
  index: number,
  numbers: ReadonlyMap<string, number>,
  askers: Askers,
  payloads: Payloads & { files: PayloadFile[] },
  scripts: string[],
): void {
  const changes = (program.segments[index]?.items ?? []).flatMap((item) =>
    item.kind === "changes" ? item.changes : [],
  );
  const parts = changes.map((change) => {
    const n = numbers.get(change.id) ?? -1;
    const [name = "", , undo = ""] = changeFunctions(program, change, n, payloads);
    return { change, n, name, undo };
  });
  payloads.files.push({ name: `guard.${index}`, text: guardFile(program, index, parts, askers), hot: false });
  const blockAll = parts.map(({ n }) => `name_${n}; block ${n} "$id" "$full"`).join("; ");
  scripts.unshift(...parts.map(({ name }) => name), `if guard_begin ${index}; then`);
  scripts.push(`guard_end ${index}`, `else ${blockAll === "" ? ":" : blockAll}; fi`);
}

function collect(prefix: string, secrets: SecretValues): Payloads & { files: PayloadFile[] } {
  const files: PayloadFile[] = [];
  return {
    files,
    secrets,
    add(text, hot) {
      const name = `${prefix}.${files.length}`;
      files.push({ name, text, hot });
      return hot ? `"$hot"/${name}` : `"$dir"/${name}`;
    },
  };
}

function mainScript(program: Program, askers: Askers): string {
  const holder = JSON.stringify({ run: program.id, ...program.header, machines: undefined });
  const begin = `"t":"begin","format":${FORMAT},"header":${JSON.stringify(program.header)}`;
  const count = program.segments.length;
  return [
    PRELUDE,
    PROXY,
    `FAREWELL=${program.farewell === true ? 1 : 0}; RUN=${quote(program.id)}; OWNER=${quote(program.header.owner)}; HOLDER=${quote(holder)}`,
    `dir=$DROVER_STATE/runs/$RUN; hot=$DROVER_RUN/$RUN`,
    RUNNER,
    HIDE,
    GUARD,
    askerFunctions({ ...askers, ...OWN_ASKERS }),
    `printf '%s %s\\n' $$ "$(started $$)" >"$dir/pid.new"; mv "$dir/pid.new" "$dir/pid"`,
    `trap '' HUP PIPE`,
    `take_lock`,
    `guard_left`,
    `resumed || journal ${quote(begin)}`,
    `segment=0`,
    `while [ $segment -lt ${count} ]; do`,
    `  await_segment $segment || { failed=$((failed + 1)); break; }`,
    `  [ -e "$dir/cancel" ] && { failed=$((failed + 1)); break; }`,
    `  . "$dir/segment.$segment"`,
    `  segment=$((segment + 1))`,
    `done`,
    program.checkpoint === undefined
      ? ""
      : `[ "$failed" != 0 ] || put "$DROVER_STATE/checkpoint" 0600 "$(id -un):$(id -gn)" "$dir/checkpoint" 0`,
    `finish`,
    "",
  ].join("\n");
}

function itemScript(
  program: Program,
  item: Item,
  at: string,
  numbers: ReadonlyMap<string, number>,
  payloads: Payloads,
): string {
  if (item.kind === "note") {
    const note = quote(`"t":"note","note":${JSON.stringify(item.note)}`);
    const otherwise =
      item.otherwise === undefined ? "" : `journal ${quote(`"t":"note","note":${JSON.stringify(item.otherwise)}`)}`;
    return `if blocked_by '' ${quoteAll(item.needs)}; then :; ${otherwise}\nelse journal ${note}; fi\n`;
  }
  const n = (change: Change): number => numbers.get(change.id) ?? -1;
  const { unmet = {} } = item;
  const rest = { ...item, changes: item.changes.filter((change) => unmet[change.id] === undefined) };
  return [
    ...item.changes.flatMap((change) => changeFunctions(program, change, n(change), payloads)),
    ...item.changes.flatMap((change) => unmetRun(n(change), unmet[change.id])),
    `ask_${at}() {\n${askScript(rest, payloads)}\n}`,
    ...stepFunctions(rest, n, at, payloads),
    itemRun(rest.changes.map(n), at, item.merged),
  ].join("\n");
}

type ChangesItem = Extract<Item, { kind: "changes" }>;

/** The steps of each change, or of all as one transaction. */
function stepFunctions(item: ChangesItem, n: (change: Change) => number, at: string, payloads: Payloads): string[] {
  const steps = (name: string, list: readonly Step[]): string => `steps_${name}() {\n${stepList(list, payloads)}\n}`;
  return item.merged === undefined
    ? item.changes.map((change) => steps(`${n(change)}`, change.steps))
    : [steps(at, item.merged)];
}

/** Asks all keys of the item, from a hot file where a question carries a secret. */
function askScript(item: ChangesItem, payloads: Payloads): string {
  const keys = new Set(item.changes.flatMap((change) => [...Object.keys(change.from), ...Object.keys(change.to)]));
  const known = new Map(item.changes.flatMap((change) => change.queries ?? []).map((query) => [keyOf(query), query]));
  const queries = [...keys].map((key) => known.get(key) ?? queryOf(key));
  const calls = askCalls(queries, payloads.secrets);
  return queries.some((query) => secretsIn(query.extra ?? []).size > 0)
    ? `. ${payloads.add(calls, true)}`
    : calls || ":";
}

function queryOf(key: string): Query {
  const at = key.indexOf(":");
  return { kind: key.slice(0, at), arg: key.slice(at + 1) };
}

function stepList(steps: readonly Step[] | undefined, payloads: Payloads): string {
  return (steps ?? []).map((step) => compileStep(step, payloads)).join("\n") || ":";
}

function changeFunctions(program: Program, change: Change, n: number, payloads: Payloads): string[] {
  const id = `${change.type}:${change.name}`;
  const facts = {
    action: change.action,
    owner: program.header.owner,
    ...(change.app === undefined ? {} : { app: change.app }),
    ...(change.rollout === undefined ? {} : { group: change.rollout.group }),
    ...(change.brought === true ? { brought: true } : {}),
    ...(change.found === true ? { found: true } : {}),
    ...(change.secretSpec === undefined ? {} : { secret: true }),
  };
  const role = change.rollout?.role;
  const group = role === "new" || role === "pause" ? (change.rollout?.group ?? "") : "";
  return [
    // The id inside JSON inside shell: escaped once for each.
    `name_${n}() { id=${quote(JSON.stringify(id).slice(1, -1))}; full=${quote(change.id)}; group=${quote(group)}; undoes=${(change.undo ?? []).length > 0 ? 1 : 0}; action=${change.action}; spec=${quote(specPart(change))}; extra=${quote(JSON.stringify(facts).slice(1, -1))}"\${found_${n}-}"; needs_blocked() { blocked_by ${quote(change.rollout?.group ?? "")} ${quoteAll(change.needs)}; }; }`,
    `check_${n}() {\nat_to=1; allowed=1; bad=; answers=\n${checks(change)}${foundCheck(change, n)}\n}`,
    `undo_${n}() {\n${stepList(change.undo, payloads)}\n}`,
    `evidence_${n}() {\n${evidenceList(change.evidence, payloads)}\n}`,
  ];
}

/** References to secrets, for the journal: never a value. */
function specPart({ secretSpec }: Change): string {
  return secretSpec === undefined ? "" : `,"spec":${JSON.stringify(secretSpec)}`;
}

function evidenceList(steps: readonly Step[] | undefined, payloads: Payloads): string {
  return (steps ?? []).map((step) => compileStep(step, payloads).replace(/ \|\| return$/, " || :")).join("\n") || ":";
}

/** Compares every key of the change: at `to`, at `from`, or neither. */
function checks(change: Change): string {
  const keys = [...new Set([...Object.keys(change.from), ...Object.keys(change.to)])];
  return keys.map((key) => check(key, change.from[key], change.to[key])).join("\n") || ":";
}

/** Whether it was there before its own steps: asked once, before a run that a boot cut off had begun it. */
function foundCheck({ foundBy, found }: Change, n: number): string {
  if (foundBy === undefined || found === true) return "";
  return `
case \${looked_${n}-}$BEGUN in 1* | *" ${n} "*) ;; *)
  looked_${n}=1; answer_of ${quote(foundBy)}
  case $REPLY in ${ABSENT} | unknown*) ;; *) found_${n}=',"found":true'; extra=$extra$found_${n} ;; esac ;;
esac`;
}

function check(key: string, from: Answer | undefined, to: Answer | undefined): string {
  const expected = from !== undefined && !isUnknown(from) ? from : to;
  return [
    `answer_of ${quote(key)}; noted ${quote(JSON.stringify(key))}`,
    to === undefined
      ? ""
      : `case $REPLY in ${answerPattern(to)}) ;; *) at_to=0; bad=${quote(`${key} is `)}"$REPLY"${quote(`, not ${to}`)}`,
    to === undefined
      ? `case $REPLY in ${answerPattern(from ?? "")}) ;; *) allowed=0; bad=${quote(`${key} is `)}"$REPLY"${quote(`, not ${from}`)} ;; esac`
      : `case $REPLY in ${from === undefined ? "''" : answerPattern(from)}) ;; *) allowed=0; bad=${quote(`${key} is `)}"$REPLY"${quote(`; the plan saw ${expected}`)} ;; esac ;; esac`,
  ]
    .filter((part) => part !== "")
    .join("\n");
}
