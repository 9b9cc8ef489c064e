import { z } from "zod";
import { type Answers, formatAnswer, isUnknown, parseAnswer, unknownWhy, unword, word } from "../model/answer.ts";
import { noop, type Planned } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { defineResource, type Observed, type PlanContext, type ResourceType } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { HOSTNAME } from "./hostname/ask.ts";

const nameSchema = z
  .string()
  .max(64, "the kernel takes at most 64 characters")
  .regex(
    /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$/,
    "expected a host's name, such as web1 or web1.example.org",
  );

export const hostnameSchema = z.strictObject({
  name: nameSchema.describe('The machine\'s own name. `/etc/hosts` is not touched: `hostsEntry("127.0.1.1", ...)` is.'),
});

export type HostnameInput = z.input<typeof hostnameSchema>;
export type HostnameSpec = z.output<typeof hostnameSchema>;

/** The name at boot, and the kernel's now. */
export interface HostnameState {
  readonly file: string;
  readonly kernel: string;
  readonly isMounted: boolean;
  readonly isOverwritten: boolean;
}

/** The machine's name. There is one always: it is used as found, and stays when it leaves the file. */
export const hostnameType: ResourceType<HostnameSpec, HostnameState> = {
  type: "hostname",
  title: "The machine's own name.",
  schema: hostnameSchema,
  sharing: "shared",
  askers: { hostname: HOSTNAME },
  query: (wanted) =>
    wanted.map(({ name }) => ({ kind: "hostname", arg: checkName("hostname", z.literal("system"), name) })),
  parse,
  plan,
  spec: (_name, { file, kernel }) => ({ name: nameSchema.safeParse(file).success ? file : kernel }),
  outputs: (_name, { kernel }) => ({ name: kernel }),
  after: () => ["file:/etc/hostname"],
};

export default defineResource(hostnameType);

const KEY = "hostname:system";

function parse(_name: string, answers: Answers): Observed<HostnameState> {
  const answer = answers.get(KEY) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { file = "", kernel = "", mounted, cloud } = parseAnswer(answer).fields;
  const state = {
    file: unword(file),
    kernel: unword(kernel),
    isMounted: mounted === "yes",
    isOverwritten: cloud !== undefined,
  };
  return state.file === "" ? { kind: "absent" } : { kind: "present", state, owners: [] };
}

function plan(
  _name: string,
  spec: HostnameSpec | undefined,
  observed: Observed<HostnameState>,
  { answers, facts }: PlanContext,
): Planned {
  const seen = answers.get(KEY) ?? "name";
  if (spec !== undefined) return planName(spec.name, seen, facts.init);
  if (observed.kind !== "present") return noop();
  const notes = [`the machine keeps its name ${observed.state.file}`];
  return { ...noop({ [KEY]: seen }), action: "delete", notes };
}

function planName(name: string, seen: string, init: string): Planned {
  const { head, fields } = parseAnswer(seen);
  const [file, kernel] = [unword(fields["file"] ?? ""), unword(fields["kernel"] ?? "")];
  const isClosed = fields["closed"] !== undefined;
  const isMounted = fields["mounted"] !== undefined;
  const diff = [
    ...(file === name ? [] : [{ path: "at boot", from: file, to: name }]),
    ...(kernel === name || isClosed ? [] : [{ path: "in the kernel", from: kernel, to: name }]),
  ];
  const notes = [
    ...(fields["cloud"] === undefined ? [] : [CLOUD]),
    ...(isClosed && kernel !== name
      ? [`the kernel's name ${kernel} may not be changed here, as in a container: only the file is`]
      : []),
    ...(isMounted && file !== name ? [MOUNTED] : []),
  ];
  const said = notes.length === 0 ? {} : { notes };
  if (diff.length === 0) return { ...noop({ [KEY]: seen }), ...said };
  const step = { isMounted, isClosed, init };
  return {
    action: file === "" ? "create" : "update",
    diff,
    steps: stepsTo(name, step),
    from: { [KEY]: seen },
    to: { [KEY]: formatAnswer(head, { ...fields, file: word(name), ...(isClosed ? {} : { kernel: word(name) }) }) },
    ...(file === "" ? {} : { undo: stepsTo(file, step) }),
    ...said,
  };
}

const CLOUD = "cloud-init sets the name at boot: say `preserve_hostname: true` in /etc/cloud/cloud.cfg.d";
const MOUNTED = "/etc/hostname is mounted by itself, as in a container: it is written in place";

interface How {
  readonly isMounted: boolean;
  readonly isClosed: boolean;
  readonly init: string;
}

/** The file first: it counts at boot. Where systemd runs, hostnamed forgets what it read. */
function stepsTo(name: string, { isMounted, isClosed, init }: How): Step[] {
  const file: Step = isMounted
    ? { kind: "exec", argv: ["sh", "-c", 'printf "%s\\n" "$1" >/etc/hostname && sync', "sh", name] }
    : { kind: "write", path: "/etc/hostname", content: `${name}\n`, mode: "0644", keep: true };
  if (isClosed) return [file];
  const set = 'printf "%s" "$1" >/proc/sys/kernel/hostname 2>/dev/null || hostname "$1"';
  const forget: Step[] =
    init === "systemd"
      ? [
          {
            kind: "exec",
            argv: ["systemctl", "try-restart", "systemd-hostnamed.service"],
            exits: [0, 1, 5],
            within: 60,
          },
        ]
      : [];
  return [file, { kind: "exec", argv: ["sh", "-c", set, "sh", name], within: 30 }, ...forget];
}
