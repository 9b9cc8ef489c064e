import { z } from "zod";
import { DroverError } from "../lib/error.ts";

const record = z.record(z.string(), z.string()).catch({});
const schema = z.looseObject({
  name: z.string().optional().catch(undefined),
  main: z.string().optional().catch(undefined),
  scripts: record.default({}),
  engines: record.default({}),
  packageManager: z.string().optional().catch(undefined),
  dependencies: record.default({}),
  devDependencies: record.default({}),
  optionalDependencies: record.default({}),
  workspaces: z
    .union([z.array(z.string()), z.looseObject({ packages: z.array(z.string()).default([]) })])
    .optional()
    .catch(undefined),
});
export type PackageJson = z.output<typeof schema>;

/** Reads a package.json as far as building needs it. */
export function parsePackage(path: string, text: string): PackageJson {
  try {
    return schema.parse(JSON.parse(text.replace(/^\uFEFF/, "")));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? cause.message : "it is not an object";
    throw new DroverError("BUILD_FAILED", `${path} cannot be read: ${why}`, { where: { path }, cause });
  }
}

/** The fields that an install depends on. All others may change without one. */
const INSTALL_FIELDS = [
  "name", "version", "private", "type", "bin", "dependencies", "devDependencies", "optionalDependencies",
  "peerDependencies", "peerDependenciesMeta", "dependenciesMeta", "bundleDependencies", "bundledDependencies",
  "overrides", "resolutions", "workspaces", "packageManager", "pnpm", "engines", "allowScripts", "trustedDependencies",
] as const; // biome-ignore format: a list reads best as a block

/** A package.json with only what an install depends on: no scripts, so none of the app's own can run. */
export function installPart(text: string): Record<string, unknown> {
  const whole: Record<string, unknown> = JSON.parse(text.replace(/^\uFEFF/, ""));
  return Object.fromEntries(INSTALL_FIELDS.flatMap((field) => (field in whole ? [[field, whole[field]]] : [])));
}

/** Scripts that a package manager runs by itself after an install. */
const HOOKS = ["preinstall", "install", "postinstall", "prepare", "preprepare", "postprepare"] as const;

export function installHooks(pkg: PackageJson): string[] {
  return HOOKS.filter((hook) => Object.hasOwn(pkg.scripts, hook));
}

/** Dependencies on folders of the source itself: they are there only with the source. */
export function localDependencies(pkg: PackageJson): string[] {
  const all = { ...pkg.devDependencies, ...pkg.optionalDependencies, ...pkg.dependencies };
  return Object.values(all).filter((version) => /^(file|link|portal):|^\.{0,2}\//.test(version));
}

export function workspacesOf(pkg: PackageJson): readonly string[] {
  return Array.isArray(pkg.workspaces) ? pkg.workspaces : (pkg.workspaces?.packages ?? []);
}
