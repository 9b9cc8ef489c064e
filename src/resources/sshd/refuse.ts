import { DroverError } from "../../lib/error.ts";
import { parseAnswer, unword } from "../../model/answer.ts";
import { isBringing } from "../../model/ask/path-state.ts";
import type { PlanContext } from "../../model/resource.ts";
import { ADDED_UP, keysOf } from "./config.ts";
import type { Wanted } from "./schema.ts";

const MAIN = "/etc/ssh/sshd_config";

/** Refuses what would be written and not be heard, with the line that stands in its way. */
export function refuse(wanted: Wanted, { answers }: PlanContext): void {
  const config = parseAnswer(answers.get("sshd-config:main") ?? "");
  if (config.head === "missing" || config.head === "") {
    if (isBringing(answers)) return;
    conflict("sshd is not on this machine", 'add pkg("openssh-server") to its resources');
  }
  const { include = "none", before = "", after = "" } = config.fields;
  if (include === "none") {
    conflict(`${MAIN} does not include its drop-ins`, `put this into its first line: Include ${MAIN}.d/*.conf`);
  }
  if (include.startsWith("match:")) {
    conflict(
      `line ${include.slice(6)} of ${MAIN} includes the drop-ins within a Match block`,
      "move it to the first line",
    );
  }
  if ("seen" in wanted) return;
  const keys = keysOf(wanted.fields);
  refuseSet(places(before), keys, "is set before the drop-in, and the first value wins");
  refuseSet(
    places(after),
    keys.filter((key) => ADDED_UP.includes(key)),
    "is set there as well, and values add up",
  );
  refusePort(keys, answers);
  const { head, fields } = parseAnswer(answers.get("sshd-wanted:main") ?? "");
  if (head === "broken")
    conflict(`sshd does not accept these settings: ${unword(fields["why"] ?? "")}`, "correct them in the stack file");
}

interface Place {
  readonly key: string;
  readonly at: string;
}

function places(list: string): Place[] {
  return unword(list)
    .split(",")
    .map((place) => ({ key: place.slice(0, place.indexOf("@")), at: place.slice(place.indexOf("@") + 1) }));
}

function refuseSet(all: readonly Place[], keys: readonly string[], why: string): void {
  const set = all.find(({ key }) => keys.includes(key));
  if (set === undefined) return;
  const [line, file] = [set.at.slice(set.at.lastIndexOf(":") + 1), set.at.slice(0, set.at.lastIndexOf(":"))];
  conflict(`${set.key} ${why}: line ${line} of ${file}`, "take that line out, or the key out of sshd()");
}

/** Where systemd listens in place of sshd, and nothing tells it sshd's ports, they would move nothing. */
function refusePort(keys: readonly string[], answers: PlanContext["answers"]): void {
  const { socket } = parseAnswer(answers.get("sshd-daemon:main") ?? "").fields;
  const key = keys.find((one) => one === "port" || one === "listenaddress");
  if (socket !== "fixed" || key === undefined) return;
  conflict(
    `ssh.socket decides what is listened on here, not ${key}`,
    "set ListenStream in a drop-in of ssh.socket, or use ssh.service",
  );
}

function conflict(message: string, hint: string): never {
  throw new DroverError("CONFLICT", `sshd:main: ${message}`, { hint });
}
