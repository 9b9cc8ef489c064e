import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DroverError } from "../../lib/error.ts";
import { reason } from "../../lib/reason.ts";
import { decrypt, isKey } from "./crypt.ts";
import { findKeys, type Keys } from "./keys.ts";
import { vaultName } from "./names.ts";

/** The encrypted file of an environment, as far as it can be read here. */
export type Vault =
  | { readonly kind: "absent" }
  /** Nobody here has a key to it. */
  | { readonly kind: "locked"; readonly why: string; readonly hint: string }
  | { readonly kind: "open"; readonly text: string; readonly bytes: Buffer };

export interface VaultPlace {
  readonly folder: string;
  readonly environment: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Opens it with the user's keys. Throws where it is damaged, or where keys cannot be read. */
export async function openVault(place: VaultPlace): Promise<Vault> {
  const file = vaultName(place.environment);
  const bytes = readBytes(join(place.folder, file));
  if (bytes === undefined) return { kind: "absent" };
  const found = findKeys(place.env);
  if (found.keys.length === 0) return lockedVault(file, "there is no age key here", found);
  await checkKeys(found);
  const opened = await decrypt(bytes, found.keys);
  if (opened.kind === "locked") return lockedVault(file, "it is not encrypted to your age key", found);
  if (opened.kind === "damaged") throw damaged(file, bytes, opened.why);
  return { kind: "open", text: opened.text, bytes };
}

function lockedVault(file: string, why: string, { keys, places }: Keys): Vault {
  const where = places.join(" or ");
  const hint =
    keys.length === 0
      ? `put your age key into ${where}`
      : `ask somebody who can read it to add your public key and run \`drover secret rekey\` (your keys: ${where})`;
  return { kind: "locked", why: `${file} cannot be opened: ${why}`, hint };
}

/** The library would say only that something is wrong. */
async function checkKeys({ keys, places }: Keys): Promise<void> {
  for (const [index, key] of keys.entries()) {
    if (await isKey(key)) continue;
    throw new DroverError("SECRET_MISSING", `age key ${index + 1} has a slip in it`, {
      where: { file: places.join(" or ") },
      hint: "copy it anew, as a whole line",
    });
  }
}

function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : "";
    if (code === "ENOENT") return undefined;
    throw new DroverError("SECRET_MISSING", `the encrypted secrets cannot be read: ${reason(cause)}`, {
      where: { file: path },
      hint: "make it a file that you may read",
      cause,
    });
  }
}

function damaged(file: string, bytes: Buffer, why: string): DroverError {
  const conflict = /^<{7} /m.test(bytes.toString("latin1"));
  return new DroverError(
    "SECRET_MISSING",
    conflict ? "the encrypted secrets are in a merge conflict" : `the encrypted secrets are damaged: ${why}`,
    {
      where: { file },
      hint: conflict
        ? `take one side (git checkout --ours -- ${file}), then set again what the other side changed`
        : `take back a good one: git checkout HEAD -- ${file}`,
    },
  );
}
