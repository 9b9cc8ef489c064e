import type { Runbook, RunbookThing } from "../../api.ts";
import { unword } from "../../model/answer.ts";
import { short } from "./answers.ts";
import { plural } from "./marks.ts";

/** A part of a machine's page: a heading, a text before, and a table. What both Markdown and HTML are made from. */
export interface Part {
  readonly title: string;
  readonly text?: string;
  readonly head?: readonly string[];
  readonly rows?: ReadonlyArray<readonly string[]>;
}

/** The page of a machine, part by part. Pure. */
export function partsOf(book: Runbook): Part[] {
  return [
    { title: "What it is for", text: purpose(book) },
    { title: "The machine", head: ["", ""], rows: Object.entries(book.facts).map(([name, value]) => [name, value]) },
    ...(book.processes.length === 0 ? [] : [processesPart(book)]),
    ...(book.routes.length === 0 ? [] : [routesPart(book)]),
    ...thingParts(book.things),
    listPart("Listening ports", "port", "by", book),
    listPart("Who can log in", "user", "as", { ...book, inventory: { user: logins(book) } }),
    listPart("Keys that open it", "key", "comment", book),
    listPart("Enabled units", "unit", "state", book),
    listPart("Active timers", "timer", "state", book),
    listPart("Packages", "package", "version", book),
    runsPart(book),
  ].filter((part) => part.text !== undefined || (part.rows ?? []).length > 0);
}

function purpose({ stack, owner, groups, processes, things, pending }: Runbook): string {
  const apps = [...new Set(processes.map(({ app }) => app))];
  const does = apps.length === 0 ? "It runs no apps" : `It runs ${apps.join(", ")}`;
  const member = groups.length === 0 ? "" : `, as one of ${groups.join(", ")}`;
  const so =
    pending === 0
      ? "it is as its stack file says"
      : `${plural(pending, "change")} ${pending === 1 ? "is" : "are"} pending`;
  return `A machine of the stack ${stack} (${owner})${member}. ${does}; ${things.length} things are managed, and ${so}.`;
}

function processesPart({ processes }: Runbook): Part {
  const rows = processes.map((one) => [one.app, one.process, one.release, one.state, one.address]);
  return { title: "Apps", head: ["app", "process", "release", "state", "address"], rows };
}

function routesPart({ routes }: Runbook): Part {
  const rows = routes.map(({ app, domains, servers }) => [app, domains.join(", ") || "(default)", servers.join(", ")]);
  return { title: "Routes", head: ["app", "domains", "to"], rows };
}

/** Managed things, type by type. */
function thingParts(things: readonly RunbookThing[]): Part[] {
  return [...Map.groupBy(things, ({ type }) => type)].map(([type, group]) => ({
    title: `Managed: ${type}`,
    text: group[0]?.title ?? "",
    head: ["name", "observed", "declared at", "last changed"],
    rows: group.map(({ name, state, at, app, last }) => [
      name,
      short(unword(state)),
      at ?? (app === undefined ? "" : `app ${app}`),
      last === undefined ? "" : `run #${last.run}, ${last.time}, ${last.by}`,
    ]),
  }));
}

function listPart(title: string, kind: string, head: string, { inventory }: Pick<Runbook, "inventory">): Part {
  const rows = Object.entries(inventory[kind] ?? {}).map(([name, said]) => [name, said.replace(/^(by|comment)=/, "")]);
  return { title, head: [kind, head], rows };
}

/** Users with a shell that lets them in. */
function logins({ inventory }: Runbook): Record<string, string> {
  const users = Object.entries(inventory["user"] ?? {});
  return Object.fromEntries(users.filter(([, said]) => !/shell=(\S*(nologin|false|sync))?$/.test(said)));
}

function runsPart({ runs }: Runbook): Part {
  const rows = runs
    .toReversed()
    .map(({ number, time, by, command, commit, ok }) => [
      `#${number}`,
      time,
      by,
      command,
      commit?.slice(0, 10) ?? "",
      ok ? "ok" : "failed or not finished",
    ]);
  return { title: "Who changed what", head: ["run", "when", "who", "command", "commit", "ended"], rows };
}

/** A machine's page as Markdown. Pure. */
export function runbookMarkdown(book: Runbook): string {
  const parts = partsOf(book).map(({ title, text, head, rows }) => {
    const table = rows === undefined || rows.length === 0 ? "" : `\n${tableText(head ?? [], rows)}`;
    return `## ${title}\n${text === undefined ? "" : `\n${escaped(text)}\n`}${table}`;
  });
  return `# ${book.machine}\n\n${parts.join("\n")}`;
}

function tableText(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |\n`;
  return `${line(head)}${line(head.map(() => "---"))}${rows.map(line).join("")}`;
}

/** What a machine says is data: it makes no markup. */
function escaped(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]+/g, " ").replace(/([\\`*_[\]<>|])/g, "\\$1");
}
