import { z } from "zod";
import { DroverError } from "../lib/error.ts";
import { type Answers, isUnknown, parseAnswer, unknownWhy } from "../model/answer.ts";
import { PATH } from "../model/ask/path.ts";
import type { Planned } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { lineSchema, textSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type PlanContext, type ResourceType } from "../model/resource.ts";
import type { Json } from "../model/secret.ts";
import { loadKey } from "../model/systemd/load.ts";
import { templateOf, unitName, unitPath } from "../model/systemd/name.ts";
import { SERVICE, SERVICE_STEADY } from "./service/ask.ts";
import { planDaemon } from "./service/daemon.ts";
import { planRemoval } from "./service/removal.ts";
import { planScript, scriptName } from "./service/script.ts";
import { SERVICE_SINCE, sinceQuery } from "./service/since.ts";
import { isEnabled, isMasked, isRunning, type ServiceState, seenDefinition } from "./service/state.ts";
import { planUnit } from "./service/systemd.ts";
import { comesWithPackage } from "./service/todo.ts";

const readySchema = z.strictObject({
  query: z
    .strictObject({
      kind: z.string().describe("What is asked, such as `path` or `unit`."),
      arg: lineSchema.describe("About what, such as the path."),
      extra: z.array(textSchema).optional().describe("What the question needs besides."),
    })
    .describe("A question to the machine, as plans show them: `kind:arg`."),
  to: z.string().min(1).describe("The answer that shows it."),
  within: z.number().positive().max(3600).default(60).describe("Seconds; default 60."),
});

const fieldsSchema = z.strictObject({
  enabled: z.boolean().optional().describe("Starts with the machine; default true."),
  running: z.boolean().optional().describe("Runs now; default true. For what does its work and ends, false."),
  masked: z
    .boolean()
    .default(false)
    .describe("Cannot be started at all, by nobody; default false. It is disabled and stopped first. For systemd."),
  config: z
    .string()
    .optional()
    .describe(
      "Its configuration, or what stands for it. When it is another than it was last started with, it restarts.",
    ),
  definition: z
    .string()
    .optional()
    .describe(
      "What stands for its unit and drop-ins; another one restarts it, whatever `reload` says. Filled in from `unit(...)` and `dropIn(...)` of the same machine.",
    ),
  reload: z
    .union([z.boolean(), z.enum(["HUP", "USR1", "USR2"])])
    .default(false)
    .describe("Reload in place of restart for a new `config`; a signal's name says how where no init system is."),
  unit: z
    .string()
    .min(1)
    .refine((text) => !text.includes("\0"), "a NUL byte is not allowed")
    .optional()
    .describe("Text of its unit file, for systemd. Everybody may read what systemd knows: no secrets in it."),
  argv: z
    .array(lineSchema)
    .min(1)
    .optional()
    .describe("How to start it, in the foreground, where neither systemd runs nor an init script is there."),
  ready: readySchema
    .optional()
    .describe("What shows that it works; default that it runs, and still does after two seconds."),
});

export const serviceSchema = fieldsSchema
  .refine(
    ({ masked, enabled, running, unit }) => !masked || (enabled !== true && running !== true && unit === undefined),
    "what is masked is neither enabled nor running, and has no unit",
  )
  .transform(({ enabled, running, ...spec }) => {
    return { ...spec, enabled: enabled ?? !spec.masked, running: running ?? !spec.masked };
  });

export type ServiceInput = z.input<typeof serviceSchema>;
export type ServiceSpec = z.output<typeof serviceSchema>;

/** Unit names without the parts that a shell or a path could misread; no templates, which are no services. */
const serviceName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9:_.-]*(@[A-Za-z0-9:_.-]+)?$/, "expected a service name such as nginx or backup.timer");

/**
 * A service, whatever runs it: systemd, an init script, or nobody. Which configuration it runs with is state, so a restart
 * cannot get lost. One that is there is used, and stays as it is when it leaves the file; what we made of it goes.
 */
export const serviceType: ResourceType<ServiceSpec, ServiceState> = {
  type: "service",
  title: "A service that runs, starts with the machine, and has its current configuration.",
  schema: serviceSchema,
  sharing: "shared",
  askers: { service: SERVICE, "service-steady": SERVICE_STEADY, "service-since": SERVICE_SINCE, path: PATH },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("service", serviceName, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined ? planRemoval(name, observed, context) : planService(name, spec, observed, context),
  spec: (_name, state) => {
    const masked = isMasked(state.enabled);
    const now = { enabled: isEnabled(state.enabled), running: isRunning(state.active) && !masked, masked };
    return { ...now, ...seenDefinition(state), reload: false };
  },
  after: (name) => [
    "package:*",
    `file:${unitPath(name)}`,
    `file:/etc/init.d/${scriptName(name)}`,
    ...unitsOf(name).map((unit) => `unit:${unit}`),
  ],
  follows: {
    wants: (name) => unitsOf(name).flatMap((unit) => [`unit:${unit}`, `drop-in:${unit}/*`]),
    // Specs of services are objects.
    into: (spec, refs) => ({ ...(spec as object), definition: { concat: refs.flatMap(digestPart) } }),
  },
};

export default defineResource(serviceType);

/** Its unit, and the template that this is an instance of. */
function unitsOf(name: string): string[] {
  const unit = unitName(name);
  const template = templateOf(unit);
  return template === undefined ? [unit] : [unit, template];
}

function digestPart(ref: string): Json[] {
  return [`${ref}=`, { ref, output: "sha256" }, "\n"];
}

function questions(name: string, spec: ServiceSpec | undefined): Query[] {
  const service = { kind: "service", arg: name };
  // A mask lies where the unit's own file would; one of ours goes when it leaves.
  const isInPlace = spec === undefined || spec.unit !== undefined || spec.masked;
  const since = spec === undefined ? [] : sinceQuery(name, spec);
  return [service, ...since, ...(isInPlace ? [{ kind: "path", arg: unitPath(name) }] : [])];
}

function parse(name: string, answers: Answers): Observed<ServiceState> {
  const answer = answers.get(`service:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head === "absent") return { kind: "absent" };
  const { by, unit, enabled = "none", active = "inactive", config = "none" } = fields;
  // A unit or a drop-in that is put right before has systemd read all of them.
  const isReadBefore = unitsOf(name).some((one) => answers.get(loadKey(one))?.endsWith(" stale=no"));
  const stale = isReadBefore ? "no" : (fields["stale"] ?? "no");
  const manager = (["systemd", "script", "drover"] as const).find((one) => one === by) ?? "*";
  const state = { by: manager, unit: unit === "own" ? "own" : "other", enabled, active, config, stale } as const;
  return { kind: "present", state, owners: [] };
}

function planService(name: string, spec: ServiceSpec, observed: Observed<ServiceState>, context: PlanContext): Planned {
  const state = observed.kind === "present" ? observed.state : undefined;
  if (context.facts.init === "systemd" || state?.by === "systemd") return planUnit(name, spec, state, context);
  if (spec.masked) {
    throw new DroverError("CONFLICT", `service:${name} cannot be masked: systemd does not run on this machine`, {
      hint: "leave it neither enabled nor running",
    });
  }
  if (isDaemon(name, spec, state, context)) return planDaemon(name, spec, state, context);
  if (state === undefined && spec.unit !== undefined && (spec.enabled || spec.running)) {
    throw new DroverError("CONFLICT", `service:${name}: its unit is for systemd, which does not run on this machine`, {
      hint: `say in \`argv\` what to start there, or bring an init script: file("/etc/init.d/${scriptName(name)}", ...) in place of \`unit\``,
    });
  }
  return planScript(name, spec, state, context);
}

/** Whether we start it ourselves. Where init scripts start services, one of its name does, also one that a package brings first. */
function isDaemon(
  name: string,
  { argv }: ServiceSpec,
  state: ServiceState | undefined,
  { facts, answers }: PlanContext,
): boolean {
  if (argv === undefined || state?.by === "drover") return state?.by === "drover";
  return facts.init !== "sysv" || (state?.by !== "script" && !comesWithPackage(name, answers));
}
