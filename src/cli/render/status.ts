import type { HostStatus, ProcessStatus } from "../../api.ts";
import { printable } from "../../lib/printable.ts";
import { table } from "./fit.ts";
import { plural } from "./marks.ts";
import type { Theme } from "./theme.ts";

/** What runs where, machine by machine. */
export function statusText(hosts: readonly HostStatus[], style: Theme): string {
  if (hosts.length === 0) return "the stack has no machines\n";
  return hosts.map((host) => (host.reachable ? hostText(host, style) : lostText(host, style))).join("\n");
}

function lostText(host: HostStatus, style: Theme): string {
  return `${style.strong(printable(host.machine))}  ${style.bad(printable(host.why ?? "cannot be reached"))}\n`;
}

function hostText(host: HostStatus, style: Theme): string {
  const facts = [host.facts["os"], host.facts["release"], host.facts["arch"], host.facts["addresses"]];
  const about = facts.filter((fact) => fact !== undefined && fact !== "").map((fact) => printable(String(fact)));
  const parts = [
    `${style.strong(printable(host.machine))}  ${style.dim(about.join(", "))}\n`,
    pendingText(host, style),
    ...Object.entries(host.pins).map(
      ([app, release]) => `  ${style.changed("pinned")} ${printable(app)} to release ${printable(release)}\n`,
    ),
    host.processes.length === 0 ? "  nothing runs\n" : table(host.processes.map((one) => processRow(one, style))),
    ...host.routes.map(
      (route) =>
        `  ${style.accent("route")} ${printable(domainsText(route.domains))} → ${printable(route.app)} (${plural(route.servers.length, "server")})\n`,
    ),
    ...(host.lastRun === undefined
      ? []
      : [
          style.dim(`  last run: ${printable(`${host.lastRun.command} by ${host.lastRun.by}, ${host.lastRun.time}`)}`),
          host.lastRun.failed ? `, ${style.bad("failed")}: drover history ${printable(host.machine)}\n` : "\n",
        ]),
  ];
  return parts.join("");
}

function pendingText({ pending, problems }: HostStatus, style: Theme): string {
  const lines = [
    ...problems.map((problem) => `${style.bad("✘")} ${printable(problem.message)}`),
    ...(pending > 0 ? [`${style.changed("!")} ${plural(pending, "change")} to make: drover plan`] : []),
  ];
  const shown = lines.length === 0 ? [`${style.good("✔")} as the file says`] : lines;
  return shown.map((line) => `  ${line}\n`).join("");
}

function domainsText(domains: readonly string[]): string {
  return domains.map((domain) => (domain === "*" ? "all other host names" : domain)).join(", ");
}

function processRow({ app, process, state, release, address }: ProcessStatus, style: Theme): string[] {
  const mark = state.startsWith("running") ? style.good(printable(state)) : style.bad(printable(state));
  return [printable(`${app}.${process}`), mark, printable(release), style.dim(printable(address))];
}
