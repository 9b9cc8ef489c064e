import { isIP } from "node:net";
import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../model/answer.ts";
import { checkName } from "../model/check-name.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { HOSTS, HOSTS_FILE } from "./hosts-entry/ask.ts";
import { HOSTS_PATH, type HostsState, planEntry, planRemoval } from "./hosts-entry/plan.ts";

const addressSchema = z
  .string()
  .refine((text) => isIP(text) !== 0 && !text.includes("%"), "expected an IP address, such as 10.0.0.5 or fd00::5");

const hostSchema = z
  .string()
  .max(253, "a host's name has at most 253 characters")
  .regex(
    /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/,
    "expected a host's name, such as db.internal",
  );

export const hostsEntrySchema = z.strictObject({
  names: z
    .array(hostSchema)
    .min(1)
    .refine((names) => new Set(names).size === names.length, "a name stands there twice")
    .describe("All names of the address, the main one first."),
});

export type HostsEntryInput = z.input<typeof hostsEntrySchema>;
export type HostsEntrySpec = z.output<typeof hostsEntrySchema>;

/** The names of one address in /etc/hosts. All other lines and comments stay as they are. */
export const hostsEntryType: ResourceType<HostsEntrySpec, HostsState> = {
  type: "hosts-entry",
  title: "The names of one address in /etc/hosts.",
  schema: hostsEntrySchema,
  sharing: "exclusive",
  askers: { hosts: HOSTS, "hosts-file": HOSTS_FILE },
  query: (wanted) => [
    ...wanted.map(({ name }) => ({ kind: "hosts", arg: checkName("hosts-entry", addressSchema, name) })),
    ...(wanted.length === 0 ? [] : [{ kind: "hosts-file", arg: HOSTS_PATH }]),
  ],
  parse,
  plan: (ip, spec, observed, { answers }) =>
    spec === undefined ? planRemoval(ip, observed, answers) : planEntry(ip, spec.names, observed, answers),
  spec: (_ip, { names }) => ({ names: [...names] }),
  after: () => ["file:/etc/hosts"],
};

export default defineResource(hostsEntryType);

function parse(ip: string, answers: Answers): Observed<HostsState> {
  const answer = answers.get(`hosts:${ip}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head !== "names") return { kind: "absent" };
  return { kind: "present", state: { names: (fields["list"] ?? "").split(",").map(unword) }, owners: [] };
}
