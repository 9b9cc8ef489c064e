import { quote, quoteAll } from "../../lib/quote.ts";
import { ANY, type Answer } from "../../model/answer.ts";
import { keyOf, type Query } from "../../model/query.ts";
import { type Json, reveal, revealText, type SecretValues, secretsIn, type Text } from "../../model/secret.ts";
import {
  blobOf,
  type CallStep,
  type EditStep,
  type ExecStep,
  isBlobRef,
  isKept,
  type Step,
  type WaitStep,
  type WriteStep,
} from "../../model/step.ts";
import { askCalls } from "./ask.ts";

/** Collects what steps read: files in the run's folder, those with secrets in its tmpfs folder. */
export interface Payloads {
  /** Gives the shell word that names the file. */
  add(text: string, secret: boolean): string;
  readonly secrets: SecretValues;
}

/** One step as a shell command that ends the step list when it fails. */
export function compileStep(step: Step, payloads: Payloads): string {
  return `${command(step, payloads)} || return`;
}

function command(step: Step, payloads: Payloads): string {
  switch (step.kind) {
    case "exec":
      return execCommand(step, payloads);
    case "write":
      return writeCommand(step, payloads);
    case "edit":
      return editCommand(step, payloads);
    case "remove":
      return `remove ${quote(step.path)} ${step.keep === true ? "1" : "0"}`;
    case "call":
      return callCommand(step, payloads);
    case "wait":
      return waitCommand(step, payloads);
    default:
      return step satisfies never;
  }
}

function writeCommand(step: WriteStep, payloads: Payloads): string {
  const keep = step.keep === true && secretsIn(step.content).size === 0 ? "1" : "0";
  const content = isKept(step.content)
    ? `"$DROVER_STATE/blobs/"${quote(step.content.kept)}`
    : textFile(step.content, payloads);
  const check = step.check === undefined ? "" : ` ${quoteAll(step.check)}`;
  return `put ${quote(step.path)} ${quote(step.mode)} ${quote(step.owner ?? "root:root")} ${content} ${keep}${check}`;
}

function editCommand({ path, argv, stdin, keep, check = [], create }: EditStep, payloads: Payloads): string {
  const input = stdin === undefined ? "/dev/null" : textFile(stdin, payloads);
  const made = quoteAll([create?.mode ?? "", create?.owner ?? ""]);
  return `edit ${quote(path)} ${made} ${input} ${keep === true ? "1" : "0"} ${argv.length} ${quoteAll([...argv, ...check])}`;
}

function textFile(text: Text, payloads: Payloads): string {
  return payloads.add(revealText(text, payloads.secrets), secretsIn(text).size > 0);
}

function execCommand(step: ExecStep, payloads: Payloads): string {
  const env = Object.entries(step.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const argv = quoteAll(env.length > 0 ? ["env", ...env, ...step.argv] : step.argv);
  if (step.detach === true) return `run_detached ${quote(step.log ?? "/dev/null")} ${argv}`;
  const input = step.stdin === undefined ? "/dev/null" : textFile(step.stdin, payloads);
  const boots = step.reboots === undefined ? "" : `this_boot >"$dir/booting" && durable "$dir/booting" && `;
  return `${boots}run_exec ${step.within ?? 300} ${quote((step.exits ?? [0]).join(" "))} ${input} ${argv}`;
}

function callCommand(step: CallStep, payloads: Payloads): string {
  // The client sees to a blob before it lets this segment start; the proof that follows tells whether it did.
  if (blobOf(step) !== undefined) return "true";
  const body = step.body === undefined || isBlobRef(step.body) ? undefined : step.body;
  const file = body === undefined ? "/dev/null" : jsonFile(body, payloads);
  const statuses = (step.statuses ?? [200, 201, 204]).join(" ");
  return `call ${quote(step.socket ?? "")} ${step.method} ${quote(step.path)} ${file} ${quote(statuses)} ${step.within ?? 60}`;
}

function jsonFile(body: Json, payloads: Payloads): string {
  return payloads.add(JSON.stringify(reveal(body, payloads.secrets)), secretsIn(body).size > 0);
}

// The first looks come quickly: most things that start are ready well before the interval is over.
/** Exit code of a wait that did not get its answer: the failure is then told as a failed probe. */
export const NOT_SEEN = 97;

function waitCommand(step: WaitStep, payloads: Payloads): string {
  const { within, unless } = step;
  const look = lookCommand(step.query, payloads);
  const stop =
    unless === undefined
      ? ""
      : `${lookCommand(unless.query, payloads)}; case $REPLY in ${answerPattern(unless.answer)}) ${giveUp(unless.says ?? `${keyOf(unless.query)} will not change`)} ;; esac; `;
  const late = giveUp(`${step.says ?? `${keyOf(step.query)} is not ${step.to}`} within ${within} s`);
  return (
    `{ look_n=0; uptime_s; until_s=$((REPLY + ${Math.ceil(within)})); while :; do ${look}; ` +
    `case $REPLY in ${answerPattern(step.to)}) break ;; esac; seen_reply=$REPLY; ${stop}` +
    `uptime_s; if [ "$REPLY" -ge "$until_s" ]; then REPLY=$seen_reply; ${late}; fi; look_n=$((look_n + 1)); if [ $look_n -le 5 ]; then sleep ${Math.min(0.2, step.every ?? 1)}; else sleep ${step.every ?? 1}; fi; done; }`
  );
}

/** Says what was waited for and what was seen last. */
function giveUp(says: string): string {
  return `printf '%s (%s)\\n' ${quote(says)} "$REPLY"; return ${NOT_SEEN}`;
}

/** Asks one question and leaves its answer in REPLY. */
function lookCommand(query: Query, payloads: Payloads): string {
  const script =
    query.extra === undefined
      ? askCalls([query], payloads.secrets)
      : `. ${payloads.add(askCalls([query], payloads.secrets), true)}`;
  return `A=$(${script} 2>/dev/null </dev/null 9>&-); answer_of ${quote(keyOf(query))}`;
}

/** A promised answer as a shell pattern: every piece quoted, `*` where a value is known after apply. */
export function answerPattern(promised: Answer): string {
  if (promised === ANY) return "*";
  return promised
    .split(" ")
    .map((part) => (part.endsWith("=*") ? `${literal(part.slice(0, -1))}*` : literal(part)))
    .join("' '");
}

function literal(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
