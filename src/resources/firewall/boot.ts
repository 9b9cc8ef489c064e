import type { Answer } from "../../model/answer.ts";
import type { ExecStep, Step } from "../../model/step.ts";
import type { WholeFile } from "../../model/whole-file/state.ts";
import { SCRIPT, scriptFile, UNIT, unitFile } from "./files.ts";

/** What loads the rules with the machine. */
export interface Boot {
  readonly kind: "unit" | "script";
  readonly file: WholeFile;
  /** What `firewall-boot:main` says when it is as it has to be, and when it is not there. */
  readonly on: Answer;
  readonly off: Answer;
  /** Once its file is written. */
  readonly enable: readonly Step[];
  /** Takes the file's rules as the loaded ones, in place of `nft` itself. */
  readonly load?: Step;
  readonly disable: readonly Step[];
  /** Once its file is gone. */
  readonly forget: readonly Step[];
  readonly start: readonly Step[];
  readonly evidence: readonly Step[];
}

function exec(...argv: string[]): ExecStep {
  return { kind: "exec", argv };
}

/** What it writes besides is for everybody to read, as it is when somebody else calls it. */
function links(word: string): ExecStep {
  return exec("sh", "-c", 'umask 022; exec update-rc.d "$@"', "sh", SCRIPT, word);
}

const READ = exec("systemctl", "daemon-reload");

const unit: Boot = {
  kind: "unit",
  file: unitFile,
  on: "unit enabled=enabled active=active stale=no",
  off: "unit enabled=none active=inactive stale=no",
  enable: [READ, exec("systemctl", "enable", "--", UNIT)],
  load: exec("systemctl", "restart", UNIT),
  disable: [
    { kind: "exec", argv: ["systemctl", "disable", "--now", "--", UNIT], exits: [0, 1] },
    { kind: "exec", argv: ["systemctl", "reset-failed", "--", UNIT], exits: [0, 1] },
  ],
  forget: [READ],
  start: [exec("systemctl", "start", "--", UNIT)],
  evidence: [exec("journalctl", "--no-pager", "-n", "20", "-u", UNIT)],
};

const script: Boot = {
  kind: "script",
  file: scriptFile,
  on: "script enabled=enabled",
  off: "script enabled=none",
  // The first makes links where there are none, the second turns round those that keep it from starting.
  enable: [links("defaults"), links("enable")],
  disable: [{ ...links("remove"), exits: [0, 1] }],
  forget: [],
  start: [],
  evidence: [],
};

/** Undefined where nothing starts anything with the machine. */
export function bootOf(init: string): Boot | undefined {
  if (init === "systemd") return unit;
  return init === "sysv" ? script : undefined;
}
