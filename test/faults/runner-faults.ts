import type { Host } from "../machines/index.ts";
import type { Point } from "./point.ts";

/** Kills the runner of a host at the lines that it writes into its journal. */
export interface RunnerFaults {
  /** Counts from 0 again; with a point of the runner, the next run is hit there. */
  arm(point: Point | undefined): Promise<void>;
  fired(): Promise<boolean>;
  /** Lines that were begun since. */
  lines(): Promise<number>;
}

/**
 * The runner calls `date` just before it appends a line, and `sync` on the journal just after. What waits a moment to kill
 * it lets its lock (descriptor 9) go: else the lock would seem to be held by a runner that is gone.
 */
const WRAPPERS: Readonly<Record<string, string>> = {
  date: `case $* in '-u +%Y-%m-%dT%H:%M:%SZ') /usr/local/sbin/drover-fault before ;; esac
exec /bin/date "$@"`,
  sync: `case $* in /var/lib/drover/journal) /bin/sync "$@"; /usr/local/sbin/drover-fault after; exit 0 ;; esac
exec /bin/sync "$@"`,
  "drover-fault": `cd /run/drover-fault || exit 0
[ "$1" != before ] || printf x >>lines
read -r when at <shot 2>/dev/null || exit 0
[ "$(wc -c <lines)" = "$at" ] || exit 0
read -r pid rest </var/lib/drover/holder-process
case $1:$when in
  before:before|after:after) mv shot fired && kill -9 "$pid" ;;
  after:within) mv shot fired && setsid sh -c 'sleep 0.2; kill -9 "$1"' sh "$pid" >/dev/null 2>&1 </dev/null 9>&- & ;;
esac`,
};

/** Puts the wrappers where the runner's PATH begins. */
export async function runnerFaults(host: Host): Promise<RunnerFaults> {
  for (const [name, body] of Object.entries(WRAPPERS)) {
    const text = `#!/bin/sh\n${body}\n`.replaceAll("'", `'\\''`);
    await must(host, `printf '%s' '${text}' >/usr/local/sbin/${name} && chmod 755 /usr/local/sbin/${name}`);
  }
  return {
    async arm(point) {
      const shot = point?.who === "runner" ? `echo ${point.when} ${point.at} >/run/drover-fault/shot` : ":";
      await must(host, `rm -rf /run/drover-fault; mkdir -p /run/drover-fault; : >/run/drover-fault/lines; ${shot}`);
    },
    fired: async () => (await host.sh("[ -e /run/drover-fault/fired ]")).code === 0,
    lines: async () => Number(await must(host, "wc -c </run/drover-fault/lines")),
  };
}

/** Runs a script on a host; any failure is an error that shows what was printed. */
export async function must(host: Host, script: string): Promise<string> {
  const { code, stdout, stderr } = await host.sh(script);
  if (code === 0) return stdout;
  throw new Error(`${host.name}: exit code ${code}: ${script.slice(0, 200)}\n${stdout}\n${stderr}`);
}
