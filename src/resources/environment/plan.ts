import { ABSENT, type Answers, formatAnswer, word } from "../../model/answer.ts";
import { noop, type Planned } from "../../model/change.ts";
import type { Observed } from "../../model/resource.ts";
import type { EditStep } from "../../model/step.ts";
import type { EnvironmentSpec, Variable } from "../environment.ts";

const FILE = "/etc/environment";

export function planVariable(name: string, { value }: EnvironmentSpec, observed: Observed<Variable>): Planned {
  const key = `environment:${name}`;
  const seen = observed.kind === "present" ? observed.state.value : undefined;
  const from = { [key]: seen === undefined ? ABSENT : answerOf(seen) };
  if (seen === value) return noop(from);
  return {
    action: seen === undefined ? "create" : "update",
    diff: [{ path: "value", from: seen ?? "", to: value }],
    steps: [{ ...edit(name, `${name}="${value}"`), create: { mode: "0644", owner: "root:root" } }],
    from,
    to: { [key]: answerOf(value) },
    notes: ["it counts for new logins; a service of systemd needs Environment or EnvironmentFile in its unit"],
  };
}

export function planVariableRemoval(name: string, observed: Observed<Variable>, answers: Answers): Planned {
  const key = `environment:${name}`;
  if (observed.kind !== "present") return noop({ [key]: answers.get(key) ?? ABSENT });
  return {
    action: "delete",
    diff: [{ path: "value", from: observed.state.value, to: "" }],
    steps: [edit(name, "")],
    from: { [key]: answerOf(observed.state.value) },
    to: { [key]: ABSENT },
  };
}

function answerOf(value: string): string {
  return formatAnswer("set", { value: word(value) });
}

/** The first line of the name becomes the new one, or a new one goes to the end; others of the name go. */
const EDIT = `name=$2 line=$3 exec awk '
  BEGIN { name = ENVIRON["name"]; line = ENVIRON["line"] }
  {
    text = $0
    sub(/^[ \\t]+/, "", text); sub(/^export /, "", text)
    if (index(text, name "=") != 1) { print; next }
    if (line != "") { print line; line = "" }
  }
  END { if (line != "") print line }' "$1"`;

function edit(name: string, line: string): EditStep {
  return { kind: "edit", path: FILE, argv: ["sh", "-c", EDIT, "sh", "{}", name, line], keep: true };
}
