import type { Host } from "../machines/index.ts";
import { output } from "./stage.ts";

/** What moves by itself, and what apt and dpkg note down for themselves: of packages, they are asked. */
const MOVING = [
  ...["/var/lib/docker", "/var/lib/containerd", "/var/lib/apt", "/var/lib/dpkg", "/etc/ld.so.cache", "/etc/*-"],
  ...["/var/lib/systemd/timers", "/var/lib/systemd/timesync", "/var/lib/systemd/random-seed"],
];
const FILES = "/etc /var/lib /usr/local /srv /home /root /opt /run/drover";
const LEFT_OUT = `-xdev \\( ${MOVING.map((path) => `-path '${path}'`).join(" -o ")} \\) -prune -o`;

/** A line for everything, with since when it runs. Accounts are looked at one by one, not as the files they are in. */
const LOOK = String.raw`
export LC_ALL=C
dpkg -l | awk '/^.i/ { print "package", $1, $2, $3 }'
apt-mark showmanual | sed 's/^/manual /'
find ${FILES} ${LEFT_OUT} -printf 'path %p %y %m %U:%G %l\n' 2>/dev/null
find ${FILES} ${LEFT_OUT} -type f ! -path '/etc/*passwd' ! -path '/etc/*group' ! -path '/etc/*shadow' ! -path '/etc/sub?id' -print0 2>/dev/null |
  xargs -0 sha256sum | sed 's/^/bytes /'
getent passwd | sed 's/^/user /'; getent group | sed 's/^/group /'
systemctl list-unit-files --plain --no-legend | awk '!/^session-.*[.]scope/ { print "unit", $1, $2 }' # Logins come and go.
for unit in docker haproxy ssh drover-router; do
  systemctl show -p Id,MainPID,ActiveState "$unit" | paste -sd ' ' | sed 's/^/service /'
done
ss -Hltn | awk '{ print "listens", $4 }'
if docker info >/dev/null 2>&1; then
  ids=$(docker ps -aq)
  [ -z "$ids" ] || docker inspect -f 'container {{.Name}} {{.Id}} {{.State.Status}} {{.State.StartedAt}} {{.RestartCount}} {{.Image}}' $ids
  docker images -a --no-trunc --format 'image {{.Repository}}:{{.Tag}} {{.ID}}'
  docker network ls --no-trunc --format 'network {{.Name}} {{.ID}}'
  docker volume ls --format 'volume {{.Name}}'
fi
`;

/** Everything that is on a host now. */
export async function inventory(host: Host): Promise<Set<string>> {
  return new Set((await output(host, `{ ${LOOK} } | sort -u`)).split("\n"));
}

/** What went and what came, a line each. */
export function differences(before: ReadonlySet<string>, after: ReadonlySet<string>): string[] {
  const gone = [...before.difference(after)].map((line) => `- ${line}`);
  return [...gone, ...[...after.difference(before)].map((line) => `+ ${line}`)];
}
