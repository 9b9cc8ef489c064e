import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DroverError } from "../../lib/error.ts";
import { reason } from "../../lib/reason.ts";
import { replaceFile } from "../../lib/replace-file.ts";
import { type Content, contentText, parseContent } from "../../secrets/age/content.ts";
import { encrypt } from "../../secrets/age/crypt.ts";
import { vaultName } from "../../secrets/age/names.ts";
import { type Recipients, readRecipients } from "../../secrets/age/recipients.ts";
import { openVault, type VaultPlace } from "../../secrets/age/vault.ts";

/** An encrypted file that is open, or the one that is to be made. */
export interface Store {
  readonly place: VaultPlace;
  /** Its name, as shown. */
  readonly file: string;
  readonly text: string;
  /** What lay there; undefined when nothing did. */
  readonly bytes: Buffer | undefined;
}

/** Opens the file for a change, or says why that cannot be. */
export async function openStore(place: VaultPlace): Promise<Store> {
  const file = vaultName(place.environment);
  const vault = await openVault(place);
  if (vault.kind === "locked")
    throw new DroverError("SECRET_MISSING", vault.why, { where: { file }, hint: vault.hint });
  if (vault.kind === "absent") return { place, file, text: "{}\n", bytes: undefined };
  return { place, file, text: vault.text, bytes: vault.bytes };
}

export function contentOf({ text, file }: Store): Map<string, string> {
  return parseContent(text, file);
}

/** Encrypts to all who may read it and puts it in place, whole. Refuses when somebody else wrote there meanwhile. */
export async function saveStore({ place, file, bytes }: Store, content: Content): Promise<Recipients> {
  const recipients = await readRecipients(place.folder, place.environment);
  const text = await encrypt(contentText(content), recipients.recipients);
  const path = join(place.folder, file);
  const now = bytesAt(path);
  if (now === undefined ? bytes !== undefined : bytes?.equals(now) !== true) {
    throw new DroverError("CONFLICT", "the encrypted secrets were changed meanwhile; nothing was written", {
      where: { file },
      hint: "run the command again",
    });
  }
  try {
    replaceFile(path, text);
  } catch (cause) {
    throw new DroverError("CONFIG_INVALID", `the encrypted secrets cannot be written: ${reason(cause)}`, {
      where: { file },
      hint: "run it where you may write beside the stack file",
      cause,
    });
  }
  return recipients;
}

function bytesAt(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  }
}
