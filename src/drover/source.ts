import { fstatSync, type Stats } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Source as BuildSource, readSource } from "../build/source.ts";
import { DroverError } from "../lib/error.ts";
import { STACK_FILES } from "../load/find.ts";
import type { AppSpec } from "../model/app.ts";
import type { Stack } from "../model/stack.ts";
import { isSecretsFile } from "../secrets/age/names.ts";

/** An app's source, read and understood; its input digest names the image before it is built. */
export interface Source extends BuildSource {
  readonly folder: string;
}

/** Reads the sources of all apps that have one. Nothing is built. */
export async function readSources(stack: Stack, signal: AbortSignal): Promise<ReadonlyMap<string, Source>> {
  const entries = Object.entries(stack.apps).filter(([, app]) => app.source !== undefined);
  const sources = await Promise.all(
    entries.map(async ([name, app]) => [name, await sourceOf(name, stack, app, signal)] as const),
  );
  return new Map(sources);
}

async function sourceOf(name: string, stack: Stack, app: AppSpec, signal: AbortSignal): Promise<Source> {
  const folder = resolve(stack.folder, app.source ?? ".");
  const { base, target, dockerfile, secrets } = app.build;
  const options = {
    port: app.port,
    leaveOut: leftOutOf(folder, stack.folder),
    secretFiles: secrets,
    cacheFile: join(stack.folder, ".drover", "cache", `${name}.json`),
    ...(base === undefined ? {} : { base }),
    ...(target === undefined ? {} : { target }),
    ...(dockerfile === undefined ? {} : { dockerfile }),
  };
  try {
    return { folder, ...(await readSource(folder, options, signal)) };
  } catch (error) {
    throw DroverError.is(error) ? withApp(error, name) : error;
  }
}

/**
 * What lies in a source folder because Drover is used there: the stack file, whose words count where they say something
 * of the app, the encrypted secrets beside it, and the files that this very process writes its output to.
 */
function leftOutOf(source: string, folder: string): (path: string, stat: Stats) => boolean {
  const stackFiles = STACK_FILES.map((file) => join(folder, file));
  const outputs = [1, 2].flatMap(outputFile);
  const isOurs = (file: string): boolean =>
    stackFiles.includes(file) || (dirname(file) === folder && isSecretsFile(basename(file)));
  return (path, { dev, ino }) => isOurs(join(source, path)) || outputs.includes(`${dev}:${ino}`);
}

/** The file that an output of this process goes to, when it goes to one. */
function outputFile(descriptor: number): string[] {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFile() ? [`${stat.dev}:${stat.ino}`] : [];
  } catch {
    return []; // Closed: it goes nowhere.
  }
}

/** Says whose source an error is about. */
function withApp({ code, message, hint, where, evidence, cause }: DroverError, app: string): DroverError {
  const told = hint === undefined ? {} : { hint };
  const place = where.path === undefined ? { path: `apps.${app}.source` } : { ...where, app };
  return new DroverError(code, message, { ...told, where: place, evidence, cause });
}

/** App -> what its release is made from: the digest of its build's inputs, or the image as asked. */
export function inputsOf(stack: Stack, sources: ReadonlyMap<string, Source>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stack.apps).map(([name, app]) => [name, sources.get(name)?.input ?? app.image ?? ""]),
  );
}
