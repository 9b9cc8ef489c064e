import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { JsonSchema } from "../../src/load/expectation.ts";
import { appSchema, healthSchema, limitsSchema, processSchema, volumeSchema } from "../../src/model/app.ts";
import { concatSchema, outputSchema, secretSchema, textSchema } from "../../src/model/name.ts";
import { declaredSchema, machineSchema, stackFieldsSchema } from "../../src/model/stack.ts";
import { localSchema } from "../../src/providers/local.ts";
import { serverSchema } from "../../src/providers/server.ts";
import { resources } from "../../src/registry.ts";
import { declaration, fingerprint } from "./json-types.ts";

const { provider: _, ...everyMachine } = machineSchema.shape;

/** Types that are made from schemas, by the names that the functions of src/authoring use for them. */
function schemas(): Record<string, z.ZodType> {
  const specs = resources.map(({ type, schema }) => [`${pascal(type)}Input`, schema] as const);
  return {
    StackFields: stackFieldsSchema,
    AppInput: appSchema,
    Health: healthSchema,
    Volume: volumeSchema,
    Process: processSchema,
    Limits: limitsSchema,
    MachineInput: machineSchema,
    DeclaredInput: declaredSchema,
    SecretRef: secretSchema,
    OutputRef: outputSchema,
    Concat: concatSchema,
    TextInput: textSchema,
    LocalOptions: localSchema.extend(everyMachine),
    ServerOptions: serverSchema.omit({ host: true }).extend(everyMachine),
    ...Object.fromEntries(specs),
  };
}

/**
 * The public types in one self-contained text: those of what a user writes, made from the schemas, and the functions
 * that src/authoring exports, as the compiler declares them.
 */
export function publicTypes(root: string): string {
  const json = Object.entries(schemas()).map(([name, schema]) => {
    // The shape of zod's JSON Schema is wider than what is read of it.
    return [name, z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema] as const;
  });
  const names = new Map(json.map(([name, schema]) => [fingerprint(schema), name]));
  const functions = declaredFunctions(root);
  const used = reachable(functions, new Map(json.map(([name, schema]) => [name, declaration(name, schema, names)])));
  return [...used, functions].join("\n");
}

/** Only types that a function leads to are public. */
function reachable(functions: string, types: ReadonlyMap<string, string>): string[] {
  const found = new Set<string>();
  const visit = (text: string): void => {
    for (const [word] of text.matchAll(/\b[A-Z]\w*\b/g)) {
      const type = types.get(word);
      if (type === undefined || found.has(word)) continue;
      found.add(word);
      visit(type);
    }
  };
  visit(functions);
  return [...types].filter(([name]) => found.has(name)).map(([, text]) => text);
}

/** What the compiler says of src/authoring: functions with their comments, and the types declared there. */
function declaredFunctions(root: string): string {
  const out = mkdtempSync(join(tmpdir(), "drover-types-"));
  try {
    const files = readdirSync(join(root, "src/authoring")).filter(
      (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
    );
    const options = [
      "--ignoreConfig",
      "--declaration",
      "--emitDeclarationOnly",
      "--module",
      "nodenext",
      "--target",
      "es2024",
      "--strict",
      "--skipLibCheck",
      "--stripInternal",
      "--allowImportingTsExtensions",
      "--types",
      "node",
      "--rootDir",
      join(root, "src"),
      "--outDir",
      out,
    ];
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, ...options, ...files.map((file) => join(root, "src/authoring", file))], {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    });
    return files
      .map((file) => publicPart(readFileSync(join(out, "authoring", file.replace(/\.ts$/, ".d.ts")), "utf8")))
      .join("\n");
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Without imports, and without types that are made from schemas anyway. */
function publicPart(text: string): string {
  const statements = text.split(/(?<=[;}]\n)(?=(?:\/\*\*|export|import|interface|type|declare))/);
  const generated = new Set(Object.keys(schemas()));
  return statements
    .filter((statement) => !/^(import|export \{|export type \{)/m.test(statement))
    .filter((statement) => /^export /m.test(statement))
    .filter((statement) => !generated.has(/(?:type|interface) (\w+)/.exec(statement)?.[1] ?? ""))
    .join("")
    .replaceAll("export declare ", "export ");
}

function pascal(type: string): string {
  return type.replace(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase());
}

/** For a project without the package: the editor takes it by a reference path. */
export function ambientTypes(types: string): string {
  const body = types.replace(/^(?=.)/gm, "  ");
  return `// Generated by Drover for your editor. Not to be kept in git; every command writes it anew.\ndeclare module "drover" {\n${body}}\n`;
}

/** For a project that has the package installed. */
export function moduleTypes(types: string): string {
  return types.replace(/^export function /gm, "export declare function ");
}
