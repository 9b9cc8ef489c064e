import { z } from "zod";
import { isBringing } from "../model/ask/path-state.ts";
import { fileBased } from "../model/file-based.ts";
import type { Asker } from "../model/query.ts";
import { secretsIn } from "../model/secret.ts";
import { cronText } from "./cron/content.ts";
import { cronSchema } from "./cron/schema.ts";

export type { CronInput } from "./cron/schema.ts";

/** `cron-daemon:main`: `here` or `absent`. Busybox's crond, which is a link, does not read /etc/cron.d. */
const CRON_DAEMON: Asker = `
cron_here=absent
for cron_f in /usr/sbin/cron /usr/sbin/crond /usr/lib/systemd/system-generators/systemd-crontab-generator; do
  [ ! -x "$cron_f" ] || [ -L "$cron_f" ] || cron_here=here
done
for cron_n in "$@"; do line "cron-daemon:$cron_n" $cron_here; done`;

/** Cron passes over files with any other character in their names. */
const names = z
  .string()
  .max(100)
  .regex(
    /^[A-Za-z0-9_-]+$/,
    "expected letters, digits, `_` and `-`: cron passes over files with other names, without a word",
  );

/**
 * A job of cron, in a file of its own in /etc/cron.d. Cron sees within a minute that it changed; nothing is to be done for
 * that. Jobs in users' own crontabs are not touched.
 */
export default fileBased({
  type: "cron",
  title: "A job of cron: when, who, what.",
  brief: true,
  schema: cronSchema,
  names,
  path: (name) => `/etc/cron.d/${name}`,
  content: (_name, spec) => cronText(spec),
  mode: (spec) => (secretsIn(spec.env).size > 0 ? "0600" : "0644"),
  queries: () => [{ kind: "cron-daemon", arg: "main" }],
  askers: { "cron-daemon": CRON_DAEMON },
  after: (_name, { user, run }) => ["package:cron", `user:${user}`, ...(run === undefined ? [] : [`file:${run[0]}`])],
  lacks: (_name, _spec, { answers }) => {
    const isMissing = answers.get("cron-daemon:main") === "absent" && !isBringing(answers);
    return isMissing ? ['no cron is installed here, so that nothing runs it: pkg("cron") brings one'] : [];
  },
});
