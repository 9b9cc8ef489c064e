import { z } from "zod";
import { APT_LISTS } from "../model/apt/ask.ts";
import { modeSchema, ownerSchema, pathSchema } from "../model/name.ts";
import { defineResource, type ResourceType, withFields } from "../model/resource.ts";
import { FILE_ASKERS } from "../model/whole-file/state.ts";
import { APT_INDEX, APT_SOURCE, KEY_END } from "./apt-repository/ask.ts";
import { keyFault } from "./apt-repository/key.ts";
import { planRemoval, planRepository } from "./apt-repository/plan.ts";
import { parse, questions, type RepositoryState, specOf } from "./apt-repository/state.ts";

const uriSchema = z
  .string()
  .regex(/^[a-z][a-z0-9+.-]*:[A-Za-z0-9/[][^\s,|*$]*$/, "expected a URI such as https://packages.example.com/debian")
  .refine(
    (uri) => !/^[a-z0-9+.-]+:\/\/[^/]*@/.test(uri),
    "everybody may read it: names and passwords belong into /etc/apt/auth.conf.d",
  );
const suiteSchema = z
  .string()
  .regex(/^[A-Za-z0-9._/+-]+$/, 'expected a suite such as "bookworm", or a path that ends in "/"');
const componentSchema = z.string().regex(/^[A-Za-z0-9._/+-]+$/, 'expected a component such as "main"');
const architectureSchema = z.string().regex(/^[a-z0-9-]+$/, 'expected an architecture such as "amd64"');

export const repositorySchema = z
  .strictObject({
    uris: z.array(uriSchema).min(1).describe("Where it is: one or more mirrors of the same."),
    suites: z
      .array(suiteSchema)
      .min(1)
      .describe("Releases such as `bookworm`, or paths that end in `/`, which have no components."),
    components: z.array(componentSchema).min(1).optional().describe('Parts of each suite; default `["main"]`.'),
    architectures: z
      .array(architectureSchema)
      .min(1)
      .optional()
      .describe("Only these architectures; default those of the machine."),
    sources: z.boolean().default(false).describe("Source packages besides; default `false`."),
    key: z
      .string()
      .superRefine((text, context) => {
        const fault = keyFault(text);
        if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
      })
      .optional()
      .describe("The public key that signs it, and nothing else: ASCII-armoured, or its binary form in base64."),
    keyFile: pathSchema
      .refine((path) => !/[\s,]/.test(path), "apt takes no white space and no comma in this path")
      .optional()
      .describe("In place of `key`: the path of a key that is on the machine, which `_apt` may read."),
  })
  .refine(({ key, keyFile }) => (key === undefined) !== (keyFile === undefined), "give it either `key` or `keyFile`")
  .refine(
    ({ suites, components }) => components === undefined || suites.every((suite) => !suite.endsWith("/")),
    "a suite that ends in `/` has no components",
  )
  .refine(
    ({ suites }) => new Set(suites.map((suite) => suite.endsWith("/"))).size <= 1,
    "suites that end in `/` and others cannot be in one repository",
  );

export type AptRepositoryInput = z.input<typeof repositorySchema>;
export type RepositorySpec = z.output<typeof repositorySchema>;

const seenFile = z.strictObject({ sha256: z.string(), mode: modeSchema, owner: ownerSchema });
const seenSchema = z.strictObject({
  files: z.strictObject({ key: seenFile.optional(), sources: seenFile.optional() }),
});
export type Seen = z.output<typeof seenSchema>["files"];
/** What is wanted: its fields, or its files as they were seen, for undo and adopt. */
export type Wanted = { readonly fields: RepositorySpec } | { readonly seen: Seen };

const wantedSchema = z.unknown().transform((value): Wanted => {
  const seen = seenSchema.safeParse(value);
  return seen.success ? { seen: seen.data.files } : { fields: repositorySchema.parse(value) };
});

/**
 * A repository of apt with a key of its own: a deb822 file and a key in /etc/apt/keyrings. Its lists are fetched at once,
 * which proves its address and its key, so that packages of it can be installed by the same run; one that apt does not
 * accept is taken back. Another source of the same suite with another key, which would stop apt, is refused.
 */
const type: ResourceType<Wanted, RepositoryState> = {
  type: "apt-repository",
  title: "A repository of packages, with the key that signs it.",
  schema: wantedSchema,
  sharing: "exclusive",
  askers: {
    ...FILE_ASKERS,
    "apt-source": APT_SOURCE,
    "apt-index": APT_INDEX,
    "apt-lists": APT_LISTS,
    "key-end": KEY_END,
  },
  query: (wanted) => wanted.flatMap(({ name, spec }) => questions(name, spec)),
  parse,
  plan: (name, spec, observed, context) =>
    spec === undefined ? planRemoval(name, observed, context) : planRepository(name, spec, observed, context),
  // Only `files` is written into specs; the schema reads it back.
  spec: (_name, state) => ({ files: specOf(state) }) as unknown as Wanted,
  outputs: (name) => ({ path: `/etc/apt/sources.list.d/${name}.sources` }),
  after: (_name, wanted) => {
    const keyFile = "fields" in wanted ? wanted.fields.keyFile : undefined;
    const folders = ["/etc", "/etc/apt", "/etc/apt/keyrings", "/etc/apt/sources.list.d"];
    return [...folders.map((folder) => `directory:${folder}`), ...(keyFile === undefined ? [] : [`file:${keyFile}`])];
  },
};

export default withFields(defineResource(type), repositorySchema);
