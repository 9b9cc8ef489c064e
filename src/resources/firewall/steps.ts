import type { ExecStep, Step } from "../../model/step.ts";
import { LIST } from "./ask.ts";
import type { Boot } from "./boot.ts";
import { RULES_FILE } from "./files.ts";

const STATE = `dir=\${DROVER_STATE:-/var/lib/drover}`;

function script(text: string, ...args: string[]): ExecStep {
  return { kind: "exec", argv: ["sh", "-c", `${STATE}; ${text}`, "sh", ...args] };
}

function exec(...argv: string[]): ExecStep {
  return { kind: "exec", argv };
}

/** Keeps what is loaded now, for the way back: as a transaction that loads just that, named by how it is listed. */
export function remember(): Step {
  return script(`
rm -f "$dir"/firewall-before-* || exit
list=$(${LIST} 2>/dev/null) || exit 0
is=$(printf '%s\\n' "$list" | sha256sum); before=$dir/firewall-before-\${is%% *}
if [ -e "$dir/firewall" ]; then cp "$dir/firewall" "$before.record" || exit; fi
{ printf 'table inet drover\\ndelete table inet drover\\n'; nft list table inet drover; } >"$dir/.firewall-before" && sync "$dir/.firewall-before" && mv -f "$dir/.firewall-before" "$before"`);
}

/** Takes the file's rules as the loaded ones. They replace those before in one transaction, or not at all. */
export function load(boot: Boot | undefined): Step {
  return boot?.load ?? exec("nft", "-f", RULES_FILE);
}

/** Records what the file's rules look like when loaded: whatever differs later was changed by somebody. */
export function record(digest: string): Step {
  return script(
    `list=$(${LIST}) || exit; is=$(printf '%s\\n' "$list" | sha256sum)
printf '%s %s\\n' "$1" "\${is%% *}" >"$dir/.firewall" && sync "$dir/.firewall" && mv -f "$dir/.firewall" "$dir/firewall"`,
    digest,
  );
}

/** Takes our table away; one that is not there is fine. */
export function unload(): Step {
  return { kind: "exec", argv: ["nft", "-f", "-"], stdin: "table inet drover\ndelete table inet drover\n" };
}

/** The record goes with the table: what others load under its name later is not ours. */
export function forget(): Step {
  return script(`rm -f "$dir/firewall"`);
}

/**
 * The way back to rules that were listed so, with their record. Where nothing was kept of them, they were not touched. It may
 * run more than once.
 */
export function reloadBefore(listing: string): Step {
  return script(
    `
before=$dir/firewall-before-$1
[ -e "$before" ] || exit 0
nft -f "$before" || exit
if [ -e "$before.record" ]; then cp "$before.record" "$dir/firewall"; else rm -f "$dir/firewall"; fi`,
    listing,
  );
}
