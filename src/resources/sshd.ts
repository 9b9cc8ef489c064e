import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy } from "../model/answer.ts";
import { noop } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType, withFields } from "../model/resource.ts";
import { FILE_ASKERS, type FileState, observeFile } from "../model/whole-file/state.ts";
import { SSHD_CONFIG, SSHD_DAEMON, SSHD_EFFECTIVE } from "./sshd/ask.ts";
import { configText, DROP_IN, keysOf } from "./sshd/config.ts";
import { DAEMON, EFFECTIVE, planRemoval, planSettings } from "./sshd/plan.ts";
import { sshdSchema, type Wanted, wantedSchema } from "./sshd/schema.ts";

export type { SshdInput, SshdSpec } from "./sshd/schema.ts";

export interface SshdState {
  readonly file: FileState | undefined;
  /** Digest of the drop-in that the daemon was last made to read; `none` when it never was. */
  readonly config: string;
}

const nameSchema = z.literal("main", "a machine has one sshd, and it is called main");

/**
 * Settings of sshd, in a drop-in that is read before all others. The whole configuration is judged by sshd before anything is
 * moved; it is reloaded, not restarted; what sshd then says of each declared key is the proof.
 */
const sshdType: ResourceType<Wanted, SshdState> = {
  type: "sshd",
  title: "Settings of sshd, by the keys of sshd_config.",
  schema: wantedSchema,
  sharing: "exclusive",
  askers: {
    ...FILE_ASKERS,
    "sshd-config": SSHD_CONFIG,
    "sshd-effective": SSHD_EFFECTIVE,
    "sshd-daemon": SSHD_DAEMON,
  },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(name, spec)),
  parse: (_name, answers) => parse(answers),
  plan(_name, wanted, observed, context) {
    const state = observed.kind === "present" ? observed.state : undefined;
    if (wanted !== undefined) return planSettings(wanted, state, context);
    return state === undefined ? noop() : planRemoval(state, context);
  },
  // Only the digest is written into specs; the schema reads it back. Where the file is gone, any setting stands for none.
  spec: (_name, { file }) =>
    (file?.sha256 === undefined ? { LogLevel: "INFO" } : { sha256: file.sha256 }) as unknown as Wanted,
  outputs: (_name, { file }) => ({ path: DROP_IN, ...(file?.sha256 === undefined ? {} : { sha256: file.sha256 }) }),
  guards: () => "how sshd lets people in",
  after: () => ["package:openssh-server"],
};

export default withFields(defineResource(sshdType), sshdSchema);

function questions(given: string, wanted: Wanted | undefined): Query[] {
  const name = checkName("sshd", nameSchema, given);
  const paths = ["/etc", "/etc/ssh", "/etc/ssh/sshd_config.d", DROP_IN].map((arg) => ({ kind: "path", arg }));
  const always = [...paths, { kind: "sshd-daemon", arg: name }];
  if (wanted === undefined) return always;
  const config = { kind: "sshd-config", arg: name };
  if ("seen" in wanted) return [...always, config, { kind: "blob", arg: wanted.seen.sha256 }];
  const { fields } = wanted;
  const extra = [configText(fields), ...keysOf(fields)];
  return [...always, config, { kind: "sshd-effective", arg: name, extra }];
}

function parse(answers: Answers): Observed<SshdState> {
  const daemon = answers.get(DAEMON) ?? "unknown why=it%20was%20not%20answered";
  for (const answer of [daemon, answers.get("sshd-config:main"), answers.get(EFFECTIVE)]) {
    if (answer !== undefined && isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  }
  const file = observeFile(DROP_IN, answers);
  if (file.kind === "unknown") return file;
  const config = parseAnswer(daemon).fields["config"] ?? "none";
  const state = file.kind === "present" ? file.state : undefined;
  if (state === undefined && config === "none") return { kind: "absent" };
  return { kind: "present", state: { file: state, config }, owners: [] };
}
