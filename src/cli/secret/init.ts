import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { DroverError } from "../../lib/error.ts";
import { reason } from "../../lib/reason.ts";
import { replaceFile } from "../../lib/replace-file.ts";
import { newKey, recipientOf } from "../../secrets/age/crypt.ts";
import { findKeys, ownKeyFile } from "../../secrets/age/keys.ts";
import { parseRecipients } from "../../secrets/age/recipients.ts";
import type { VaultPlace } from "../../secrets/age/vault.ts";

export interface OwnKey {
  /** The file or variable that holds it. */
  readonly place: string;
  readonly recipient: string;
  readonly made: boolean;
}

/** The user's first key, or one that is made now. */
export async function ownKey(env: VaultPlace["env"]): Promise<OwnKey> {
  const { keys, places } = findKeys(env);
  const [first] = keys;
  if (first === undefined) return makeKey(ownKeyFile(env));
  const recipient = await recipientOf(first);
  if (recipient !== undefined) return { place: places.join(" or "), recipient, made: false };
  throw new DroverError("SECRET_MISSING", "your age key has a slip in it", {
    where: { file: places.join(" or ") },
    hint: "copy it anew, as a whole line",
  });
}

/** Never over one that is there: what was encrypted to that would be lost. */
async function makeKey(path: string): Promise<OwnKey> {
  const { key, recipient } = await newKey();
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = openSync(path, "wx", 0o600);
    writeSync(file, `# made by drover secret init\n# public key: ${recipient}\n${key}\n`);
    fsyncSync(file);
    closeSync(file);
  } catch (cause) {
    throw new DroverError("CONFIG_INVALID", `a key cannot be made: ${reason(cause)}`, {
      where: { file: path },
      hint: "let DROVER_AGE_KEY_FILE name the file with your key, if you have one",
      cause,
    });
  }
  return { place: path, recipient, made: true };
}

/** Adds a public key to a list of those who can read; says whether it was not in it. */
export async function addRecipient(folder: string, file: string, recipient: string): Promise<boolean> {
  const path = join(folder, file);
  const text = existsSync(path) ? readFileSync(path, "utf8") : HEAD;
  if ((await parseRecipients(text, file)).includes(recipient)) return false;
  const lines = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  replaceFile(path, `${lines}${recipient} # ${userInfo().username}@${hostname()}\n`);
  return true;
}

const HEAD = "# Who can read the encrypted secrets: a public age key a line. After a change: drover secret rekey\n";
