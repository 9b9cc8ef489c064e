import { z } from "zod";
import { USER } from "../model/account/ask.ts";
import { HOME } from "../model/account/home.ts";
import { parseAnswer } from "../model/answer.ts";
import { checkName } from "../model/check-name.ts";
import { accountSchema, lineSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Found, type ResourceType } from "../model/resource.ts";
import { BLOB } from "../model/whole-file/blob.ts";
import { AUTHORIZED_KEYS } from "./authorized-keys/ask.ts";
import { readKey } from "./authorized-keys/key.ts";
import { planKeys, planKeysRemoval } from "./authorized-keys/plan.ts";
import { type KeysState, ownersOf, parseKeys } from "./authorized-keys/state.ts";

const keySchema = lineSchema
  .transform((line) => line.trim())
  .refine(
    (line) => readKey(line) !== undefined,
    "not a public key: expected a line as in `id_ed25519.pub`, whole, with options before it if need be",
  );

export const keysSchema = z
  .strictObject({
    keys: z
      .array(keySchema)
      .max(500)
      .refine((lines) => new Set(lines.map((line) => readKey(line)?.blob)).size === lines.length, "the same key twice")
      .optional()
      .describe(
        'Public keys, one text each, as in `id_ed25519.pub`; options may stand before: `restrict,command="..." ssh-ed25519 ...`. One that is there already under another comment is the same; without options here it keeps those it has.',
      ),
    exclusive: z
      .boolean()
      .default(false)
      .describe("Whether keys that are not named here go, whoever put them there; default false: they stay."),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "expected 64 hex digits")
      .optional()
      .describe("In place of keys: by digest, a whole file that the machine keeps of an earlier run."),
  })
  .refine(({ keys, sha256 }) => (keys === undefined) !== (sha256 === undefined), "expected either `keys` or `sha256`");

export type AuthorizedKeysInput = z.input<typeof keysSchema>;
export type AuthorizedKeysSpec = z.output<typeof keysSchema>;

/**
 * What opens a user by ssh: keys in its `~/.ssh/authorized_keys`, between two marks. When they leave the file, those between
 * the marks go; a key that was there already stays where it is.
 */
export const keysType: ResourceType<AuthorizedKeysSpec, KeysState> = {
  type: "authorized-keys",
  title: "Keys that open a user by ssh.",
  schema: keysSchema,
  sharing: "shared",
  brief: true,
  askers: { user: USER, home: HOME, blob: BLOB, "authorized-keys": AUTHORIZED_KEYS },
  query: (wanted, owner) =>
    wanted.flatMap(({ name, spec }) => questions(checkName("authorized-keys", accountSchema, name), spec, owner)),
  parse: parseKeys,
  // The marks say whose they are, also where the file was somebody's before.
  found: (answers) =>
    [...answers].flatMap(([key, answer]): Found[] =>
      key.startsWith("authorized-keys:") && parseAnswer(answer).head === "keys"
        ? ownersOf(answer).map((owner) => ({ name: key.slice("authorized-keys:".length), owner }))
        : [],
    ),
  plan: (name, spec, observed, context) =>
    spec === undefined ? planKeysRemoval(name, observed, context) : planKeys(name, spec, context),
  spec: (_name, { sha256 }) => ({ exclusive: false, sha256 }),
  guards: (name, { answers }) =>
    answers.get("fact:login") === name ? "the keys of the user you come in as" : undefined,
  after: (name) => [`user:${name}`],
};

export default defineResource(keysType);

function questions(name: string, spec: AuthorizedKeysSpec | undefined, owner: string): Query[] {
  const only = spec?.exclusive === true ? "yes" : "no";
  const extra = [owner, only, (spec?.keys ?? []).join("\n")];
  return [
    { kind: "user", arg: name },
    { kind: "home", arg: name },
    { kind: "authorized-keys", arg: name, extra },
    ...(spec?.sha256 === undefined ? [] : [{ kind: "blob", arg: spec.sha256 }]),
  ];
}
