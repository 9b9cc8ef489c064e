import { digestOf } from "../lib/digest.ts";
import type { AppSpec } from "./app.ts";

/** What goes into a release's name: everything that decides what runs, and no secret's value. */
export interface ReleaseInputs {
  /** Digest of the build's inputs (files, recipe, lock file, base as asked), or the image as asked. */
  readonly image: string;
  readonly app: AppSpec;
}

/** Immutable; named by the digest of its inputs. */
export interface Release {
  readonly app: string;
  /** Eight hex digits. */
  readonly id: string;
  readonly inputs: ReleaseInputs;
}

/** A release as the journal keeps it. */
export interface ReleaseRecord {
  readonly app: string;
  readonly release: string;
  readonly spec: AppSpec;
  readonly input: string;
  /** Image reference on the target. */
  readonly image: string;
  /** When its base was last asked for anew: it is part of the image's input until the next time. */
  readonly refreshed?: string;
  /** Digest of the base that the image stands on; not known of images that a Dockerfile or somebody else made. */
  readonly base?: string;
}

/** Fields of an app that do not change what runs: they move no container. */
const ELSEWHERE = ["on", "was", "keep", "drain", "stop", "build"] as const;

export function releaseOf(app: string, inputs: ReleaseInputs): Release {
  const running = Object.fromEntries(
    Object.entries(inputs.app).filter(([field]) => !(ELSEWHERE as readonly string[]).includes(field)),
  );
  return { app, id: digestOf({ image: inputs.image, running }).slice(0, 8), inputs };
}
