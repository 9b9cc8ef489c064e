import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Options } from "../api.ts";
import { enginePlatform, PULL, resolveBase } from "../build/base.ts";
import { buildImage } from "../build/build.ts";
import { clientBuildEnv, proxyEnv } from "../build/build-env.ts";
import { type EngineApi, openEngine } from "../build/engine-api.ts";
import { registryOf } from "../build/npm-registry.ts";
import { shipImage } from "../build/ship.ts";
import { readSecrets } from "../build/source.ts";
import type { Supply } from "../engine/apply.ts";
import { DroverError } from "../lib/error.ts";
import type { BuildRequest } from "../model/place.ts";
import type { Plan } from "../model/plan.ts";
import type { Session } from "../model/session.ts";
import { ownerOf } from "../model/stack.ts";
import type { Context } from "./context.ts";
import { DEBIAN_ROOTFS } from "./debian-rootfs.ts";
import { sourceMoved } from "./kept-plan.ts";
import { firstBuilder } from "./rolling.ts";
import type { Source } from "./source.ts";

const SOCKET = "/var/run/docker.sock";

/** Makes images on targets while their runner waits: built on one machine, brought from there to the others. */
export function supplier(plan: Plan, context: Context, options: Options): Supply {
  const built = new Map<string, Promise<Built>>();
  return async (machine, blob, session, signal) => {
    const request = plan.hosts.find((host) => host.machine === machine)?.builds.find((build) => build.blob === blob);
    if (request === undefined) throw new DroverError("INTERNAL", `nothing is known of ${blob}`, { where: { machine } });
    const on = context.stack.apps[request.app]?.build.on ?? firstBuilder(plan, blob) ?? machine;
    const key = `${request.app} ${blob}`;
    const work = built.get(key) ?? buildOn(on, request, context, options, signal);
    built.set(key, work);
    const { machine: from, base } = await work;
    if (from !== machine) await bring(from, machine, request, session, context, options, signal);
    return { app: request.app, ...(base === undefined ? {} : { base }) };
  };
}

/** Where an image was built, and on which base. */
interface Built {
  readonly machine: string;
  readonly base: string | undefined;
}

async function buildOn(
  machine: string,
  request: BuildRequest,
  context: Context,
  options: Options,
  signal: AbortSignal,
): Promise<Built> {
  const session = await context.hosts.session(machine, signal);
  const source = (await context.sources(signal)).get(request.app);
  if (source === undefined)
    throw new DroverError("INTERNAL", `${request.app} has no source`, { where: { app: request.app } });
  if (source.input !== request.source) throw sourceMoved(request.app);
  const { app } = request;
  const say = (detail: string): void => options.emit({ event: "building", machine, app, detail });
  say(""); // Its time counts from here, also where it says nothing.
  await using api = await openEngine((stop) => session.open({ socket: SOCKET }, stop), signal);
  const env = clientBuildEnv(process.env);
  const base = await baseFor(source, request, api, session, say, signal);
  const image = await buildImage({
    api,
    signal,
    onOutput: say,
    tree: source.tree,
    recipe: source.recipe,
    ...(base === undefined ? {} : { base }),
    refresh: request.refresh === true,
    name: request.image,
    labels: { "drover.owner": ownerOf(context.stack), "drover.app": app, "drover.input": source.input },
    secrets: readSecrets(source.folder, source.recipe),
    ...env,
  });
  const detail =
    image.fallback === undefined ? image.imageId.slice(0, 19) : `${image.imageId.slice(0, 19)}; ${image.fallback}`;
  options.emit({ event: "built", machine, app, detail, bytes: image.bytesSent });
  return { machine, base: base?.id };
}

async function baseFor(
  source: Source,
  { refresh = false }: BuildRequest,
  api: EngineApi,
  session: Session,
  say: (line: string) => void,
  signal: AbortSignal,
) {
  if (source.recipe.kind === "dockerfile") return undefined;
  const platform = await enginePlatform(api, signal);
  const make = {
    debianRootfs: (suite: string, stop: AbortSignal) => debianRootfs(session, suite, stop),
    registry: registryOf(process.env, npmrcs(source)),
  };
  const base = await resolveBase(api, source.recipe.base, platform, {
    signal,
    pull: PULL,
    make,
    refresh,
    onOutput: say,
  });
  return base.image;
}

/** The texts of the npm settings that hold for a source, nearest first. */
function npmrcs(source: Source): string[] {
  const files = [join(source.folder, ".npmrc"), join(homedir(), ".npmrc"), "/etc/npmrc"];
  return files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8"));
}

/** A minimal Debian from the machine's own archive, as a tar. */
async function debianRootfs(session: Session, suite: string, signal: AbortSignal): Promise<Readable> {
  const env = Object.entries(proxyEnv(clientBuildEnv(process.env).proxy)).map(([name, value]) => `${name}=${value}`);
  const stream = await session.open({ argv: ["env", ...env, "/bin/sh", "-c", DEBIAN_ROOTFS, "sh", suite] }, signal);
  stream.end();
  return stream;
}

async function bring(
  from: string,
  machine: string,
  request: BuildRequest,
  session: Session,
  context: Context,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  const origin = await context.hosts.session(from, signal);
  await using source = await openEngine((stop) => origin.open({ socket: SOCKET }, stop), signal);
  await using target = await openEngine((stop) => session.open({ socket: SOCKET }, stop), signal);
  const { app, image } = request;
  options.emit({ event: "sending", machine, app, detail: `${image} from ${from}` });
  const sent = await shipImage(source, target, { reference: image, tag: image }, signal);
  options.emit({ event: "built", machine, app, detail: sent.imageId.slice(0, 19), bytes: sent.bytesSent });
}
