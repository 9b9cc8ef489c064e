import type { Host } from "../machines/index.ts";
import { must } from "./runner-faults.ts";
import { NOTE } from "./tiny.ts";

/** Everything on a host that a run may leave behind, a line each; a checkpoint comes when the journal has grown. */
const LOOK = String.raw`
looks=0 # A runner that has told its end still takes an inventory; one that is stuck is seen below.
while pgrep -f '^/bin/sh /var/lib/drover/runs/' >/dev/null && [ $looks -lt 150 ]; do sleep 0.2; looks=$((looks + 1)); done
docker ps -a --format 'container {{.Names}} {{.State}} {{.Image}}'
docker images --format 'image {{.Repository}}:{{.Tag}}'
docker network ls --format 'network {{.Name}}'
docker volume ls --format 'volume {{.Name}}'
cd /var/lib/drover || exit
find . -mindepth 1 -maxdepth 2 ! -path './runs/*' ! -path './blobs/*' ! -name checkpoint | sed 's/^/state /'
find runs blobs -name '*new*' | sed 's/^/left /'
find / -xdev -name '.drover.*' | sed 's/^/left /'
find /run/drover -mindepth 1 | sed 's/^/run /'
for file in router/conf.d/* router/hosts.map; do sed "s|^|$file |" "$file"; done
printf 'show servers state\n' | socat - /run/drover/router/admin.sock 2>/dev/null | awk '!/^#/ && NF > 5 { print "server", $2, $4, $6, $7 }'
systemctl list-units --all --plain --no-legend 'drover*' | awk '{ print "unit", $1, $3, $4 }'
systemctl list-units --failed --plain --no-legend | awk '{ print "failed", $1 }'
cat ${NOTE}
for file in /proc/[0-9]*/cmdline; do cat "$file" 2>/dev/null | tr '\0' ' '  | grep -q '^/bin/sh /var/lib/drover/runs/' && echo runner; done
flock -n lock true && echo unlocked
`;

/** What is on a host now, with what changes from release to release left out, sorted. */
export async function snapshot(host: Host): Promise<string[]> {
  return steady(await must(host, `{ ${LOOK} } 2>&1; :`));
}

/** Names of releases and images, addresses and numbers of units become `*`. Pure. */
export function steady(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) =>
      line
        .replace(/\.[0-9a-f]{8}(\.\d+)/g, ".*$1")
        .replace(/(drover\/[^ :]+):[0-9a-f]{12}/g, "$1:*")
        .replace(/\b10(\.\d+){3}\b/g, "*")
        .replace(/^release \d+$/, "release *"),
    )
    .toSorted();
}

/** Lines that are in one and not in the other, as often as they are. Pure. */
export function difference(expected: readonly string[], seen: readonly string[]): string[] {
  const rest = [...expected];
  const more = seen.filter((line) => {
    const at = rest.indexOf(line);
    if (at !== -1) rest.splice(at, 1);
    return at === -1;
  });
  return [...rest.map((line) => `- ${line}`), ...more.map((line) => `+ ${line}`)];
}
