import { z } from "zod";
import { DroverError } from "../lib/error.ts";
import { type MakeBase, madeName, makeBase } from "./base-made.ts";
import { type EngineApi, jsonLines } from "./engine-api.ts";
import { type EngineImage, findImage, parseProgress } from "./engine-shapes.ts";

export type Platform = "linux/amd64" | "linux/arm64";

const versionSchema = z.object({ Arch: z.string() });

/** What an engine runs: one small answer, where asking its machine starts a dozen processes. */
export async function enginePlatform(api: EngineApi, signal: AbortSignal): Promise<Platform> {
  const { Arch } = versionSchema.parse(await api.json("GET", "/version", { signal }));
  return Arch === "arm64" ? "linux/arm64" : "linux/amd64";
}

export interface Base {
  /** The name it has on the engine. */
  readonly reference: string;
  /** Its image id: names its content on every engine. */
  readonly digest: string;
  readonly how: "found" | "pulled" | "made";
  readonly image: EngineImage;
}

export interface BaseOptions {
  readonly signal: AbortSignal;
  /** Ask the registry; its limits in ms. Left out: it is not asked. */
  readonly pull?: { readonly connectMs: number; readonly idleMs: number };
  /** Ask the registry, or make one, although the engine has it. */
  readonly refresh?: boolean;
  /** Make one when nobody has it. Left out: none is made. */
  readonly make?: MakeBase;
  readonly onOutput: (line: string) => void;
}

export const PULL = { connectMs: 15_000, idleMs: 60_000 } as const;

/** Finds the base an app asked for: on the engine, else at its registry, else made on the spot. */
export async function resolveBase(
  api: EngineApi,
  asked: string,
  platform: Platform,
  options: BaseOptions,
): Promise<Base> {
  const made = madeName(asked);
  const here = made === undefined ? [asked] : [asked, made];
  for (const reference of options.refresh === true ? [] : here) {
    const image = await findImage(api, reference, options.signal);
    if (image !== undefined && fits(image, platform)) return { reference, digest: image.id, how: "found", image };
  }
  const tried = [options.refresh === true ? "asked for anew" : "the engine does not have it"];
  if (options.pull === undefined) tried.push("no registry was asked");
  else {
    const why = await pull(api, asked, platform, options.pull, options);
    const image = why === undefined ? await findImage(api, asked, options.signal) : undefined;
    if (image !== undefined) return { reference: asked, digest: image.id, how: "pulled", image };
    tried.push(`its registry: ${why}`);
  }
  if (made === undefined) tried.push("it can be made here only for names such as node:24-slim");
  else if (options.make === undefined) tried.push("none may be made here");
  else {
    options.onOutput(`making ${made}: ${tried.join("; ")}`);
    const image = await makeBase(
      { api, asked, platform, signal: options.signal, onOutput: options.onOutput },
      options.make,
    );
    return { reference: made, digest: image.id, how: "made", image };
  }
  throw new DroverError("BUILD_FAILED", `there is no base image ${asked}`, {
    evidence: tried,
    hint: "give the engine the image, a way to its registry, or another `build.base`",
  });
}

function fits(image: EngineImage, platform: Platform): boolean {
  return `${image.os}/${image.architecture}` === platform;
}

/** Asks the registry; gives the reason when it did not work. */
async function pull(
  api: EngineApi,
  asked: string,
  platform: Platform,
  limits: { readonly connectMs: number; readonly idleMs: number },
  options: Pick<BaseOptions, "signal" | "onOutput">,
): Promise<string | undefined> {
  const silent = new AbortController();
  let timer = setTimeout(() => silent.abort(), limits.connectMs);
  const signal = AbortSignal.any([options.signal, silent.signal]);
  try {
    const response = await api.call("POST", "/images/create", { query: { ...pullQuery(asked), platform }, signal });
    for await (const line of jsonLines(response)) {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), limits.idleMs);
      const progress = parseProgress(line);
      const error = progress.errorDetail?.message ?? progress.error;
      if (error !== undefined) return error;
    }
    return undefined;
  } catch (error) {
    options.signal.throwIfAborted();
    if (silent.signal.aborted) return "it does not answer";
    return DroverError.is(error) ? (error.evidence[0] ?? error.message) : String(error);
  } finally {
    clearTimeout(timer);
  }
}

function pullQuery(asked: string): { fromImage: string; tag: string | undefined } {
  const digest = asked.indexOf("@");
  if (digest !== -1) return { fromImage: asked.slice(0, digest), tag: asked.slice(digest + 1) };
  const colon = asked.lastIndexOf(":");
  if (colon <= asked.lastIndexOf("/")) return { fromImage: asked, tag: "latest" };
  return { fromImage: asked.slice(0, colon), tag: asked.slice(colon + 1) };
}
