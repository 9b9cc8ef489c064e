import { fileBased } from "../model/file-based.ts";
import type { AnyResourceType } from "../model/resource.ts";
import { type SudoersSpec, sudoersNameSchema, sudoersSchema } from "./sudoers/schema.ts";
import { sudoersText, visitors } from "./sudoers/text.ts";
import { withUndo } from "./sudoers/undo.ts";

export type { SudoersInput, SudoersSpec } from "./sudoers/schema.ts";

const pathOf = (name: string): string => `/etc/sudoers.d/${name}`;

const file = fileBased<SudoersSpec>({
  type: "sudoers",
  title: "Who may do what with sudo: a file of /etc/sudoers.d.",
  schema: sudoersSchema,
  names: sudoersNameSchema,
  path: pathOf,
  content: (_name, spec) => sudoersText(spec),
  mode: "0440",
  plain: true,
  guards: () => "who may become root",
  check: () => ["visudo", "-cf", "{}"],
  after: (_name, spec) => ["package:sudo", ...visitors(spec)],
});

/**
 * Who may do what with sudo: a file of /etc/sudoers.d, 0440, which `visudo` has to accept before it takes its place. Only
 * the file itself is checked so, as sudo reads each of them by itself, too. sudo-rs refuses `Defaults` that it does not know.
 */
export const sudoersType: AnyResourceType = {
  ...file,
  plan: (name, spec, observed, context) => withUndo(pathOf(name), file.plan(name, spec, observed, context)),
};

export default sudoersType;
