/** A line of authorized_keys: options, the kind of key, the key itself, and what it is called. */
export interface Key {
  readonly options: string;
  readonly kind: string;
  readonly blob: string;
  readonly comment: string;
}

const KIND = /^(ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-)[A-Za-z0-9@.-]+$/;

/** Reads a line as sshd does: options may hold blanks within quotes. Undefined for what is no key. */
export function readKey(line: string): Key | undefined {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return undefined;
  const [first = ""] = text.split(/[ \t]/);
  const at = KIND.test(first) ? 0 : endOfOptions(text);
  const [kind = "", blob = "", ...comment] = text
    .slice(at)
    .trim()
    .split(/[ \t]+/);
  if (!KIND.test(kind) || !/^[A-Za-z0-9+/]{40,}={0,2}$/.test(blob)) return undefined;
  return isOf(kind, blob) ? { options: text.slice(0, at), kind, blob, comment: comment.join(" ") } : undefined;
}

function endOfOptions(text: string): number {
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text.startsWith('\\"', at)) at += 1;
    else if (text[at] === '"') quoted = !quoted;
    else if (!quoted && /[ \t]/.test(text[at] ?? "")) return at;
  }
  return text.length;
}

/** A key says itself what kind it is: one that was cut or mixed up does not. */
function isOf(kind: string, blob: string): boolean {
  const bytes = Buffer.from(blob, "base64");
  const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  return bytes.subarray(4, 4 + length).toString("latin1") === kind;
}

/** The end of a key, by which people and answers tell it from others. */
export function tailOf(blob: string): string {
  return blob.replace(/=+$/, "").slice(-12);
}

/** A key for people. */
export function shownKey({ kind, blob, comment, options }: Key): string {
  const named = comment === "" ? "" : ` ${comment}`;
  return `${kind} ...${tailOf(blob)}${named}${options === "" ? "" : ` (${options})`}`;
}
