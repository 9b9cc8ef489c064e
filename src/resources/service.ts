import { z } from "zod";
import { type Answers, isUnknown, parseAnswer, unknownWhy } from "../model/answer.ts";
import { PATH } from "../model/ask/path.ts";
import type { Planned } from "../model/change.ts";
import { checkName } from "../model/check-name.ts";
import { lineSchema, textSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type PlanContext, type ResourceType } from "../model/resource.ts";
import { SERVICE, SERVICE_STEADY } from "./service/ask.ts";
import { planDaemon } from "./service/daemon.ts";
import { planRemoval } from "./service/removal.ts";
import { planScript } from "./service/script.ts";
import { isEnabled, isRunning, type ServiceState } from "./service/state.ts";
import { planUnit, unitPath } from "./service/systemd.ts";

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

export const serviceSchema = z.strictObject({
  enabled: z.boolean().default(true).describe("Starts with the machine; default true."),
  running: z.boolean().default(true).describe("Runs now; default true. For what does its work and ends, false."),
  config: z
    .string()
    .optional()
    .describe(
      "Its configuration, or what stands for it. When it is another than it was last started with, it restarts.",
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
    .describe("How to start it, in the foreground, where there is no init system."),
  ready: readySchema
    .optional()
    .describe("What shows that it works; default that it runs, and still does after two seconds."),
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
  askers: { service: SERVICE, "service-steady": SERVICE_STEADY, path: PATH },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("service", serviceName, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined ? planRemoval(name, observed, context) : planService(name, spec, observed, context),
  spec: (_name, { enabled, active }) => ({ enabled: isEnabled(enabled), running: isRunning(active), reload: false }),
  after: (name) => ["package:*", `file:${unitPath(name)}`],
};

export default defineResource(serviceType);

function questions(name: string, spec: ServiceSpec | undefined): Query[] {
  const service = { kind: "service", arg: name };
  return spec?.unit === undefined ? [service] : [service, { kind: "path", arg: unitPath(name) }];
}

function parse(name: string, answers: Answers): Observed<ServiceState> {
  const answer = answers.get(`service:${name}`) ?? "unknown why=it%20was%20not%20answered";
  if (isUnknown(answer)) return { kind: "unknown", why: unknownWhy(answer) };
  const { head, fields } = parseAnswer(answer);
  if (head === "absent") return { kind: "absent" };
  const { by, unit, enabled = "none", active = "inactive", config = "none", stale = "no" } = fields;
  const manager = (["systemd", "script", "drover"] as const).find((one) => one === by) ?? "*";
  const state = { by: manager, unit: unit === "own" ? "own" : "other", enabled, active, config, stale } as const;
  return { kind: "present", state, owners: [] };
}

function planService(name: string, spec: ServiceSpec, observed: Observed<ServiceState>, context: PlanContext): Planned {
  const state = observed.kind === "present" ? observed.state : undefined;
  if (context.facts.init === "systemd" || state?.by === "systemd") return planUnit(name, spec, state, context);
  if (spec.argv !== undefined || state?.by === "drover") return planDaemon(name, spec, state, context);
  return planScript(name, spec, state, context);
}
