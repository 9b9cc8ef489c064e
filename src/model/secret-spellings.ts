/** Shorter ones are parts of too many innocent words. */
const SHORTEST = 5;
/** From this length on a line of a secret of several lines is hidden by itself, too. */
const SHORTEST_LINE = 12;
/** Fewer letters of Base64 could be anything. */
const SHORTEST_BASE64 = 8;

/**
 * How a secret's value might be spelled where it turns up: as it is and line by line; each of these also in JSON, in a
 * URL, within single quotes of a shell, and in Base64, alone or amid other bytes. The longest first. Other forms
 * (hexadecimal, Base64 broken into lines, compressed, encrypted, in part) are not known here.
 */
export function spellings(value: string): string[] {
  const lines = value
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= SHORTEST_LINE);
  const parts = [...new Set([value, value.trimEnd(), ...lines])].filter((part) => part.length >= SHORTEST);
  const all = parts.flatMap((part) => [
    part,
    JSON.stringify(part).slice(1, -1),
    inShell(part),
    ...inUrl(part),
    ...inBase64(part),
  ]);
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}

function inShell(part: string): string {
  return part.replaceAll("'", `'\\''`);
}

/** As browsers, forms and others write it, with capitals or without. */
function inUrl(part: string): string[] {
  if (!part.isWellFormed()) return [];
  const plain = encodeURIComponent(part);
  const strict = plain.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams([["", part]]).toString().slice(1);
  const all = [plain, strict, form, plain.replaceAll("%2F", "/"), plain.replaceAll("%20", "+")];
  return all.flatMap((text) => [text, text.replace(/%../g, (hex) => hex.toLowerCase())]);
}

/** The whole, and that part of it that is the same wherever it lies among other bytes: at any of three places. */
function inBase64(part: string): string[] {
  const bytes = Buffer.from(part, "utf8");
  const cores = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const mixed = (before + bytes.length) % 3 === 0 ? 0 : 1;
    return text.slice([0, 2, 3][before], text.length - mixed);
  });
  return [bytes.toString("base64"), ...cores]
    .filter((text) => text.length >= SHORTEST_BASE64)
    .flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]);
}
