/** The age file format (https://age-encryption.org/v1), by its author's own library. Loaded only when it is needed. */
const library = () => import("age-encryption");

/** Encrypts a text to all recipients, as lines of ASCII. */
export async function encrypt(text: string, recipients: readonly string[]): Promise<string> {
  const { armor, Encrypter } = await library();
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return `${armor.encode(await encrypter.encrypt(text)).trimEnd()}\n`;
}

/** What came of opening a file: its text, or that none of the keys opens it, or what is wrong with it. */
export type Opened =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "locked" }
  | { readonly kind: "damaged"; readonly why: string };

export async function decrypt(bytes: Buffer, keys: readonly string[]): Promise<Opened> {
  const { armor, Decrypter } = await library();
  const decrypter = new Decrypter();
  for (const key of keys) decrypter.addIdentity(key);
  try {
    const armored = bytes.subarray(0, 10).toString("latin1") === "-----BEGIN";
    const plain = await decrypter.decrypt(armored ? armor.decode(bytes.toString("latin1")) : bytes);
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return why === LOCKED ? { kind: "locked" } : { kind: "damaged", why };
  }
}

/** How the library says that no key fits; a test holds it to that. */
const LOCKED = "no identity matched any of the file's recipients";

/** Whether it is a key at all. */
export async function isKey(key: string): Promise<boolean> {
  return (await recipientOf(key)) !== undefined;
}

/** The public key of a key; undefined when it is none. */
export async function recipientOf(key: string): Promise<string | undefined> {
  const { identityToRecipient } = await library();
  try {
    return await identityToRecipient(key);
  } catch {
    return undefined; // Only a wrong key can be the reason.
  }
}

export async function isRecipient(recipient: string): Promise<boolean> {
  const { Encrypter } = await library();
  try {
    new Encrypter().addRecipient(recipient);
    return true;
  } catch {
    return false; // Only a wrong recipient can be the reason.
  }
}

export async function newKey(): Promise<{ readonly key: string; readonly recipient: string }> {
  const { generateX25519Identity, identityToRecipient } = await library();
  const key = await generateX25519Identity();
  return { key, recipient: await identityToRecipient(key) };
}
