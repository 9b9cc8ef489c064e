import { nearest } from "../lib/nearest.ts";
import type { SecretFound, SecretPlace, SecretRequest, SecretSource } from "../model/secret-source.ts";
import { type Content, parseContent } from "./age/content.ts";
import { vaultName } from "./age/names.ts";
import { openVault } from "./age/vault.ts";

type Opened = { readonly kind: "open"; readonly content: Content } | Extract<SecretFound, { kind: "none" }>;

/** A secret's value from the age-encrypted file of the environment, beside the stack file. Opened once, when needed. */
const age: SecretSource = {
  name: "age",
  rank: 2,
  takes: "key",
  fits: ({ file, command }) => file === undefined && command === undefined,
  open(place) {
    let opening: Promise<Opened> | undefined;
    return async (request) => {
      opening ??= opened(place);
      const vault = await opening;
      return vault.kind === "none" ? told(vault, request, place) : lookUp(vault.content, request, place);
    };
  },
};
export default age;

async function opened(place: SecretPlace): Promise<Opened> {
  const vault = await openVault(place);
  if (vault.kind === "absent") return { kind: "none", why: "", hint: "" };
  if (vault.kind === "locked") return { ...vault, kind: "none" };
  return { kind: "open", content: parseContent(vault.text, vaultName(place.environment)) };
}

function told(vault: Extract<Opened, { kind: "none" }>, request: SecretRequest, place: SecretPlace): SecretFound {
  return vault.hint === "" ? { ...vault, hint: `keep it encrypted here: ${setCommand(request, place)}` } : vault;
}

function lookUp(content: Content, request: SecretRequest, place: SecretPlace): SecretFound {
  const value = content.get(request.name);
  if (value !== undefined) return { kind: "value", value };
  const meant = nearest(request.name, [...content.keys()]);
  const file = vaultName(place.environment);
  return {
    kind: "none",
    why: `it is not in ${file}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    hint: setCommand(request, place),
  };
}

function setCommand({ name }: SecretRequest, { environment }: SecretPlace): string {
  return `drover secret set ${name}${environment === "production" ? "" : ` --env ${environment}`}`;
}
