import { printable } from "../../lib/printable.ts";
import type { ListedSecret, ListedSecrets } from "../secret/list.ts";
import { table } from "./fit.ts";
import type { Theme } from "./theme.ts";

/** Names of secrets as a table. */
export function secretsText({ secrets, locked }: ListedSecrets, style: Theme): string {
  const note =
    locked === undefined ? "" : `${style.accent("note:")} ${locked.why}\n  ${style.accent("fix:")} ${locked.hint}\n`;
  if (secrets.length === 0) return `no secrets yet\n${note}`;
  const head = ["NAME", "FROM", "USED BY"].map(style.dim);
  return table([head, ...secrets.map((secret) => row(secret, style))], "") + note;
}

function row({ name, from, usedBy }: ListedSecret, style: Theme): string[] {
  const shown = from === "nowhere" ? style.bad(from) : printable(from);
  return [name, shown, usedBy.length === 0 ? style.dim("nothing") : printable(usedBy.join(", "))];
}
