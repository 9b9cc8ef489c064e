import { join, resolve } from "node:path";
import { type Source as BuildSource, readSource } from "../build/source.ts";
import type { AppSpec } from "../model/app.ts";
import type { Stack } from "../model/stack.ts";

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
    secretFiles: secrets,
    cacheFile: join(stack.folder, ".drover", "cache", `${name}.json`),
    ...(base === undefined ? {} : { base }),
    ...(target === undefined ? {} : { target }),
    ...(dockerfile === undefined ? {} : { dockerfile }),
  };
  return { folder, ...(await readSource(folder, options, signal)) };
}

/** App -> what its release is made from: the digest of its build's inputs, or the image as asked. */
export function inputsOf(stack: Stack, sources: ReadonlyMap<string, Source>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stack.apps).map(([name, app]) => [name, sources.get(name)?.input ?? app.image ?? ""]),
  );
}
