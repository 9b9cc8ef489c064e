import { DroverError } from "../../../lib/error.ts";
import { awaitIdle, removePackages } from "../../../model/apt.ts";
import type { Install, PackageManager } from "../manager.ts";
import { disableUnits, holding, install, markManual, repair, updateLists } from "./steps.ts";

/** apt takes a last `-` for "remove". */
const NAME = /^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](:[a-z0-9]+)?$/;

/** apt, with dpkg beneath it. */
export const APT: PackageManager = {
  tool: "dpkg",
  awaitIdle,
  repair,
  evidence: [{ kind: "exec", argv: ["dpkg", "--audit"], within: 60 }],
  check(name) {
    if (NAME.test(name)) return;
    throw new DroverError("CONFIG_INVALID", `package:${name}: Debian's packages have no such names`, {
      hint: "expected a package name such as nginx or libc6:i386",
    });
  },
  version: (version) => version,
  update: (when) => [updateLists(when)],
  install: installOf,
  hold: (how, name) => holding(how, [name]),
  liftsFirst: (stays) => !stays,
  unholdCommand: (name) => `apt-mark unhold ${name}`,
  updateCommand: "apt-get update",
  markManual: (name) => markManual([name]),
  disableUnits: (name) => disableUnits([name]),
  remove: (name, how) => removePackages([name], how),
  leftBehind: (purge) => (purge ? ", and configuration that nobody changed" : "; configuration and data stay"),
};

function installOf({ name, version, file, start, init, hold, state }: Install): ReturnType<typeof install> {
  const needsFiles = state?.status === "half-installed" || state?.status === "reinstreq";
  return install({
    names: [file ?? (version === undefined ? name : `${name}=${version}`)],
    start,
    init,
    flags: [
      // A package that is there half-way is finished, not upgraded.
      ...(version === undefined ? (state === undefined ? [] : ["--no-upgrade"]) : ["--allow-downgrades"]),
      ...(needsFiles ? ["--reinstall"] : []),
      ...(hold ? ["--allow-change-held-packages"] : []),
    ],
  });
}
