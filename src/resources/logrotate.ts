import { z } from "zod";
import { isBringing } from "../model/ask/path-state.ts";
import { fileBased } from "../model/file-based.ts";
import type { Asker } from "../model/query.ts";
import { logrotateText } from "./logrotate/content.ts";
import { logrotateSchema } from "./logrotate/schema.ts";

export type { LogrotateInput } from "./logrotate/schema.ts";

const LOGROTATE_HERE: Asker = `
if command -v logrotate >/dev/null 2>&1; then logrotate_here=here; else logrotate_here=absent; fi
for logrotate_n in "$@"; do line "logrotate-here:$logrotate_n" $logrotate_here; done`;

/**
 * logrotate's own word on the staged file, in a trial that changes nothing: it says line by line what it does not
 * understand, and would go without. Logs that are not there yet are none of the file's faults.
 */
const CHECK = `command -v logrotate >/dev/null || exit 0
said=$(logrotate -d -s /dev/null "$1" 2>&1 | grep -F "error: $1:")
[ -z "$said" ] && exit 0
printf '%s\\n' "$said" | while read -r line; do printf 'line %s\\n' "\${line#*"$1":}"; done
exit 1`;

const names = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, "expected letters, digits, `_` and `-`: logrotate passes over some others");

/** How logs are rotated, in a file of its own in /etc/logrotate.d. */
export default fileBased({
  type: "logrotate",
  brief: true,
  title: "How logs are rotated, checked by logrotate before it takes its place.",
  schema: logrotateSchema,
  names,
  plain: true,
  path: (name) => `/etc/logrotate.d/${name}`,
  content: (_name, spec) => logrotateText(spec),
  check: () => ["sh", "-c", CHECK, "sh", "{}"],
  queries: () => [{ kind: "logrotate-here", arg: "main" }],
  askers: { "logrotate-here": LOGROTATE_HERE },
  after: (_name, { su, create }) => [
    "package:logrotate",
    ...[su?.user, create?.owner].flatMap((user) => (user === undefined ? [] : [`user:${user}`])),
    ...[su?.group, create?.group].flatMap((group) => (group === undefined ? [] : [`group:${group}`])),
  ],
  lacks: (_name, _spec, { answers }) => {
    const isMissing = answers.get("logrotate-here:main") === "absent" && !isBringing(answers);
    return isMissing
      ? ['logrotate is not installed here, so that nothing rotates them: pkg("logrotate") brings it']
      : [];
  },
});
