import { environmentVariables, file, hostsEntry, locale, pkg, type Role, timezone, unattendedUpgrades } from "drover";

export interface BaseOptions {
  readonly zone?: string;
  readonly language?: string;
  /** Names of machines that no name server knows, by address. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
  readonly packages?: readonly string[];
  /** What those who log in read. */
  readonly welcome?: string;
  /** When it may reboot for an upgrade; never, when false. */
  readonly reboot?: string | false;
}

const PACKAGES = ["ca-certificates", "curl", "less", "lsof", "vim-tiny"];

/** What each server has: its time zone and language, names, tools, and security upgrades that it makes by itself. */
export function base({
  zone = "Europe/Berlin",
  language = "en_US.UTF-8",
  hosts = { "10.0.0.5": ["db.internal", "db"], "10.0.0.6": ["cache.internal", "cache"] },
  packages = PACKAGES,
  welcome = "Managed: changes made by hand are undone.",
  reboot = "03:30",
}: BaseOptions = {}): Role {
  return () => [
    ...[...packages, "locales", "tzdata", "unattended-upgrades"].map((name) => pkg(name)),
    timezone(zone),
    locale(language, { default: true }),
    ...Object.entries(hosts).map(([address, names]) => hostsEntry(address, [...names])),
    ...environmentVariables({ EDITOR: "vi" }),
    file("/etc/motd.d/welcome", { content: `${welcome}\n` }),
    unattendedUpgrades({ reboot, blacklist: ["linux-image-"] }),
  ];
}

export default base();
