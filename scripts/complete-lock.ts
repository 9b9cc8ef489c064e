import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `npm install` leaves optional packages of other platforms out of the lock file when the registry at hand does not
 * have them, and `npm ci` then refuses the lock file. This puts them in by name, version and platform.
 */
interface Locked {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const file = join(import.meta.dirname, "../package-lock.json");
// Written by npm in a known format.
const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, Locked> };
const SYSTEMS = [
  "android",
  "darwin",
  "linux",
  "win32",
  "freebsd",
  "openbsd",
  "netbsd",
  "openharmony",
  "sunos",
  "aix",
  "cygwin",
  "emnapi",
  "wasi",
  "wasm32",
];
const CPUS = ["arm64", "x64", "ia32", "arm", "ppc64", "riscv64", "s390x", "loong64", "mips64el", "wasm32"];

for (const [path, locked] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(locked.optionalDependencies ?? {})) {
    if (path === "" || lock.packages[`node_modules/${name}`] !== undefined) continue;
    const words = name.split(/[-/]/);
    const system = SYSTEMS.find((one) => words.includes(one)) ?? "none";
    const cpu = CPUS.find((one) => words.some((word) => word === one || word === `${one}gc`)) ?? "none";
    lock.packages[`node_modules/${name}`] = {
      version: version.replace(/^[~^]/, ""),
      ...(locked.dev === true ? { dev: true } : {}),
      optional: true,
      os: [system],
      cpu: [cpu],
      ...(words.includes("musl") ? { libc: ["musl"] } : {}),
    };
  }
}
const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
