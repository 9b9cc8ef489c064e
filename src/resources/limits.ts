import { z } from "zod";
import { fileBased } from "../model/file-based.ts";
import { limitsText } from "./limits/content.ts";
import { limitsSchema } from "./limits/schema.ts";

export type { LimitsInput } from "./limits/schema.ts";

const names = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, "expected letters, digits, `_` and `-`; the `.conf` comes by itself");

/** What pam_limits reads when somebody logs in: sessions that are open keep the limits that they began with. */
export default fileBased({
  type: "limits",
  brief: true,
  title:
    "Limits of a user's or group's logins. systemd's services do not get them: say `LimitNOFILE` in a unit or drop-in.",
  schema: limitsSchema,
  names,
  plain: true,
  path: (name) => `/etc/security/limits.d/${name}.conf`,
  content: (_name, spec) => limitsText(spec),
  after: (_name, { domain }) => {
    if (domain.startsWith("@")) return [`group:${domain.slice(1)}`];
    return domain === "*" ? [] : [`user:${domain}`];
  },
  notes: (name) => [
    `limits:${name} counts for new logins, and for no service of systemd: those take LimitNOFILE and the like in a unit or drop-in`,
  ],
});
