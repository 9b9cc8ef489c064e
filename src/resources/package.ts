import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../model/answer.ts";
import { APT_IDLE, APT_LISTS } from "../model/apt/ask.ts";
import { checkName } from "../model/check-name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { PACKAGE, PACKAGE_START } from "./package/ask.ts";
import { mergeSteps } from "./package/batch.ts";
import { DNF_IDLE } from "./package/dnf/ask.ts";
import { planPackage } from "./package/plan.ts";
import { planRemoval } from "./package/removal.ts";

export const packageSchema = z.strictObject({
  version: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.+:~^_-]*$/, "expected a version as `apt-cache policy` or `dnf list` shows it")
    .optional()
    .describe(
      "Exactly this version, with its release where packages are dnf's (`1:2.4-3.el9`). Left out, the newest is installed, and any that is there stays.",
    ),
  start: z
    .boolean()
    .default(true)
    .describe(
      "`false`: the services that it brings are neither started nor enabled by installing it. By itself apt does both; dnf starts none, and enables what the distribution's presets say.",
    ),
  hold: z
    .boolean()
    .optional()
    .describe(
      "`true`: no upgrade touches it, but a `version` said here does. `false`: any may. Left out, that stays as it is.",
    ),
});

export type PackageInput = z.input<typeof packageSchema>;
export type PackageSpec = z.output<typeof packageSchema>;

export interface PackageState {
  readonly version: string;
  /** `ok`, `hold`, or what it was left half-way in: `half-configured`, `unpacked`, ... */
  readonly status: string;
  /** `auto` packages go when nothing needs them any more. */
  readonly mark: "manual" | "auto";
  /** It is one of those that are installed beside their older versions, as kernels are by dnf. */
  readonly several: boolean;
}

/** A package's name, perhaps with its architecture. Which of them there can be is for the package manager to say. */
const packageName = z
  .string()
  .regex(
    /^[A-Za-z0-9_]([A-Za-z0-9+._~-]*[A-Za-z0-9+._])?(:[a-z0-9_]+)?$/,
    "expected a package name such as nginx or libc6:i386",
  );

/**
 * A package of the distribution, by apt or by dnf. All of a machine go in within one transaction: nothing asks, files that
 * were changed by hand stay, nothing else is removed, and recommended packages stay out. apt's lists are fetched first when
 * they are missing, a day old or older than the sources; dnf sees to its own. A package that is there is used and stays when
 * it leaves the file.
 */
export const packageType: ResourceType<PackageSpec, PackageState> = {
  type: "package",
  title: "A package of the distribution.",
  schema: packageSchema,
  sharing: "shared",
  bulky: true,
  askers: {
    ...{ package: PACKAGE, "package-start": PACKAGE_START, "apt-lists": APT_LISTS },
    ...{ "apt-idle": APT_IDLE, "dnf-idle": DNF_IDLE },
  },
  query(wanted) {
    const all = wanted.flatMap(({ name, spec }) => questions(checkName("package", packageName, name), spec));
    return all.length === 0 ? [] : [...all, { kind: "apt-lists", arg: "main" }];
  },
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined ? planRemoval(name, observed, context) : planPackage(name, spec, observed, context),
  spec: (_name, { version, status }) => ({
    ...{ version, start: true },
    ...(status === "ok" || status === "hold" ? { hold: status === "hold" } : {}),
  }),
  outputs: (_name, { version }) => ({ version }),
  // What it is to be had from, which version of it, and what it asks while it is installed.
  after: (name) => ["apt-repository:*", "apt-pin:*", `debconf:${name.replace(/:.*/, "")}`],
  batch: (changes) => mergeSteps(changes.map((change) => change.steps)),
  batchRemoval: (changes) => mergeSteps(changes.map((change) => change.steps)),
};

export default defineResource(packageType);

function questions(name: string, spec: PackageSpec | undefined): Query[] {
  const kinds = spec?.start === false ? ["package", "package-start"] : ["package"];
  const version = spec?.version;
  return [
    ...kinds.map((kind) => ({ kind, arg: name })),
    ...(version === undefined ? [] : [{ kind: "package", arg: `${name}=${version}` }]),
  ];
}

function parse(name: string, answers: Answers): Observed<PackageState> {
  const answer = answers.get(`package:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  switch (head) {
    case "absent":
      return { kind: "absent" };
    case "virtual":
      return {
        kind: "unknown",
        why: `it is only a name that ${unword(fields["by"] ?? "another package")} provides: name that package`,
      };
    default: {
      const { version = "", status = "ok", mark } = fields;
      const several = answers.get(`package-several:${name}`) === "yes";
      const state = { version, status, mark: mark === "auto" ? "auto" : "manual", several } as const;
      return { kind: "present", state, owners: [] };
    }
  }
}
