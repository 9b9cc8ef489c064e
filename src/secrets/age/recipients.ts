import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DroverError } from "../../lib/error.ts";
import { printable } from "../../lib/printable.ts";
import { recipientsNames } from "./names.ts";

export interface Recipients {
  /** The file that names them. */
  readonly file: string;
  readonly recipients: readonly string[];
}

/** Who can read the secrets of an environment. The public keys are checked: a slip is told by its line. */
export async function readRecipients(folder: string, environment: string): Promise<Recipients> {
  const name = recipientsNames(environment).find((one) => existsSync(join(folder, one)));
  if (name === undefined) {
    throw new DroverError("CONFIG_INVALID", "there is no file that says who can read the secrets", {
      where: { file: join(folder, recipientsNames(environment).at(-1) ?? "") },
      hint: "drover secret init",
    });
  }
  const recipients = await parseRecipients(readFileSync(join(folder, name), "utf8"), name);
  if (recipients.length > 0) return { file: name, recipients };
  throw new DroverError("CONFIG_INVALID", "it names nobody who can read the secrets", {
    where: { file: name },
    hint: "drover secret init, or add a public key (age1...) a line",
  });
}

/** One public key a line, with `#` comments. */
export async function parseRecipients(text: string, file: string): Promise<string[]> {
  const { isRecipient } = await import("./crypt.ts");
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  for (const [index, line] of lines.entries()) {
    if (line === "" || (await isRecipient(line))) continue;
    throw new DroverError("CONFIG_INVALID", `line ${index + 1} ${wrongOf(line)}`, {
      where: { file },
      hint: "one public age key (age1...) a line; `drover secret init` prints yours",
    });
  }
  return [...new Set(lines.filter((line) => line !== ""))];
}

function wrongOf(line: string): string {
  if (line.startsWith("AGE-SECRET-KEY-"))
    return "is a secret key: take it out of the repo, make a new one, and never use this again";
  if (/^(ssh|ecdsa|sk)-/.test(line)) return "is an SSH key, which cannot be used";
  if (/^age1[a-z0-9]+1/.test(line) && !/^age1(pq|tag|tagpq)1/.test(line))
    return "is a key of an age plugin, which cannot be used";
  return `is not a public age key: ${JSON.stringify(printable(line.slice(0, 60)))}`;
}
