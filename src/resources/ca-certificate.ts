import { z } from "zod";
import { sha256 } from "../lib/digest.ts";
import { DroverError } from "../lib/error.ts";
import { ABSENT, type Answers } from "../model/answer.ts";
import { isBringing } from "../model/ask/path-state.ts";
import type { Planned } from "../model/change.ts";
import type { Effect } from "../model/effect.ts";
import { fileBased } from "../model/file-based.ts";
import type { AnyResourceType, Observed } from "../model/resource.ts";
import type { ExecStep } from "../model/step.ts";
import type { FileState } from "../model/whole-file/state.ts";
import { CA } from "./ca-certificate/ask.ts";
import { describePem, pemSchema, plainPem } from "./ca-certificate/pem.ts";

export const caCertificateSchema = z.strictObject({
  pem: pemSchema
    .transform(plainPem)
    .describe("The certificate of the authority, as PEM: `-----BEGIN CERTIFICATE-----` ..."),
});

export type CaCertificateInput = z.input<typeof caCertificateSchema>;
export type CaCertificateSpec = z.output<typeof caCertificateSchema>;

const pathOf = (name: string): string => `/usr/local/share/ca-certificates/${name}.crt`;

const update: ExecStep = { kind: "exec", argv: ["update-ca-certificates"], within: 120 };

const base = fileBased<CaCertificateSpec>({
  type: "ca-certificate",
  title: "An authority whose certificates all programs of the machine trust.",
  schema: caCertificateSchema,
  names: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "expected a name of letters, digits, `.`, `_` and `-`"),
  path: pathOf,
  content: (_name, { pem }) => pem,
  plain: true,
  askers: { ca: CA },
  queries: (name) => [{ kind: "ca", arg: name }],
  effects,
  activate: () => [update],
  notes: (_name, { pem }) => describePem(pem),
  after: () => ["package:ca-certificates"],
});

function effects(name: string, { pem }: CaCertificateSpec, answers: Answers): Effect[] {
  const key = `ca:${name}`;
  const comes = answers.get(key) === "none";
  if (comes && !isBringing(answers)) {
    throw new DroverError("CONFLICT", `ca-certificate:${name}: nothing here keeps a store of trusted authorities`, {
      hint: 'add pkg("ca-certificates")',
    });
  }
  return [{ key, to: `trusted sha256=${sha256(pem)}`, label: "trusted", ...(comes ? { from: "*" } : {}) }];
}

/** An authority that this machine trusts. When it leaves the file, it is trusted no more. */
const caCertificate: AnyResourceType = {
  ...base,
  parse: (name, answers) => {
    const seen = base.parse(name, answers);
    // A run that was killed between the file and the store: what is left of it still has to go.
    return seen.kind === "absent" && answers.get(`ca:${name}`) === "left" ? LEFT : seen;
  },
  plan: (name, spec, observed, context) => {
    if (spec === undefined) return withdrawn(name, base.plan(name, spec, observed, context), context.answers);
    const isThere = observed.kind === "present" && observed.state !== LEFT.state;
    return base.plan(name, spec, isThere ? observed : { kind: "absent" }, context);
  },
};

export default caCertificate;

const LEFT: Extract<Observed<FileState>, { kind: "present" }> = {
  kind: "present",
  state: { mode: "644", owner: "root:root", ids: "0:0", sha256: undefined, keyed: undefined, secret: undefined },
  owners: [],
};

/** `--fresh` drops what links nowhere, also from the one file of all. */
function withdrawn(name: string, removal: Planned, answers: Answers): Planned {
  const key = `ca:${name}`;
  const seen = answers.get(key) ?? "none";
  if (removal.action !== "delete") return removal;
  if (seen === "none") return { ...removal, steps: removal.steps.filter((step) => step.kind === "remove") };
  const steps = removal.steps.map((step) =>
    step === update ? { ...update, argv: [...update.argv, "--fresh"] } : step,
  );
  return {
    ...removal,
    diff: [...removal.diff, { path: "trusted", from: seen === "stale" ? "no" : "yes", to: "no" }],
    steps,
    from: { ...removal.from, [key]: seen },
    to: { ...removal.to, [key]: ABSENT },
  };
}
