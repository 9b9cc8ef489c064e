import { type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../model/answer.ts";
import { foldersAbove, isNumeric, ownerOf } from "../model/ask/path-state.ts";
import { checkName } from "../model/check-name.ts";
import { nameSchema } from "../model/name.ts";
import type { Query } from "../model/query.ts";
import { defineResource, type Observed, type ResourceType } from "../model/resource.ts";
import { FILE_ASKERS, type FileState, fileQueries, observeFile } from "../model/whole-file/state.ts";
import { CERTIFICATE } from "./certificate/ask.ts";
import { certPath, filesOf, keyPath } from "./certificate/files.ts";
import { planCertificate, planRemoval } from "./certificate/plan.ts";
import { type CertificateSpec, certificateSchema } from "./certificate/schema.ts";

export type { CertificateInput, CertificateSpec } from "./certificate/schema.ts";

interface CertificateState {
  readonly key: FileState | undefined;
  readonly names: readonly string[];
  /** Digest of the certificate's file; `*` when it is known after apply. */
  readonly sha256: string | undefined;
}

/**
 * A certificate and its key, in `/etc/ssl/drover/<name>.crt` and `.key`: given, or made by the machine itself and made anew before it
 * ends. The key is never readable for others, at no instant, and its bytes are kept nowhere else.
 */
const certificateType: ResourceType<CertificateSpec, CertificateState> = {
  type: "certificate",
  title: "A certificate and its key: given, or signed by itself.",
  schema: certificateSchema,
  sharing: "exclusive",
  askers: { ...FILE_ASKERS, certificate: CERTIFICATE },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(checkName("certificate", nameSchema, name), spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined ? planRemoval(name, observed, context) : planCertificate(name, spec, context),
  spec: (_name, state) => specOf(state),
  outputs: (name, { sha256 }) => ({
    cert: certPath(name),
    key: keyPath(name),
    ...(sha256 === undefined ? {} : { sha256 }),
  }),
  after: (name, { owner }) => [
    "package:openssl",
    ...foldersAbove(certPath(name)).map((folder) => `directory:${folder}`),
    ...(isNumeric(owner) ? [] : [`user:${owner.split(":")[0]}`, `group:${owner.split(":")[1]}`]),
  ],
};

export default defineResource(certificateType);

function questions(name: string, spec: CertificateSpec | undefined): Query[] {
  if (spec === undefined) return [certPath(name), keyPath(name)].map((arg) => ({ kind: "entry", arg }));
  const { cert, key } = filesOf(name, spec);
  const pair = { kind: "certificate", arg: name, extra: [String(spec.renewBefore * 86_400)] };
  return [...fileQueries(cert), ...fileQueries(key), pair];
}

function parse(name: string, answers: Answers): Observed<CertificateState> {
  const pair = answers.get(`certificate:${name}`) ?? "absent";
  if (isUnknown(pair)) return { kind: "unknown", why: unknownWhy(pair) };
  const [cert, key] = [certPath(name), keyPath(name)].map((path) => observeFile(path, answers));
  for (const one of [cert, key]) if (one?.kind === "unknown") return one;
  if (cert?.kind !== "present" && key?.kind !== "present") return { kind: "absent" };
  const { names = "", sha256 } = parseAnswer(pair).fields;
  const state = {
    key: key?.kind === "present" ? key.state : undefined,
    names: unword(names)
      .split(",")
      .filter((one) => one !== ""),
    sha256: sha256 ?? (cert?.kind === "present" ? cert.state.sha256 : undefined),
  };
  return { kind: "present", state, owners: [] };
}

/** A key's bytes cannot be told: what brings it back is one of the same names. Those that nobody may ask for are left out. */
function specOf({ names, key }: CertificateState): CertificateSpec {
  const { names: list, mode, owner } = certificateSchema.shape;
  const lower = names.map((name) => name.toLowerCase()).filter((name) => list.safeParse([name]).success);
  const rights = key === undefined ? {} : { mode: key.mode.padStart(4, "0"), owner: ownerOf(key) };
  const valid = mode.safeParse(rights.mode).success && owner.safeParse(rights.owner).success ? rights : {};
  return certificateSchema.parse({ names: lower.length === 0 ? ["localhost"] : lower, ...valid });
}
