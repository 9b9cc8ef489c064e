import { z } from "zod";
import { parseAnswer } from "../model/answer.ts";
import { refuseWithoutApt } from "../model/apt/only.ts";
import { type FileBased, fileBased } from "../model/file-based.ts";
import type { PlanContext } from "../model/resource.ts";

/** Text between the quotes of apt's configuration. */
const quoted = z
  .string()
  .regex(/^[^"\\\u0000-\u001f\u007f][^"\u0000-\u001f\u007f]*$/, "a quote or a control character cannot be in it");

const SECURITY = [
  "origin=Debian,codename=${distro_codename},label=Debian-Security",
  "origin=Debian,codename=${distro_codename}-security,label=Debian-Security",
  "origin=Ubuntu,archive=${distro_codename}-security",
];

export const upgradesSchema = z.strictObject({
  origins: z
    .array(quoted)
    .min(1)
    .default(SECURITY)
    .describe("What is upgraded, as patterns of unattended-upgrades; default security updates of Debian and Ubuntu."),
  blacklist: z
    .array(quoted)
    .default([])
    .describe("Packages that are left alone: regular expressions, from the beginning of a name."),
  reboot: z
    .union([z.literal(false), z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time such as "02:30"')])
    .default(false)
    .describe("The time at which it reboots when an upgrade needs it; default `false`: never by itself."),
  rebootWithUsers: z.boolean().default(false).describe("Reboots though somebody is logged in; default `false`."),
  mail: z
    .string()
    .regex(/^[^\s"\\]+$/, "expected an address")
    .optional()
    .describe("Who is written to; takes a mail server on the machine."),
  mailOn: z.enum(["always", "only-on-error", "on-change"]).default("on-change").describe("When; default `on-change`."),
  removeUnused: z.boolean().default(false).describe("Removes what nothing needs any more; default `false`."),
});

export type UnattendedUpgradesInput = z.input<typeof upgradesSchema>;
export type UpgradesSpec = z.output<typeof upgradesSchema>;

function list(name: string, values: readonly string[]): string[] {
  return [
    `#clear ${name};`,
    ...(values.length === 0 ? [] : [`${name} {`, ...values.map((value) => `  "${value}";`), "};"]),
  ];
}

/** It is read after the package's own files: lists are emptied first, as apt would add to them. */
function content(spec: UpgradesSpec): string {
  const own = "Unattended-Upgrade";
  const single: readonly (readonly [string, string | number | boolean])[] = [
    ["APT::Periodic::Enable", 1],
    ["APT::Periodic::Update-Package-Lists", 1],
    ["APT::Periodic::Unattended-Upgrade", 1],
    [`${own}::Automatic-Reboot`, spec.reboot !== false],
    ...(spec.reboot === false ? [] : [[`${own}::Automatic-Reboot-Time`, spec.reboot] as const]),
    [`${own}::Automatic-Reboot-WithUsers`, spec.rebootWithUsers],
    [`${own}::Mail`, spec.mail ?? ""],
    [`${own}::MailReport`, spec.mailOn],
    [`${own}::Remove-Unused-Dependencies`, spec.removeUnused],
  ];
  return [
    ...single.map(([name, value]) => `${name} "${value}";`),
    ...list(`${own}::Allowed-Origins`, []),
    ...list(`${own}::Origins-Pattern`, spec.origins),
    ...list(`${own}::Package-Blacklist`, spec.blacklist),
    "",
  ].join("\n");
}

function lacks({ answers, facts }: PlanContext): string[] {
  const isThere = parseAnswer(answers.get("package:unattended-upgrades") ?? "").head === "installed";
  return [
    ...(isThere ? [] : ["the package unattended-upgrades is not there: until it is, nothing is upgraded"]),
    ...(facts.init === "" || facts.init === "systemd" ? [] : ["without systemd it takes cron to start it each day"]),
  ];
}

const base: FileBased<UpgradesSpec> = {
  type: "unattended-upgrades",
  title: "Upgrades that the machine makes by itself.",
  schema: upgradesSchema,
  names: z.literal("main", 'a machine has one: it is called "main"'),
  path: () => "/etc/apt/apt.conf.d/60drover-unattended-upgrades",
  content: (_name, spec) => content(spec),
  plain: true,
  refuse: (name, _spec, { facts }) =>
    refuseWithoutApt(
      `unattended-upgrades:${name}`,
      facts,
      'take pkg("dnf-automatic"), its file /etc/dnf/automatic.conf, and its timer as a service',
    ),
  check: () => ["apt-config", "-c", "{}", "dump"],
  queries: (_name, spec) => (spec === undefined ? [] : [{ kind: "package", arg: "unattended-upgrades" }]),
  after: () => ["package:unattended-upgrades"],
  notes: (_name, { reboot }) => (reboot === false ? [] : [`the machine may reboot by itself at ${reboot}`]),
  lacks: (_name, _spec, context) => lacks(context),
};

export default fileBased(base);
