import { DroverError } from "../../../lib/error.ts";
import type { PackageManager } from "../manager.ts";
import { exactly, rpmName } from "./names.ts";
import { disableUnits, dnf, install, LOCAL, OPTIONS, remove } from "./steps.ts";

const ARCHES = /\.(noarch|x86_64|i[3-6]86|aarch64|armv7hl|ppc64le|s390x|riscv64)$/;

/** dnf 4, with rpm beneath it. */
export const DNF: PackageManager = {
  tool: "rpm",
  awaitIdle: {
    kind: "wait",
    query: { kind: "dnf-idle", arg: "main" },
    to: "idle",
    within: 600,
    every: 2,
    says: "dnf or rpm is in use by something else",
  },
  repair: () => dnf("--configure", [...OPTIONS, "remove", "--duplicates"], []),
  evidence: [{ kind: "exec", argv: ["dnf", "-C", "-q", "check"], within: 60 }],
  check(name) {
    const arch = ARCHES.exec(name)?.[1];
    if (arch === undefined) return;
    throw new DroverError("CONFIG_INVALID", `package:${name}: its architecture is said with a colon`, {
      hint: `pkg("${name.slice(0, -arch.length - 1)}:${arch}"), or without one for the machine's own`,
    });
  },
  version: (version) => version.replace(/^0:/, ""),
  // dnf fetches what is old by itself, and what it misses once more.
  update: () => [],
  install: ({ name, version, start }) =>
    install([version === undefined ? rpmName(name) : exactly(name, version)], start),
  hold: (how, name) =>
    dnf(how, [...LOCAL, "-q", "versionlock", how === "hold" ? "add" : "delete"], [name.replace(/:.*/, "")]),
  liftsFirst: () => true,
  unholdCommand: (name) => `dnf versionlock delete ${name}`,
  updateCommand: "dnf makecache --refresh",
  markManual: (name) => dnf("manual", [...LOCAL, "-q", "mark", "install"], [rpmName(name)]),
  disableUnits: (name) => disableUnits([rpmName(name)]),
  remove: (name) => remove([rpmName(name)]),
  leftBehind: () => "; of its configuration stays what somebody changed, as .rpmsave, and data",
};
