import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drover, type Project, project, type Ran } from "../e2e/command.ts";
import { seedBase } from "../e2e/stage.ts";
import { type Watch, watchUp } from "../load/probe.ts";
import { type Host, sshConfig, startHosts } from "../machines/index.ts";
import { type ClientFaults, clientFaults } from "./client-faults.ts";
import type { Point } from "./point.ts";
import { type RunnerFaults, runnerFaults } from "./runner-faults.ts";
import { DOMAIN, type Flavour, HOST, writeRelease } from "./tiny.ts";

/** A host, the project of the app that is on it, a probe that asks it all the time, and what can hit an `up`. */
export interface Scene extends AsyncDisposable {
  readonly host: Host;
  readonly place: Project;
  readonly config: string;
  readonly client: ClientFaults;
  readonly runner: RunnerFaults;
  readonly watch: Watch;
  /** How many failures of the probe were told already. */
  told: number;
  release: number;
  flavour: Flavour;
}

/** A bare host, and the project of release 1 beside it. */
export async function bareScene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const [host] = (await startHosts([HOST], { docker: true })) as [Host];
  stack.use(host);
  const folder = await mkdtemp(join(tmpdir(), "drover-fault-ssh-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const config = await sshConfig([host], folder);
  const place = stack.use(await project());
  const client = stack.use(await clientFaults());
  const runner = await runnerFaults(host);
  const watch = watchUp({ ...target(host), everyMs: 50, signal: new AbortController().signal });
  stack.defer(async () => void (await watch.stop()));
  const owned = stack.move();
  const scene: Scene = {
    ...{ host, place, config, client, runner, watch, told: 0, release: 0, flavour: "dockerfile" },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  await nextRelease(scene);
  return scene;
}

/** Where the app answers. */
export function target(host: Host) {
  const signal = new AbortController().signal;
  return { address: host.address, port: 80, host: DOMAIN, path: "/up", timeoutMs: 10_000, signal };
}

/** Changes the source. */
export async function nextRelease(scene: Scene): Promise<void> {
  scene.release += 1;
  await writeRelease(scene.place, scene.config, scene.release, scene.flavour);
}

/** Arms both sides, or with no point disarms them; counts begin at 0. */
export async function arm(scene: Scene, point: Point | undefined): Promise<void> {
  await Promise.all([scene.client.arm(point), scene.runner.arm(point)]);
}

export async function hasFired(scene: Scene): Promise<boolean> {
  return scene.client.fired() || (await scene.runner.fired());
}

/** Runs the product's command line on the scene's project, or on a copy of it. */
export function run(scene: Scene, args: readonly string[], place: Project = scene.place): Promise<Ran> {
  const env = { ...scene.client.env };
  return drover(args, { cwd: place.folder, env, signal: AbortSignal.timeout(400_000) });
}

export const UP = ["up", "--yes", "--json"];

/** Gives the host's engine the base of Node apps. Never in a way that stops this process: the probe runs in it. */
export async function giveBase(scene: Scene): Promise<void> {
  await seedBase([scene.host], AbortSignal.timeout(600_000));
}
