import type { CronInput } from "../resources/cron.ts";
import type { DropInInput } from "../resources/drop-in.ts";
import type { EnvironmentInput } from "../resources/environment.ts";
import type { LimitsInput } from "../resources/limits.ts";
import type { LogrotateInput } from "../resources/logrotate.ts";
import type { ServiceInput } from "../resources/service.ts";
import type { TimerInput } from "../resources/timer.ts";
import type { UnitInput } from "../resources/unit.ts";
import { type DeclaredInput, declare, type ResourceOptions } from "./declare.ts";
import { output, type Referring } from "./output.ts";

/**
 * A service: it runs, starts with the machine, and restarts (or reloads) when what it `follows` or its `config` is another
 * than it was last started with. That is state on the machine, so no run that is cut off loses a restart. What `unit` and
 * `dropIn` declare of it on the same machine it follows unasked: another one restarts it. One that others started restarts
 * only when something that it follows is newer than its start, or not to be dated.
 *
 * @example
 * service("nginx", { follows: ["file:/etc/nginx/conf.d/app.conf", "package:nginx"], reload: true })
 * @example
 * service("systemd-timesyncd", { masked: true })
 */
export function service(
  name: string,
  fields: Referring<ServiceInput> & {
    /**
     * What it has to run with, by `type:name`: files and all that is written as one, lines, blocks, links, units, packages. Of what
     * holds a secret the machine tells a digest under a key of its own.
     */
    readonly follows?: readonly string[];
  } = {},
  options: ResourceOptions = {},
): DeclaredInput {
  const { follows = [], ...spec } = fields;
  if (follows.length === 0) return declare("service", name, spec, options);
  const own = spec.config === undefined ? [] : [spec.config, "\n"];
  const parts = follows.flatMap((ref) => [`${ref}=`, output(ref, followedOutput(ref)), "\n"]);
  return declare("service", name, { ...spec, config: { concat: [...own, ...parts] } }, options);
}

/** What tells one state of a thing from another. */
function followedOutput(ref: string): string {
  return /^([^/:]+\/)?package:/.test(ref) ? "version" : "sha256";
}

/**
 * A unit of systemd: a service, socket, timer, path, target, mount, automount, swap or slice; also a template
 * (`app@.service`) or one instance of it. `service` enables and starts it.
 *
 * @example
 * unit("app.service", {
 *   Unit: { Description: "App", After: "network.target" },
 *   Service: { ExecStart: "/srv/app/run", User: "app", Restart: "on-failure" },
 *   Install: { WantedBy: "multi-user.target" },
 * })
 */
export function unit(name: string, content: UnitInput, options: ResourceOptions = {}): DeclaredInput {
  return declare("unit", name, content, options);
}

/**
 * Settings on top of a unit that a package brings. An empty text takes back what a list holds already. Its name in plans
 * and in `needs` is `drop-in:<unit>/<name>`.
 *
 * @example
 * dropIn("nginx.service", "limits", { Service: { LimitNOFILE: 65536, Restart: "always" } })
 */
export function dropIn(
  unitName: string,
  name: string,
  content: DropInInput,
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("drop-in", `${unitName}/${name}`, content, options);
}

/**
 * Work by the calendar, after the machine started, or every so often: a timer of systemd, enabled and running, and the
 * program that it runs (or a `unit` that is there).
 *
 * @example
 * timer("backup", { calendar: "*-*-* 03:15", persistent: true, run: ["/usr/local/bin/backup", "--all"], user: "backup" })
 * @example
 * timer("renew", { every: "12h", onBoot: "5min", randomDelay: "1h", unit: "renew.service" })
 */
export function timer(name: string, fields: Referring<TimerInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("timer", name, fields, options);
}

/**
 * A job of cron, in /etc/cron.d. Where systemd runs, `timer` tells more: when it ran, and what it said.
 *
 * @example
 * cron("report", { schedule: "15 6 * * mon-fri", command: "date +%F >>/var/log/days", user: "app" })
 * @example
 * cron("sync", { schedule: "@hourly", run: ["/usr/local/bin/sync", "all"], env: { TOKEN: secret("SYNC_TOKEN") } })
 */
export function cron(name: string, fields: Referring<CronInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("cron", name, fields, options);
}

/**
 * How logs are rotated.
 *
 * @example
 * logrotate("app", { paths: "/var/log/app/*.log", every: "daily", keep: 14, compress: true, after: ["systemctl reload app"] })
 */
export function logrotate(
  name: string,
  fields: Referring<LogrotateInput>,
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("logrotate", name, fields, options);
}

/**
 * Limits of logins, by user or group. They do not reach services of systemd: those say `LimitNOFILE` and the like.
 *
 * @example
 * limits("postgres", { domain: "postgres", both: { nofile: 65536 }, soft: { nproc: 4096 } })
 */
export function limits(name: string, fields: Referring<LimitsInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("limits", name, fields, options);
}

/**
 * Variables of everybody's environment, in /etc/environment, each a resource of its own (`environment:NAME`). What else is
 * in the file stays.
 *
 * @example
 * resources: { web: [...environmentVariables({ JAVA_HOME: "/usr/lib/jvm/default-java", EDITOR: "vi" })] }
 */
export function environmentVariables(
  variables: Readonly<Record<string, Referring<EnvironmentInput>["value"]>>,
  options: ResourceOptions = {},
): DeclaredInput[] {
  return Object.entries(variables).map(([name, value]) => declare("environment", name, { value }, options));
}
