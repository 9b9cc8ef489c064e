import { digestOf } from "../../lib/digest.ts";
import { DEFAULT_ENVIRONMENT } from "../environment.ts";

/**
 * Names of what Drover makes on a container engine. They begin with the owner's scope, its parts are joined by dots,
 * and no part has one: so two stacks, two environments and two apps never meet in a name.
 */
export function scopeOf(owner: string): string {
  const [id = owner, environment = DEFAULT_ENVIRONMENT] = owner.split("/");
  return environment === DEFAULT_ENVIRONMENT ? id : `${id}.${environment}`;
}

/** Network, route and backend of an app. */
export function appName(owner: string, app: string): string {
  return shorten(`${scopeOf(owner)}.${app}`, 63);
}

export interface Slot {
  readonly app: string;
  readonly process: string;
  readonly release: string;
  /** Counted from 1. */
  readonly number: number;
}

/** A container carries its release: old and new stand side by side. */
export function containerName(owner: string, { app, process, release, number }: Slot): string {
  return `${scopeOf(owner)}.${app}.${process}.${release}.${number}`;
}

/** A volume is known by its name in the file, or by the path where it appears. */
export function volumeName(owner: string, app: string, path: string, name?: string): string {
  return `${scopeOf(owner)}.${app}.${name ?? pathWord(path)}`;
}

const REPOSITORY = "drover/";

/** The reference of an image that Drover makes: its tag is the digest of its build's inputs. */
export function imageName(owner: string, app: string, input: string): string {
  const tag = input.replace(/^sha256:/, "").slice(0, 12);
  return `${REPOSITORY}${scopeOf(owner)}.${app}:${tag === "" ? "none" : tag}`;
}

/** Whose image a reference names; undefined where it is not one that Drover makes for an app. */
export function imageOwner(reference: string): { owner: string; app: string } | undefined {
  const match = /^drover\/([a-z0-9-]+)\.(?:([a-z0-9-]+)\.)?([a-z0-9-]+):[\w.-]+$/.exec(reference);
  const [, id, environment = DEFAULT_ENVIRONMENT, app] = match ?? [];
  return id === undefined || app === undefined ? undefined : { owner: `${id}/${environment}`, app };
}

/** Whether it is one that Drover made for the apps of all stacks: a base, or installed dependencies. */
export function isForAll(reference: string): boolean {
  return /^drover\/[a-z0-9-]+:[\w.-]+$/.test(reference);
}

/** `/data` -> `data`, `/var/lib/x` -> `var-lib-x`; a digest tells paths apart that would look the same. */
function pathWord(path: string): string {
  const words = path.slice(1).split("/");
  const plain = words.every((word) => /^[a-z0-9]+$/.test(word));
  const text = words
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return plain ? text : `${text.slice(0, 40)}-${digestOf(path).slice(0, 6)}`;
}

function shorten(name: string, limit: number): string {
  return name.length <= limit ? name : `${name.slice(0, limit - 9)}-${digestOf(name).slice(0, 8)}`;
}
