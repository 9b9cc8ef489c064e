import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StackSecrets, secretValues } from "../../src/drover/secret-values.ts";
import { schemasOf } from "../../src/load/schemas.ts";
import { validate } from "../../src/load/validate.ts";
import type { SecretRef } from "../../src/model/secret.ts";
import type { Stack } from "../../src/model/stack.ts";
import { providers, resources, secrets as sources } from "../../src/registry.ts";
import { contentText } from "../../src/secrets/age/content.ts";
import { encrypt, newKey } from "../../src/secrets/age/crypt.ts";
import { vaultName } from "../../src/secrets/age/names.ts";

export const signal = new AbortController().signal;

export interface Place extends Disposable {
  readonly folder: string;
  write(name: string, text: string, mode?: number): string;
  /** The encrypted file of an environment, to a new key, whose text is given back. */
  encrypt(values: Readonly<Record<string, string>>, environment?: string): Promise<string>;
  /** A stack there whose one file resource holds these secrets. */
  stack(refs: readonly SecretRef[], environment?: string): Stack;
}

export function place(): Place {
  const folder = mkdtempSync(join(tmpdir(), "drover-secrets-"));
  const write: Place["write"] = (name, text, mode = 0o600) => {
    writeFileSync(join(folder, name), text, { mode });
    return join(folder, name);
  };
  return {
    folder,
    write,
    async encrypt(values, environment = "production") {
      const { key, recipient } = await newKey();
      write(vaultName(environment), await encrypt(contentText(new Map(Object.entries(values))), [recipient]));
      return key;
    },
    stack: (refs, environment = "production") => stackIn(folder, refs, environment),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function stackIn(folder: string, refs: readonly SecretRef[], environment: string): Stack {
  const spec = { content: { concat: refs }, mode: "0600" };
  const written = {
    id: "se-1",
    name: "secrets",
    machines: { here: { provider: "local" } },
    resources: { here: [{ type: "file", name: "/etc/x", spec }] },
  };
  const checked = validate(written, { schemas: schemasOf(resources, providers), folder, environment });
  if ("stack" in checked) return checked.stack;
  throw new Error(JSON.stringify(checked.faults));
}

export interface Asked {
  readonly secrets: StackSecrets;
  /** `NAME=value` of all that came to be known. */
  readonly known: string[];
}

/** The values of a stack's secrets, with the environment variables of a test. */
export function asked(stack: Stack, env: Readonly<Record<string, string>> = {}): Asked {
  const known: string[] = [];
  const onValue = (name: string, value: string): void => void known.push(`${name}=${value}`);
  // No key of whoever runs the tests.
  const variables = { PATH: process.env["PATH"], XDG_CONFIG_HOME: join(stack.folder, "config"), ...env };
  return { secrets: secretValues(stack, { sources, env: variables, onValue }), known };
}
