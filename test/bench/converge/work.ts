/** The work that every tool is given: 56 ordinary resources on each host. What each of them makes of it is in its own file. */
export const PACKAGES = ["nginx-light", "cron", "curl", "jq", "tree", "rsync", "less", "ed"] as const;
export const SERVICES = ["nginx", "cron"] as const;
export const WEB_ROOT = "/srv/www";

export const USERS = numbered(10).map((n) => ({ name: `worker${n}`, shell: "/bin/bash", comment: `Worker ${n}` }));

export const FILES = numbered(20).map((n) => ({
  path: `/etc/converge/file${n}.conf`,
  content: `# File ${n}\n${numbered(20)
    .map((line) => `setting_${n}_${line} = value ${line}`)
    .join("\n")}\n`,
}));

/** Lines in a file that is there before, as a distribution's is. */
export const LINES_FILE = "/etc/converge-lines.conf";
export const LINES = numbered(10).map((n) => ({ key: `option${n}`, line: `option${n}=on` }));

export const CRON = numbered(5).map((n) => ({
  name: `job${n}`,
  minute: String(n * 7),
  hour: "3",
  command: `/usr/bin/true job ${n}`,
}));

export const COUNT = PACKAGES.length + USERS.length + FILES.length + LINES.length + CRON.length + SERVICES.length + 1;

/** What a host is given before the first run of any tool. */
export const BEFORE = `mkdir -p /etc/converge && printf '# Options\\n' >${LINES_FILE}`;

/** Says what is not as wanted, by the host's own tools; nothing when all is. */
export const CHECK = [
  ...PACKAGES.map(
    (name) => `dpkg-query -W -f '\${db:Status-Status}' ${name} | grep -qx installed || echo package ${name}`,
  ),
  ...USERS.map(({ name, shell }) => `getent passwd ${name} | grep -q '${shell}$' || echo user ${name}`),
  ...FILES.map(({ path }) => `[ "$(wc -l <${path})" = 21 ] || echo file ${path}`),
  ...LINES.map(({ line }) => `[ "$(grep -cx '${line}' ${LINES_FILE})" = 1 ] || echo line ${line}`),
  ...CRON.map(({ command }) => `grep -rqF '${command}' /etc/cron.d /var/spool/cron || echo cron '${command}'`),
  ...SERVICES.map(
    (name) => `systemctl -q is-active ${name} && systemctl -q is-enabled ${name} || echo service ${name}`,
  ),
  `[ "$(stat -c '%U %a' ${WEB_ROOT})" = 'www-data 755' ] || echo directory ${WEB_ROOT}`,
].join("\n");

function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
