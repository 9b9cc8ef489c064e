import { cron, directory, file, logrotate, pkg, type Role, service } from "drover";

export interface BackupOptions {
  /** What is backed up: absolute paths. */
  readonly paths?: readonly string[];
  readonly folder?: string;
  /** How many archives stay. */
  readonly keep?: number;
  /** When, as cron writes it. */
  readonly schedule?: string;
}

/** Says what it did on one line; an archive that is not whole never gets its name. */
const script = (paths: readonly string[], folder: string, keep: number): string => `#!/bin/sh
set -eu
umask 077
cd ${folder}
trap 'rm -f .next.tar.gz' EXIT
name=$(date -u +%Y%m%dT%H%M%S.%N).tar.gz
tar -czf .next.tar.gz -C / ${paths.map((path) => path.slice(1)).join(" ")}
gzip -t .next.tar.gz
mv .next.tar.gz "$name"
ls -1 *.tar.gz | head -n -${keep} | xargs -r rm -f --
echo "$name: $(stat -c %s "$name") bytes"
`;

/** Archives of some folders, each night, the last few of which stay; what was done is logged. */
export function backup({
  paths = ["/etc", "/root"],
  folder = "/var/backups/nightly",
  keep = 7,
  schedule = "15 3 * * *",
}: BackupOptions = {}): Role {
  const program = "/usr/local/sbin/backup";
  return () => [
    pkg("cron"),
    pkg("logrotate"),
    directory(folder, { mode: "0700", owner: "root:root" }),
    file(program, { content: script(paths, folder, keep), mode: "0750", check: ["sh", "-n", "{}"] }),
    cron("backup", { schedule, command: `${program} >>/var/log/backup.log 2>&1`, env: { MAILTO: "root" } }),
    logrotate("backup", {
      paths: "/var/log/backup.log",
      every: "weekly",
      keep: 8,
      compress: true,
      delayCompress: true,
      create: { mode: "0640", owner: "root", group: "adm" },
    }),
    // For copies that are put back by hand: what is a week old goes by itself.
    file("/etc/tmpfiles.d/restore.conf", { content: "d /var/tmp/restore 0700 root root 7d\n" }),
    directory("/var/tmp/restore", { mode: "0700", owner: "root:root" }),
    service("cron"),
  ];
}

export default backup();
