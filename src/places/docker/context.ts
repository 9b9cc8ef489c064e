import { type AppSpec, processesOf } from "../../model/app.ts";
import type { Facts } from "../../model/facts.ts";
import type { Target } from "../../model/place.ts";
import type { Release } from "../../model/release.ts";
import { type Resource, resourceId } from "../../model/resource.ts";
import type { Json } from "../../model/secret.ts";

/** What the parts of a lowering share. */
export interface Lowering {
  readonly name: string;
  readonly app: AppSpec;
  readonly release: Release;
  readonly target: Target;
  readonly facts: Facts;
  /** The app's first name: network, volumes and route keep it when the app is renamed. */
  readonly root: string;
  /** Drover makes its image itself, from source without a Dockerfile. */
  readonly assembled: boolean;
}

/** Numeric user of images that Drover makes. */
const OWN_USER = "10001:10001";
export const WEB = "web";

export function loweringOf(name: string, app: AppSpec, release: Release, target: Target, facts: Facts): Lowering {
  const assembled = app.source !== undefined && app.build.dockerfile === undefined;
  return { name, app, release, target, facts, root: target.formerNames.at(-1) ?? name, assembled };
}

/** Undefined where only the image knows. */
export function userOf({ app, assembled }: Lowering): string | undefined {
  const user = app.user ?? (assembled ? OWN_USER : undefined);
  return user === undefined || user.includes(":") ? user : `${user}:${user}`;
}

export function isServed({ app }: Lowering): boolean {
  return processesOf(app)[WEB] !== undefined;
}

export function idOf({ target }: Lowering, type: string, name: string): string {
  return resourceId(target.machine, type, name);
}

export function resource(
  lowering: Lowering,
  type: string,
  name: string,
  spec: Json,
  more: Partial<Resource> = {},
): Resource {
  return { id: idOf(lowering, type, name), type, name, on: lowering.target.machine, spec, needs: [], ...more };
}
