import { z } from "zod";
import { parseAnswer } from "../model/answer.ts";
import { isBringing } from "../model/ask/path-state.ts";
import { fileBased } from "../model/file-based.ts";
import { accountsIn } from "../model/systemd/accounts.ts";
import { dropInCheck } from "../model/systemd/check.ts";
import { refuseWithoutSystemd } from "../model/systemd/here.ts";
import { isCurrent, loadKey, RELOAD, reloadOnce, UNIT_LOAD } from "../model/systemd/load.ts";
import { templateOf, unitNameSchema } from "../model/systemd/name.ts";
import { contentSchema, contentText } from "../model/systemd/sections.ts";

export type DropInInput = z.input<typeof contentSchema>;

/** `nginx.service/limits`: the unit, and the drop-in's own name. */
const names = z
  .string()
  .refine(
    (name) => unitNameSchema.safeParse(unitOf(name)).success,
    "expected a unit's name first, such as nginx.service/limits",
  )
  .refine(
    (name) => /^[^/]+\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}$/.test(name),
    "expected the drop-in's own name after the unit's, such as nginx.service/limits",
  )
  .refine((name) => !name.endsWith(".conf"), "the `.conf` comes by itself");

function unitOf(name: string): string {
  return name.split("/")[0] ?? "";
}

/**
 * A part of a unit that somebody else defines: what it sets comes on top. systemd reads it at once; a service that runs
 * goes on as it was started until `service(name)` restarts it.
 */
export default fileBased({
  type: "drop-in",
  title:
    "A drop-in: settings on top of a unit that is there. `service(name)` restarts when one of its drop-ins changed.",
  schema: contentSchema,
  names,
  plain: true,
  path: (name) => `/etc/systemd/system/${unitOf(name)}.d/${name.split("/")[1]}.conf`,
  content: (_name, spec) => contentText(spec),
  check: (name) => dropInCheck(unitOf(name)),
  refuse: (name, _spec, context) => refuseWithoutSystemd(`drop-in:${name}`, context),
  queries: (name) => [{ kind: "unit-load", arg: unitOf(name) }],
  askers: { "unit-load": UNIT_LOAD },
  effects: (name, _spec, answers) => [isCurrent(unitOf(name), answers)],
  putBack: (name, answers) => [isCurrent(unitOf(name), answers)],
  activate: () => [RELOAD],
  batch: reloadOnce,
  removal: (name, { answers }) => ({ effects: [isCurrent(unitOf(name), answers)] }),
  after: (name, spec) => {
    const template = templateOf(unitOf(name));
    const units = [`unit:${unitOf(name)}`, ...(template === undefined ? [] : [`unit:${template}`])];
    return [...units, ...accountsIn(contentText(spec))];
  },
  lacks: (name, _spec, { answers }) => {
    const { state } = parseAnswer(answers.get(loadKey(unitOf(name))) ?? "").fields;
    const isWaiting = state === "not-found" && !isBringing(answers);
    return isWaiting ? [`there is no ${unitOf(name)} here: it waits for one`] : [];
  },
});
