import type { Rule, SudoersSpec } from "./schema.ts";

/** The file: rules in order, or the text as it is given, with a last newline in either case. */
export function sudoersText({ rules, text }: SudoersSpec): string {
  if (text !== undefined) return text.endsWith("\n") || text === "" ? text : `${text}\n`;
  return (rules ?? []).map((rule) => `${ruleLine(rule)}\n`).join("");
}

function ruleLine({ who, hosts, as, commands, nopasswd, tags = [] }: Rule): string {
  const passwd = nopasswd === undefined ? [] : [nopasswd ? "NOPASSWD" : "PASSWD"];
  const said = [...passwd, ...tags].map((tag) => `${tag}: `).join("");
  return `${joined(who)} ${joined(hosts)} = ${runAs(as)}${said}${joined(commands, escaped)}`;
}

function joined(list: string | readonly string[], spelled = (word: string): string => word): string {
  return many(list).map(spelled).join(", ");
}

function many(list: string | readonly string[]): readonly string[] {
  return typeof list === "string" ? [list] : list;
}

function runAs(as: Rule["as"]): string {
  if (as === undefined) return "";
  const { users, groups } = typeof as === "string" || Array.isArray(as) ? { users: as, groups: undefined } : as;
  const [user, group] = [users === undefined ? "" : joined(users), groups === undefined ? "" : ` : ${joined(groups)}`];
  return `(${user}${group}) `;
}

/** What sudo would take for its own grammar within a command, unless it is escaped already; a digest before it keeps its colon. */
function escaped(command: string): string {
  const digest = /^!?sha\d+:\S+ /.exec(command)?.[0] ?? "";
  return (
    digest + command.slice(digest.length).replace(/\\.|[,:=]/g, (found) => (found.length > 1 ? found : `\\${found}`))
  );
}

/** The users and groups of this machine that it names, which come first when they are in the file, too. */
export function visitors({ rules = [] }: SudoersSpec): string[] {
  const names = rules.flatMap(({ who }) => many(who)).map((name) => name.replace(/^!/, ""));
  return names
    .filter((name) => /^%?[a-z_]/.test(name))
    .map((name) => (name.startsWith("%") ? `group:${name.slice(1)}` : `user:${name}`));
}
