import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { inWords, type JsonSchema } from "../../src/load/expectation.ts";
import { appSchema } from "../../src/model/app.ts";
import { declaredSchema, machineSchema, stackSchema } from "../../src/model/stack.ts";
import { providers, resources } from "../../src/registry.ts";
import { code, markdownTable } from "./markdown.ts";

/** The text of docs/config.md, made from the schemas that stack files are checked with. */
export function configReference(root: string): string {
  return [INTRODUCTION, stackPart(), machinesPart(), appsPart(), resourcesPart(root), SECRETS, CHECKS].join("\n");
}

function stackPart(): string {
  const { properties = {} } = jsonOf(stackSchema);
  const rows = Object.entries(properties).map(([name, schema]) => row(name, schema, jsonOf(stackSchema).required));
  return `## The stack: \`defineStack({ ... })\`\n\n${markdownTable(HEAD, rows)}`;
}

function machinesPart(): string {
  const every = fields(jsonOf(machineSchema.omit({ provider: true })), "");
  const parts = providers.map(({ name, title, schema }) => {
    return `### \`${name}(${name === "server" ? "host, " : ""}{ ... })\`\n\n${title}\n\n${markdownTable(HEAD, fields(jsonOf(schema), ""))}`;
  });
  return `## Machines\n\nEvery machine also takes:\n\n${markdownTable(HEAD, every)}\n${parts.join("\n")}`;
}

function appsPart(): string {
  return `## Apps: \`app({ ... })\`\n\n${markdownTable(HEAD, fields(jsonOf(appSchema), ""))}`;
}

function resourcesPart(root: string): string {
  const shared = fields(jsonOf(declaredSchema.omit({ type: true, name: true, spec: true, at: true })), "");
  const functions = resourceFunctions(root);
  const declared = resources.filter(({ type }) => functions.has(type));
  const parts = declared.map(
    ({ type, title, sharing, schema }) =>
      `### \`${functions.get(type)}{ ... })\`\n\n${title} ${SHARING[sharing]}\n\n${markdownTable(HEAD, fields(jsonOf(schema), ""))}`,
  );
  const others = resources.filter(({ type }) => !functions.has(type)).map(({ type, title }) => [code(type), title]);
  return [
    "## Resources\n\nWhat is on a machine besides apps: `resources: { web: [file(...), pkg(...)] }`. All of them take as last argument:\n",
    markdownTable(HEAD, shared),
    ...parts,
    `### What apps bring\n\nThese are made from apps; plans name them.\n\n${markdownTable(["type", "what it is"], others)}`,
  ].join("\n");
}

/** How the functions that declare resources begin, by the type that they declare. */
function resourceFunctions(root: string): Map<string, string> {
  const folder = join(root, "src/authoring");
  const source = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  // Within one function: some declare nothing.
  const found = source.matchAll(/^export function (\w+)\((?:(?!^export )[\s\S])*?\bdeclare\(\s*"([a-z-]+)",\s*("?)/gm);
  // One that a machine has once has its name by itself.
  return new Map(
    [...found].map(([, name = "", type = "", fixed]) => [type, fixed === "" ? `${name}(name, ` : `${name}(`]),
  );
}

const SHARING = {
  exclusive: "One that is there and not ours is refused until `drover adopt`.",
  shared: "One that is there is used as it is found, and never removed.",
} as const;

const HEAD = ["field", "takes", "default", "what it is"];

function jsonOf(schema: z.ZodType): JsonSchema {
  // The shape of zod's JSON Schema is wider than what is read of it.
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
}

/** The fields of an object and of what is in it, by path: `health.path`, `volumes.PATH.mode`. */
function fields(schema: JsonSchema, path: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const inner = choices(value).flatMap((choice) => within(choice, `${path}${name}`));
    return [
      row(
        `${path}${name}`,
        value,
        schema.required?.map((key) => `${path}${key}`),
      ),
      ...inner,
    ];
  });
}

function within(schema: JsonSchema, path: string): string[][] {
  // What secret(...), output(...) and text`...` give; nobody writes it by hand.
  if (["secret", "output", "concat"].some((field) => field in (schema.properties ?? {}))) return [];
  if (schema.properties !== undefined) return fields(schema, `${path}.`);
  const { additionalProperties: values, items } = schema;
  if (typeof values === "object") return choices(values).flatMap((choice) => within(choice, `${path}.NAME`));
  return items === undefined ? [] : choices(items).flatMap((choice) => within(choice, `${path}[]`));
}

function choices(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf ?? schema.oneOf ?? [schema];
}

function row(name: string, schema: JsonSchema, required: readonly string[] = []): string[] {
  const fallback = schema.default === undefined ? "" : code(JSON.stringify(schema.default));
  return [code(name), takes(schema), required.includes(name) ? "required" : fallback, schema.description ?? ""];
}

function takes(schema: JsonSchema): string {
  const words = choices(schema).map((choice) => {
    if (choice.type === "array") return `list of ${inWords(choices(choice.items ?? {})) ?? "values"}`;
    const { additionalProperties: values } = choice;
    if (choice.properties === undefined && typeof values === "object")
      return `by name: ${inWords(choices(values)) ?? "values"}`;
    return inWords([choice]) ?? "";
  });
  return [...new Set(words.filter((word) => word !== ""))].join(" or ") || "any value";
}

const INTRODUCTION = `<!-- Generated by scripts/generate.ts from the schemas. Do not edit. -->
# The stack file

\`drover.config.ts\` (or \`.mts\`, \`.js\`, \`.mjs\`) says what machines there are, what is on them and which apps run where. Drover
looks for it in the folder it is called in and above, or takes the one after \`--file\`.

\`\`\`ts
import { app, defineStack, local, secret, server } from "drover";

export default defineStack({
  id: "gb-7f3k9q",
  name: "guestbook",
  machines: { web: server("root@203.0.113.7") },
  apps: {
    guestbook: app({
      source: ".",
      on: "web",
      domains: ["www.example.com"],
      health: "/up",
      files: { "/run/secrets/db": secret("DB_PASSWORD") },
    }),
  },
});
\`\`\`

The file and its relative imports are ES modules whatever the package.json beside them says; types are stripped, not compiled.
\`import ... from "drover"\` finds the Drover that runs where the project has none installed. The default export is the stack, or a
function of \`{ environment }\` that gives it, which may be async:

\`\`\`ts
export default ({ environment }) => defineStack({ name: "guestbook", ... });
\`\`\`

It runs in a thread of its own with 30 s to finish. What it prints goes to stderr. What it exports has to be plain data: no
functions, getters, proxies or instances of classes within, but for two places: \`machines\` may be a function that gives them, and
a list of resources may hold roles. [servers.md](servers.md) tells about both, about groups, and about working on many machines.
`;

const SECRETS = `## Secrets: \`secret("NAME")\`, \`secret("NAME", { file })\`, \`secret("NAME", { command })\`

A reference, never a value. The value is what \`file\` (relative to the stack file) holds, without its last line end, or, when its
name ends in \`.env\`, the line \`NAME=value\` in it; or what the program \`command\` (an argument list) prints. Without either it is
the environment variable of that name, else what \`drover secret set NAME\` keeps encrypted beside the stack file. The stack file
shares its environment with Drover, so \`process.loadEnvFile()\` at its top works, too. A secret may stand wherever text may; of an
app best in \`files\`. [Secrets](secrets.md) tells all of it.
`;

const CHECKS = `## What is checked before anything is touched

Everything in the tables above, and:

- unknown keys are refused, with the nearest known one;
- \`on\` names machines or groups of the stack, \`build.on\` a machine; \`needs\` names resources of the same machine, without cycles;
- no resource is declared twice on a machine, but alike by two groups or roles; no two keys are the same machine;
- a group has no machine's name, names what is there, and is not within itself; a machine is in one group with \`batch\` only;
- one app without domains a machine (its default route); a domain leads to one app a machine;
- \`domains\`, \`port\` and \`health\` need a process called \`web\`, which an app without \`processes\` has;
- \`source\` is a folder and \`build.dockerfile\` a file in it; no two volumes of an app have the same name;
- \`was\` names nothing that is still there, or that another claims.

All that is wrong is told at once, each with its path, and Drover exits with 1.
`;
