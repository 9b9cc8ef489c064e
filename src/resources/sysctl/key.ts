import { z } from "zod";

/** A kernel's setting as `sysctl` prints it: parts with dots between; a `/` within a part stands for a dot in it. */
export const keySchema = z
  .string()
  .max(200, "a setting's name has at most 200 characters")
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_@:+/-]*(\.[A-Za-z0-9_@:+-][A-Za-z0-9_@:+/-]*)+$/,
    "expected a kernel setting with dots, such as vm.swappiness (a dot within a part is written `/`, as in net.ipv4.conf.eth0/100.forwarding)",
  );

/** The file that keeps it over a reboot. */
export function confPath(key: string): string {
  return `/etc/sysctl.d/60-drover-${key.replaceAll("/", "%2f")}.conf`;
}

/** Where the kernel shows it. */
export function kernelPath(key: string): string {
  return `/proc/sys/${key.replace(/[./]/g, (char) => (char === "." ? "/" : "."))}`;
}

/** A value with one space wherever it has white space: the kernel prints tabs where people write spaces. */
export function plainValue(value: string | number): string {
  return String(value).trim().split(/\s+/).join(" ");
}
