import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { DroverError } from "../../lib/error.ts";
import { reason } from "../../lib/reason.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The user's age keys, and where they were looked for. */
export interface Keys {
  readonly keys: readonly string[];
  readonly places: readonly string[];
}

/** Where `drover secret init` keeps a new key. */
export function ownKeyFile(env: Env): string {
  return join(configHome(env), "drover", "age.key");
}

/**
 * The keys in DROVER_AGE_KEY; else those in the file that DROVER_AGE_KEY_FILE names; else those of Drover's own file and
 * of the one that sops uses.
 */
export function findKeys(env: Env): Keys {
  const { DROVER_AGE_KEY: text = "", DROVER_AGE_KEY_FILE: named = "" } = env;
  if (text !== "") return { keys: parseKeys(text, "DROVER_AGE_KEY"), places: ["DROVER_AGE_KEY"] };
  if (named !== "") return { keys: parseKeys(readNamed(named), named), places: [named] };
  const places = [ownKeyFile(env), join(configHome(env), "sops", "age", "keys.txt")];
  const keys = places.flatMap((file) => {
    const found = read(file);
    return found === undefined ? [] : parseKeys(found, file);
  });
  return { keys: [...new Set(keys)], places };
}

function configHome(env: Env): string {
  return env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config");
}

function readNamed(file: string): string {
  const text = read(file);
  if (text !== undefined) return text;
  throw new DroverError("SECRET_MISSING", "there is no such age key file", {
    where: { file },
    hint: "let DROVER_AGE_KEY_FILE name the file with your age key, or unset it",
  });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : "";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new DroverError("SECRET_MISSING", `the age key file cannot be read: ${reason(cause)}`, {
      where: { file },
      hint: `make it a file that you may read: chmod 600 ${file}`,
      cause,
    });
  }
}

/** One key a line; comments begin with `#`. What is wrong is told by its line, never by its text. */
function parseKeys(text: string, from: string): string[] {
  const wrong = (message: string, hint: string): DroverError =>
    new DroverError("SECRET_MISSING", message, { where: { file: from }, hint });
  const begins = text.trimStart();
  if (/^(age-encryption\.org|-----BEGIN AGE )/.test(begins)) {
    throw wrong(
      "the age key is protected by a passphrase",
      'open it and give it to Drover: DROVER_AGE_KEY="$(age -d FILE)"',
    );
  }
  if (begins.startsWith("-----BEGIN ")) {
    throw wrong("this is not an age key; SSH keys cannot be used", "make an age key: drover secret init");
  }
  return text.split(/\r?\n/).flatMap((line, index) => {
    const key = line.trim();
    if (key === "" || key.startsWith("#")) return [];
    if (/^AGE-SECRET-KEY-(PQ-)?1[A-Z0-9]+$/.test(key)) return [key];
    const plugin = key.startsWith("AGE-PLUGIN-");
    throw wrong(
      `line ${index + 1} is ${plugin ? "a key of an age plugin, which cannot be used" : "not an age key"}`,
      "it has to be AGE-SECRET-KEY-1..., as `drover secret init` and `age-keygen` make them",
    );
  });
}
