import { z } from "zod";
import { noop } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type ResourceType, withFields } from "../model/resource.ts";
import { FILE_ASKERS } from "../model/whole-file/state.ts";
import { FIREWALL_BOOT, FIREWALL_OTHERS, FIREWALL_RULES } from "./firewall/ask.ts";
import { RULES_FILE, SCRIPT_FILE, UNIT_FILE } from "./firewall/files.ts";
import { planOpening, planRules } from "./firewall/plan.ts";
import { firewallSchema, type Wanted, wantedSchema } from "./firewall/schema.ts";
import { type FirewallState, observeFirewall } from "./firewall/state.ts";

export type { FirewallInput, FirewallSpec } from "./firewall/schema.ts";

const nameSchema = z.literal("main", "a machine has one firewall, and it is called main");

/**
 * What comes in. The rules are a table of our own, which is replaced in one transaction; Docker's, fail2ban's and others'
 * stay as they are. A unit, or an init script, loads the same file at boot. That what is loaded is what the file says is looked at in every plan.
 */
const firewallType: ResourceType<Wanted, FirewallState> = {
  type: "firewall",
  title: "What comes in, by rules of nftables in a table of their own: at run time and at boot.",
  schema: wantedSchema,
  sharing: "exclusive",
  askers: {
    ...FILE_ASKERS,
    "firewall-rules": FIREWALL_RULES,
    "firewall-boot": FIREWALL_BOOT,
    "firewall-others": FIREWALL_OTHERS,
  },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(name, spec)),
  parse: (_name, answers) => observeFirewall(answers),
  plan(_name, wanted, observed, context) {
    const state = observed.kind === "present" ? observed.state : undefined;
    if (wanted !== undefined) return planRules(wanted, state, context);
    return state === undefined ? noop() : planOpening(state, context);
  },
  // Only the digest is written into specs; the schema reads it back. Where the file is gone, nothing is kept out.
  spec: (_name, { file }) =>
    (file?.sha256 === undefined ? { policy: "accept" } : { sha256: file.sha256 }) as unknown as Wanted,
  outputs: (_name, { file }) => ({ path: RULES_FILE, ...(file?.sha256 === undefined ? {} : { sha256: file.sha256 }) }),
  guards: () => "who may come in",
  after: () => ["package:nftables"],
};

export default withFields(defineResource(firewallType), firewallSchema);

function questions(given: string, wanted: Wanted | undefined): Query[] {
  const name = checkName("firewall", nameSchema, given);
  const kept = wanted !== undefined && "seen" in wanted ? [{ kind: "blob", arg: wanted.seen.sha256 }] : [];
  return [
    ...["/etc", "/etc/systemd", "/etc/systemd/system", "/etc/init.d", RULES_FILE, UNIT_FILE, SCRIPT_FILE].map(
      (arg) => ({
        kind: "path",
        arg,
      }),
    ),
    ...["firewall-rules", "firewall-boot", "firewall-others"].map((kind) => ({ kind, arg: name })),
    ...kept,
  ];
}
