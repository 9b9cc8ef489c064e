import type { Host } from "../machines/index.ts";
import { must } from "./runner-faults.ts";

/** Programs that the steps of a run begin with: before each of them a runner may die. */
const PROGRAMS = [
  ...["awk", "cat", "chmod", "chown", "dpkg", "groupadd", "ln", "mkdir", "mv", "rm", "rmdir", "sha256sum", "sync"],
  ...["sysctl", "systemctl", "tail", "timeout", "useradd", "userdel", "usermod", "apt-get"],
];

/**
 * Counts the programs that a runner starts, however deep, and hits it before one of them: only the runner exports DROVER_STATE,
 * so that what a client asks is not counted. `runner` dies by SIGKILL, and its children live on; with `host` all that runs dies.
 */
const HIT = `#!/bin/sh
[ -n "$DROVER_STATE" ] && cd /run/drover-step 2>/dev/null || exit 0
exec 9>>lock; flock 9; printf x >>calls
read -r who at <shot 2>/dev/null || exit 0
[ "$(/usr/bin/wc -c <calls)" = "$at" ] || exit 0
/usr/bin/mv shot fired; exec 9>&-
case $who in
  runner) read -r pid rest </var/lib/drover/holder-process; kill -9 "$pid" ;;
  host) printf now >hit; sleep 60 ;;
esac
`;

export interface StepFaults {
  /** Counts from 0 again; with `at` what it says is hit before the program of that number. */
  arm(shot?: { readonly who: "runner" | "host"; readonly at: number }): Promise<void>;
  /** Programs that were started since. */
  calls(): Promise<number>;
  fired(): Promise<boolean>;
}

/** Puts a wrapper before each program, where the runner's PATH begins; apt is told of dpkg's. */
export async function stepFaults(host: Host): Promise<StepFaults> {
  const put = (path: string, text: string): string =>
    `printf '%s' '${text.replaceAll("'", `'\\''`)}' >${path} && chmod 755 ${path}`;
  const wrappers = PROGRAMS.map((name) => {
    const real = `$(for d in /usr/sbin /usr/bin /sbin /bin; do [ ! -x $d/${name} ] || { echo $d/${name}; break; }; done)`;
    return `real=${real}; [ -z "$real" ] || { printf '#!/bin/sh\\n/usr/local/sbin/drover-step\\nexec %s "$@"\\n' "$real" >/usr/local/sbin/${name}; chmod 755 /usr/local/sbin/${name}; }`;
  });
  await must(host, [put("/usr/local/sbin/drover-step", HIT), ...wrappers].join("\n"));
  await must(host, `echo 'Dir::Bin::dpkg "/usr/local/sbin/dpkg";' >/etc/apt/apt.conf.d/99drover-step`);
  return {
    async arm(shot) {
      const told = shot === undefined ? ":" : `echo ${shot.who} ${shot.at} >/run/drover-step/shot`;
      await must(host, `rm -rf /run/drover-step; mkdir -p /run/drover-step; : >/run/drover-step/calls; ${told}`);
    },
    calls: async () => Number(await must(host, "/usr/bin/wc -c </run/drover-step/calls")),
    fired: async () => (await host.sh("[ -e /run/drover-step/fired ]")).code === 0,
  };
}
