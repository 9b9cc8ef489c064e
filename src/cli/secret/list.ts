import { originOf } from "../../drover/secret-values.ts";
import { loadStack } from "../../load/load.ts";
import { schemasOf } from "../../load/schemas.ts";
import type { Stack } from "../../model/stack.ts";
import { providers, resources } from "../../registry.ts";
import { type Content, parseContent } from "../../secrets/age/content.ts";
import { vaultName } from "../../secrets/age/names.ts";
import { openVault } from "../../secrets/age/vault.ts";
import type { Context } from "../command.ts";
import type { stackFlags } from "../flags.ts";
import { placeOf } from "./place.ts";
import { usesOf } from "./uses.ts";

export interface ListedSecret {
  readonly name: string;
  /** Where its value comes from, in words: `environment`, a file, a program; `nowhere`; `unknown` without a key. */
  readonly from: string;
  readonly usedBy: readonly string[];
}

export interface ListedSecrets {
  readonly environment: string;
  readonly file: string;
  /** Why the encrypted file could not be opened, and what to do about it. */
  readonly locked?: { readonly why: string; readonly hint: string };
  readonly secrets: readonly ListedSecret[];
}

export async function listSecrets(context: Context<typeof stackFlags>): Promise<ListedSecrets> {
  const { io, flags, signal } = context;
  const place = await placeOf(context);
  const schemas = schemasOf(resources, providers);
  const stack = await loadStack(flags.file, { environment: flags.env, cwd: io.cwd, schemas, signal, print: io.err });
  const file = vaultName(place.environment);
  const vault = await openVault(place);
  const content: Content | undefined =
    vault.kind === "locked" ? undefined : vault.kind === "open" ? parseContent(vault.text, file) : new Map();
  const uses = usesOf(stack);
  const names = [...new Set([...uses.keys(), ...(content?.keys() ?? [])])].sort();
  return {
    environment: place.environment,
    file,
    ...(vault.kind === "locked" ? { locked: { why: vault.why, hint: vault.hint } } : {}),
    secrets: names.map((name) => ({
      name,
      from: fromOf(name, stack, io.env, content, file),
      usedBy: uses.get(name) ?? [],
    })),
  };
}

function fromOf(
  name: string,
  stack: Stack,
  env: Context["io"]["env"],
  content: Content | undefined,
  file: string,
): string {
  const origin = originOf(stack, name);
  if (origin.command !== undefined) return `command ${origin.command[0] ?? ""}`;
  if (origin.file !== undefined) return `file ${origin.file}`;
  if ((env[name] ?? "") !== "") return "environment";
  if (content === undefined) return "unknown";
  return content.has(name) ? file : "nowhere";
}
