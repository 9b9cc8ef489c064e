import type { Ran } from "../e2e/command.ts";
import { call } from "../machines/engine-api.ts";
import type { Host } from "../machines/index.ts";
import { must } from "./runner-faults.ts";

/** The stack of a version: every resource differs from that of the version before. */
export function versionText(machine: string, config: string, version: number): string {
  const isEven = version % 2 === 0;
  return `import { cron, defineStack, directory, file, group, line, pkg, server, service, sysctl, unit, user } from "drover";
const version = ${version};
const text = ("version " + version + "\\n").repeat(2000);
export default defineStack({
  id: "steps-4f2a", name: "steps",
  machines: { ${machine}: server("root@${machine}", { config: ${JSON.stringify(config)}, persist: 0 }) },
  resources: { ${machine}: [
    pkg("${isEven ? "tree" : "ed"}"),
    group("crew"),
    user("worker", { comment: "Version " + version, shell: "/bin/sh", groups: ["crew"] }),
    user("${isEven ? "even" : "odd"}", { system: true }),
    directory("/srv/versions"),
    file("/srv/versions/one", { content: text }),
    file("/srv/versions/two", { content: text, mode: version % 2 ? "0600" : "0644" }),
    file("/srv/versions/of-${isEven ? "even" : "odd"}", { content: text }),
    line("/etc/login.defs", "umask", { line: "UMASK\\t\\t" + (version % 2 ? "022" : "027"), match: "^UMASK" }),
    cron("job", { schedule: (version % 60) + " 3 * * *", user: "root", command: "/usr/bin/true" }),
    sysctl("net.core.somaxconn", 4000 + (version % 2)),
    file("/usr/local/bin/versions", { content: "#!/bin/sh\\nread -r line <\\"$1\\"\\necho \\"$line\\" >/run/versions\\nexec sleep 1000000\\n", mode: "0755" }),
    file("/etc/versions.conf", { content: "runs version " + version + "\\n" }),
    unit("versions.service", { Service: { ExecStart: "/usr/local/bin/versions /etc/versions.conf" }, Install: { WantedBy: "multi-user.target" } }),
    service("versions", { follows: ["file:/etc/versions.conf"] }, { needs: ["file:/usr/local/bin/versions"] }),
  ] },
});
`;
}

/** Reads files again and again; one that is not whole is noted. A version's text is 2000 equal lines. */
const READER = `#!/bin/sh
while :; do
  for file in /srv/versions/one /srv/versions/two; do
    [ -e "$file" ] || continue
    exec 3<"$file" || continue
    seen=$(sort <&3 | uniq -c | tr -s ' ')
    case $seen in ' 2000 version '[0-9]*) ;; *) echo "$file: $seen" | head -n 3 >>/var/torn ;; esac
  done
  sleep 0.05
done
`;
const READ = "pgrep -f watch-torn >/dev/null || { setsid /usr/local/bin/watch-torn </dev/null >/dev/null 2>&1 & }";

/** Starts the reader. */
export async function watchTorn(host: Host): Promise<void> {
  const text = READER.replaceAll("'", `'\\''`);
  await must(
    host,
    `printf '%s' '${text}' >/usr/local/bin/watch-torn; chmod 755 /usr/local/bin/watch-torn; : >/var/torn; ${READ}`,
  );
}

/** What the reader saw of files that were not whole; where the host was switched off it is started again. */
export async function tornIn(host: Host): Promise<string[]> {
  const seen = await must(host, `cat /var/torn; : >/var/torn; ${READ}`);
  return linesOf(seen).map((line) => `torn: ${line}`);
}

/** What is not as the version says, or was left behind, by the host's own tools. */
export async function leftOf(host: Host, version: number): Promise<string[]> {
  const isEven = version % 2 === 0;
  const [here, gone] = isEven ? ["even", "odd"] : ["odd", "even"];
  const [there, away] = isEven ? ["tree", "ed"] : ["ed", "tree"];
  const script = `
for file in one two of-${here}; do [ "$(sort -u /srv/versions/$file)" = "version ${version}" ] || echo "$file is not of version ${version}"; done
[ ! -e /srv/versions/of-${gone} ] || echo "of-${gone} is there"
[ "$(cat /run/versions)" = "runs version ${version}" ] || echo "the service has $(cat /run/versions)"
systemctl -q is-active versions || echo "the service does not run"
getent passwd worker | grep -q "Version ${version}:" || echo "worker is not of the version"
getent passwd ${here} >/dev/null || echo "no user ${here}"
! getent passwd ${gone} >/dev/null || echo "user ${gone} is there"
grep -q '^${version % 60} 3 ' /etc/cron.d/job || echo "the job is not of the version"
[ "$(/usr/sbin/sysctl -n net.core.somaxconn)" = ${4000 + (version % 2)} ] || echo "the kernel has another somaxconn"
[ "$(dpkg-query -W -f '\${db:Status-Status}' ${there})" = installed ] || echo "${there} is not installed"
[ "$(dpkg-query -W -f '\${db:Status-Status}' ${away})" != installed ] || echo "${away} is installed"
/usr/bin/dpkg --audit
find / -xdev -name '.drover.*'
find /var/lib/drover -name '*.begun' -o -path '*/runs/*new*' -o -path '*/blobs/*new*'
ls -A /run/drover 2>/dev/null
flock -n /var/lib/drover/lock true || echo "the lock is held"
n=0; while read -r row; do n=$((n + 1)); case $row in '{"seq":'$n','*'}') ;; *) echo "journal line $n: $row" ;; esac; done </var/lib/drover/journal
`;
  const { stdout, stderr } = await host.sh(script);
  return linesOf(`${stdout}${stderr.replaceAll(`dpkg-query: no packages found matching ${away}\n`, "")}`);
}

/** Switches the host off the hard way when its time has come, and on again; false when the run was over before. */
export async function restarted(host: Host, running: Promise<Ran>): Promise<boolean> {
  let isOver = false;
  void running.finally(() => {
    isOver = true;
  });
  while ((await host.sh("[ -e /run/drover-step/hit ]")).code !== 0) {
    if (isOver) return false;
    await new Promise((resume) => setTimeout(resume, 100));
  }
  const signal = AbortSignal.timeout(60_000);
  await call({ method: "POST", path: `/containers/${host.id}/kill?signal=KILL`, signal });
  await host.reboot();
  return true;
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
