import type { z } from "zod";
import { fileBased } from "../model/file-based.ts";
import { accountsIn } from "../model/systemd/accounts.ts";
import { unitCheck } from "../model/systemd/check.ts";
import { refuseWithoutSystemd } from "../model/systemd/here.ts";
import { isCurrent, isRead, loadKey, RELOAD, reloadOnce, UNIT_LOAD } from "../model/systemd/load.ts";
import { unitNameSchema, unitPath } from "../model/systemd/name.ts";
import { contentSchema, contentText } from "../model/systemd/sections.ts";
import { stopUnit, unitNotes } from "./unit/steps.ts";

export type UnitInput = z.input<typeof contentSchema>;

/**
 * A unit of systemd, of any kind. Its file is held against systemd's parser before it takes its place, and done is what
 * systemd has read. Several new units are read at once. It neither starts nor enables: `service` does, and restarts what
 * was defined anew. A removed one is stopped and disabled first, with all of its instances.
 */
export default fileBased({
  type: "unit",
  title:
    "A unit file of systemd, whole, checked by systemd before it takes its place. `service(name)` enables and starts it, and restarts when it changed.",
  schema: contentSchema,
  names: unitNameSchema,
  plain: true,
  path: unitPath,
  content: (_name, spec) => contentText(spec),
  after: (_name, spec) => accountsIn(contentText(spec)),
  check: (name) => unitCheck(name),
  refuse: (name, _spec, context) => refuseWithoutSystemd(`unit:${name}`, context),
  queries: (name) => [{ kind: "unit-load", arg: name }],
  askers: { "unit-load": UNIT_LOAD },
  effects: (name) => [isRead(name)],
  putBack: (name, answers) => [isCurrent(name, answers)],
  activate: () => [RELOAD],
  batch: reloadOnce,
  removal: (name, { answers }) => ({
    before: stopUnit(name),
    effects: [isCurrent(name, answers)],
    notes: [`${name} is stopped and disabled`],
  }),
  evidence: (name) => [
    {
      kind: "exec",
      argv: ["systemctl", "show", "-p", "LoadState", "-p", "LoadError", "--", name],
      exits: [0, 1],
      within: 30,
    },
  ],
  notes: (name, _spec, { answers }) =>
    unitNotes(name, answers.get(`path:${unitPath(name)}`), answers.get(loadKey(name))),
});
