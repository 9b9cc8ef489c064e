import type { MountSpec } from "../mount.ts";

/** Flags of the kernel with their opposites: these are compared on what is mounted. */
const FLAGS: Readonly<Record<string, string>> = { ro: "rw", nosuid: "suid", nodev: "dev", noexec: "exec" };

/** As they stand in /etc/fstab. */
export function optionWords({ options, nofail, type }: MountSpec): string {
  const words = type === "bind" ? ["bind", ...options.filter((word) => word !== "bind")] : [...options];
  if (nofail && !words.includes("nofail")) words.push("nofail");
  return words.length === 0 ? "defaults" : words.join(",");
}

/** What has to be among the options of what is mounted, and with a `!` what may not. */
export function flagsOf({ options, type }: MountSpec): string {
  const has = (word: string): boolean => options.includes(word);
  const flags = Object.keys(FLAGS).map((flag) => (has(flag) ? flag : `!${flag}`));
  const others = options.flatMap((option) => {
    if (option === "noatime" || option === "nodiratime") return [option];
    return type === "tmpfs" ? tmpfsWord(option) : [];
  });
  return [...flags, ...others].join(" ");
}

/** The kernel tells a size in KiB, and a mode without its leading zero. */
function tmpfsWord(option: string): string[] {
  const size = /^size=(\d+)([kmg]?)$/i.exec(option);
  if (size !== null) {
    const unit = { "": 1 / 1024, k: 1, m: 1024, g: 1024 * 1024 }[size[2]?.toLowerCase() ?? ""] ?? 1;
    const kib = Number(size[1]) * unit;
    return Number.isInteger(kib) && kib % 4 === 0 ? [`size=${kib}k`] : [];
  }
  const mode = /^mode=0*([0-7]+)$/.exec(option);
  return mode === null ? [] : [`mode=${mode[1]}`];
}

/** For a remount, all flags are said: what is left out would stay as it is. */
export function remountOptions({ options, type }: MountSpec): string {
  const flags = Object.entries(FLAGS).map(([flag, opposite]) => (options.includes(flag) ? flag : opposite));
  const others = options.filter((option) => !isForUserSpace(option) && !Object.entries(FLAGS).flat().includes(option));
  return [
    "remount",
    ...(type === "bind" ? ["bind"] : []),
    ...flags,
    ...others.filter((option) => option !== "bind"),
  ].join(",");
}

/** `mount` and systemd read these; the kernel does not know them. */
function isForUserSpace(option: string): boolean {
  return /^(defaults|auto|noauto|user|nouser|users|owner|group|_netdev|nofail|comment=.*|x-.*)$/.test(option);
}
