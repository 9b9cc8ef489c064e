import { z } from "zod";
import type { EngineApi } from "./engine-api.ts";
import { imagePath } from "./engine-api.ts";

const texts = z.array(z.string()).nullish();
const flags = z.record(z.string(), z.unknown()).nullish();
const labels = z.record(z.string(), z.string()).nullish();

/** What an image that is built on another one takes over from it. */
const inheritedSchema = z.object({
  Env: texts,
  Labels: labels,
  Volumes: flags,
  StopSignal: z.string().nullish(),
  Shell: texts,
});

const imageSchema = z.object({
  Id: z.string(),
  Os: z.string().default("linux"),
  Architecture: z.string(),
  Variant: z.string().nullish(),
  Metadata: z.object({ LastTagTime: z.string().nullish() }).nullish(),
  Config: inheritedSchema.nullish(),
  RootFS: z.object({ Layers: texts }),
});

/** An image as an engine knows it. */
export interface EngineImage {
  /** `sha256:...` of its configuration: names its content on every engine. */
  readonly id: string;
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | undefined;
  readonly diffIds: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly env: readonly string[];
  readonly inherited: Readonly<Record<string, unknown>>;
  /** When this engine gave it its last name; ISO 8601. */
  readonly tagged: string;
}

/** Looks at an image; undefined when the engine does not have it. */
export async function findImage(
  api: EngineApi,
  reference: string,
  signal: AbortSignal,
): Promise<EngineImage | undefined> {
  const value = await api.json("GET", imagePath(reference, "json"), { accept: [404], signal });
  return value === undefined ? undefined : toImage(imageSchema.parse(value));
}

function toImage(image: z.output<typeof imageSchema>): EngineImage {
  const { Env, Labels, ...rest } = image.Config ?? {};
  return {
    id: image.Id,
    os: image.Os,
    architecture: image.Architecture,
    variant: image.Variant || undefined,
    diffIds: image.RootFS.Layers ?? [],
    labels: Labels ?? {},
    env: Env ?? [],
    tagged: image.Metadata?.LastTagTime ?? "",
    inherited: Object.fromEntries(Object.entries(rest).filter(([, value]) => !isEmpty(value))),
  };
}

// Engines differ in whether an empty field is null, "", [] or left out; the image must not.
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** `linux/amd64`, as `platform` arguments want it. */
export function platformOf(image: EngineImage): string {
  return [image.os, image.architecture, image.variant].filter((part) => part !== undefined).join("/");
}

const progressSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  message: z.string().optional(),
  errorDetail: z.object({ message: z.string().optional() }).optional(),
  aux: z.object({ ID: z.string().optional() }).optional(),
});
export type Progress = z.output<typeof progressSchema>;

/** One line of what build, load and pull print. */
export function parseProgress(value: unknown): Progress {
  return progressSchema.parse(value);
}

const waitSchema = z.object({ StatusCode: z.number() });
export function parseWait(value: unknown): number {
  return waitSchema.parse(value).StatusCode;
}

const containerSchema = z.object({ State: z.object({ OOMKilled: z.boolean().default(false) }) });
export function parseOutOfMemory(value: unknown): boolean {
  return containerSchema.parse(value).State.OOMKilled;
}

const listSchema = z.array(z.object({ Id: z.string(), RepoTags: texts }));
export function parseImageIds(value: unknown): string[] {
  return listSchema.parse(value).map((image) => image.Id);
}
export function parseImages(value: unknown): { id: string; tags: readonly string[] }[] {
  const none = "<none>:<none>";
  return listSchema.parse(value).map(({ Id, RepoTags }) => ({
    id: Id,
    tags: (RepoTags ?? []).filter((tag) => tag !== none),
  }));
}

const containersSchema = z.array(z.object({ Id: z.string(), Labels: labels }));
export function parseContainerIds(value: unknown): { id: string; labels: Readonly<Record<string, string>> }[] {
  return containersSchema.parse(value).map((container) => ({ id: container.Id, labels: container.Labels ?? {} }));
}
