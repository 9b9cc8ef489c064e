import { DroverError } from "../../lib/error.ts";

/** Names as `secret()` takes them. */
export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export type Content = ReadonlyMap<string, string>;

/** Reads the decrypted text: a JSON object of names and texts. What is wrong is told without any value. */
export function parseContent(text: string, file: string): Map<string, string> {
  const wrong = (message: string): DroverError =>
    new DroverError("SECRET_MISSING", message, {
      where: { file },
      hint: 'its content has to be JSON such as { "DB_PASSWORD": "..." }: drover secret edit',
    });
  const value = parseJson(text, wrong);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong("the secrets are no JSON object");
  const content = new Map<string, string>();
  for (const [name, secret] of Object.entries(value)) {
    if (!SECRET_NAME.test(name)) throw wrong(`${JSON.stringify(name.slice(0, 60))} is not a name for a secret`);
    if (typeof secret !== "string") throw wrong(`the value of ${name} is not a text`);
    if (secret === "") throw wrong(`the value of ${name} is empty`);
    if (secret.includes("\0") || !secret.isWellFormed()) throw wrong(`the value of ${name} is not proper text`);
    content.set(name, secret);
  }
  return content;
}

/** The text of a content: sorted, so that the same secrets always give the same text. */
export function contentText(content: Content): string {
  const sorted = [...content].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
}

function parseJson(text: string, wrong: (message: string) => DroverError): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the text around: only the place may be told.
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
    const line = at === undefined ? "" : ` (line ${text.slice(0, Number(at)).split("\n").length})`;
    throw wrong(`the secrets are no proper JSON${line}`);
  }
}
