import type { Answers } from "./answer.ts";
import type { AppSpec } from "./app.ts";
import type { Facts } from "./facts.ts";
import type { Query } from "./query.ts";
import type { Release } from "./release.ts";
import type { Resource } from "./resource.ts";

/** Where an app is to run. */
export interface Target {
  /** Key of the machine in the file. */
  readonly machine: string;
  readonly owner: string;
  readonly stackName: string;
  /** Names the app had before, newest first: volumes keep theirs. */
  readonly formerNames: readonly string[];
  /** Releases that stay on the target besides the current one, newest first: their images are desired. */
  readonly kept: readonly KeptRelease[];
}

export interface KeptRelease {
  readonly release: string;
  readonly image: string;
}

/** An image that the client has to see to: from source, or made on the spot as a base. */
export interface BuildRequest {
  /** The blob that the image change waits for. */
  readonly blob: string;
  readonly app: string;
  /** Image reference on the target. */
  readonly image: string;
  readonly machine: string;
  /** Digest of the source that it is made from. */
  readonly source?: string;
  /** Ask for its base anew, although the engine has one. */
  readonly refresh?: boolean;
}

export interface Lowered {
  readonly resources: readonly Resource[];
  readonly builds: readonly BuildRequest[];
  /** What a person opens: proven after apply. */
  readonly urls: readonly Endpoint[];
  /** Image reference of this release on the target. */
  readonly image: string;
}

/** Where a user stands: asked from the client after apply. */
export interface Endpoint {
  readonly app: string;
  /** `http://guestbook.localhost/up` */
  readonly url: string;
  /** Host header; the empty string for a default route. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** A process of an app as it is seen on a target. */
export interface ProcessView {
  readonly app: string;
  readonly process: string;
  readonly release: string;
  readonly name: string;
  readonly state: string;
  readonly address: string;
}

/** A route as it is seen on a target. */
export interface RouteView {
  readonly app: string;
  readonly domains: readonly string[];
  readonly servers: readonly string[];
}

/** Where apps run: a pure compiler from an app to resources. */
export interface Place {
  readonly name: string;
  /** Questions whose answers `lower` reads, with the resources' own. */
  query(owner: string): Query[];
  lower(name: string, app: AppSpec, release: Release, target: Target, facts: Facts): Lowered;
  /** What of an owner runs there, as `query`'s answers show it. */
  processes(owner: string, answers: Answers): ProcessView[];
  routes(owner: string, answers: Answers): RouteView[];
  /** Prints a process's log lines on stdout and stderr; never ends when it follows. */
  logs(process: string, follow: boolean, tail: number): readonly string[];
  /** What must be on a target before anything is brought: for `doctor`. */
  checks(answers: Answers): ReadonlyArray<{ readonly ok: boolean; readonly what: string; readonly fix: string }>;
}
