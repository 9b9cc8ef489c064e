import { directory, file, kernelModule, limits, line, pkg, type Role, sysctl } from "drover";

export interface HardeningOptions {
  /** What files of new users are closed with. */
  readonly umask?: string;
  /** Days after which a password has to be another one. */
  readonly passwordDays?: number;
  /** Whether it forwards packets, as routers and hosts of containers do. */
  readonly forwards?: boolean;
}

/** What nobody on a server mounts or speaks. */
const MODULES = ["cramfs", "freevxfs", "jffs2", "hfs", "hfsplus", "udf", "dccp", "sctp", "rds", "tipc"];

/** Held by the network of each machine or container. */
const network = (forwards: boolean): Readonly<Record<string, number>> => ({
  "net.ipv4.ip_forward": forwards ? 1 : 0,
  "net.ipv4.conf.all.rp_filter": 1,
  "net.ipv4.conf.default.rp_filter": 1,
  "net.ipv4.conf.all.accept_source_route": 0,
  "net.ipv4.conf.default.accept_source_route": 0,
  "net.ipv4.conf.all.accept_redirects": 0,
  "net.ipv4.conf.default.accept_redirects": 0,
  "net.ipv4.conf.all.secure_redirects": 0,
  "net.ipv4.conf.default.secure_redirects": 0,
  "net.ipv4.conf.all.send_redirects": 0,
  "net.ipv4.conf.default.send_redirects": 0,
  "net.ipv4.conf.all.log_martians": 1,
  "net.ipv4.conf.default.log_martians": 1,
  "net.ipv4.icmp_echo_ignore_broadcasts": 1,
  "net.ipv4.icmp_ignore_bogus_error_responses": 1,
  "net.ipv4.tcp_syncookies": 1,
  "net.ipv4.tcp_rfc1337": 1,
});

/** The kernel's own: in a container only their files are kept, and count for nothing. */
const KERNEL = {
  "fs.protected_hardlinks": 1,
  "fs.protected_symlinks": 1,
  "fs.suid_dumpable": 0,
  "kernel.dmesg_restrict": 1,
  "kernel.kptr_restrict": 2,
  "kernel.randomize_va_space": 2,
  "kernel.sysrq": 0,
};

/** Settings of new accounts and of logins, in login.defs. */
const logins = (umask: string, passwordDays: number): Readonly<Record<string, string | number>> => ({
  LOGIN_RETRIES: 5,
  LOGIN_TIMEOUT: 60,
  PASS_MAX_DAYS: passwordDays,
  PASS_MIN_DAYS: 1,
  PASS_WARN_AGE: 7,
  UMASK: umask,
});

/** Only root reads what cron does. Its files come with the package. */
const cron = [
  pkg("cron"),
  ...["d", "hourly", "daily", "weekly", "monthly"].map((part) =>
    directory(`/etc/cron.${part}`, { mode: "0700", owner: "root:root" }, { needs: ["package:cron"] }),
  ),
  file("/etc/crontab", { mode: "0600" }, { needs: ["package:cron"] }),
];

/** A baseline for a Debian server, after that of dev-sec: kernel, core dumps, accounts, cron. */
export function hardening({ umask = "027", passwordDays = 60, forwards = false }: HardeningOptions = {}): Role {
  const settings = Object.entries({ ...network(forwards), ...KERNEL });
  return () => [
    ...settings.map(([key, value]) => sysctl(key, value)),
    ...MODULES.map((name) => kernelModule(name, { blacklist: true })),
    limits("core-dumps", { domain: "*", both: { core: 0 } }),
    file("/etc/systemd/coredump.conf.d/off.conf", { content: "[Coredump]\nStorage=none\nProcessSizeMax=0\n" }),
    ...Object.entries(logins(umask, passwordDays)).map(([key, value]) =>
      line("/etc/login.defs", key, { line: `${key} ${value}`, match: `^${key}[[:space:]]` }),
    ),
    line("/etc/pam.d/common-session", "umask", {
      line: "session optional pam_umask.so",
      match: "^session[[:space:]]+optional[[:space:]]+pam_umask\\.so",
    }),
    ...cron,
  ];
}

export default hardening();
