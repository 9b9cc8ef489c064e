import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openLocal, testBase } from "../build/engine.ts";
import { askOnce } from "../load/probe.ts";
import { type Host, sshConfig, startHosts } from "../machines/index.ts";
import { drover, mustRun, type Project, project, type Ran } from "./command.ts";

const APP = join(import.meta.dirname, "app");
const OWN_ID = "tiny-1";

/** Hosts and a project that is deployed to them: what every suite here begins with. */
export interface Stage extends AsyncDisposable {
  readonly hosts: readonly Host[];
  /** The first of the hosts. */
  readonly host: Host;
  readonly place: Project;
  /** What commands find in their environment besides this process's. */
  readonly env: Record<string, string>;
  /** Writes the stack file; `apps` is the text between its braces. The machines are named as the hosts are. */
  stack(apps: string, more?: StackText): Promise<void>;
  /** Puts a fresh copy of the test app into the project, with these files in it. */
  source(folder: string, files?: Readonly<Record<string, string>>): Promise<void>;
  run(...args: string[]): Promise<Ran>;
  /** The same, and a failure shows everything that was printed. */
  must(...args: string[]): Promise<Ran>;
  /** Body of an answer of the first host's router; for what is no 2xx its status, or how the request was cut. */
  ask(host: string, path: string): Promise<string>;
  /** The output of a script on the first host; it has to end well. */
  sh(script: string): Promise<string>;
}

export interface StackText {
  readonly id?: string;
  /** Who logs in: `root` unless said, or `ops`, who has sudo. */
  readonly user?: string;
  /** Further top-level fields of the stack. */
  readonly fields?: string;
  /** Text before the stack: constants. */
  readonly before?: string;
}

export interface StageOptions {
  readonly signal: AbortSignal;
  /** The stack that brings the engine: it is one of its owners from then on. */
  readonly id?: string;
}

/** Bare hosts, to which a first `up` brings the container engine, into which the base image is put that this machine has. */
export async function openStage(names: readonly string[], options: StageOptions): Promise<Stage> {
  const stage = await openBareStage(names, options);
  try {
    await seed(stage, options);
    return stage;
  } catch (error) {
    await stage[Symbol.asyncDispose]();
    throw error;
  }
}

/** Starts bare hosts, and has a project with the test app in it. */
export async function openBareStage(names: readonly string[], options: StageOptions): Promise<Stage> {
  const hosts = await startHosts(names, { docker: true });
  const place = await project();
  const config = await sshConfig(hosts, place.folder);
  const stage = stageOf(hosts, place, config, options.signal);
  await stage.source("tiny");
  return stage;
}

function stageOf(hosts: readonly Host[], place: Project, config: string, signal: AbortSignal): Stage {
  const [host] = hosts;
  if (host === undefined) throw new Error("a stage needs a host");
  const env: Record<string, string> = {};
  const options = { cwd: place.folder, env, signal };
  const machines = (user: string): string =>
    hosts
      .map(({ name }) => `${name}: server("${user}@${name}", { config: ${JSON.stringify(config)}, persist: 0 })`)
      .join(", ");
  return {
    ...{ hosts, host, place, env },
    stack: (apps, more = {}) => place.write("drover.config.ts", stackText(machines(more.user ?? "root"), apps, more)),
    async source(folder, files = {}) {
      await rm(join(place.folder, folder), { recursive: true, force: true });
      await cp(APP, join(place.folder, folder), { recursive: true });
      for (const [name, text] of Object.entries(files)) await place.write(join(folder, name), text);
    },
    run: (...args) => drover(args, options),
    must: (...args) => mustRun(args, options),
    async ask(name, path) {
      const outcome = await askOnce({ address: host.address, port: 80, host: name, path, signal });
      if (outcome.kind !== "answered") return `${outcome.kind}: ${outcome.text}`;
      const { status, body } = outcome.response;
      return status === 200 ? body.toString().trim() : String(status);
    },
    sh: (script) => output(host, script),
    async [Symbol.asyncDispose]() {
      await Promise.all([...hosts, place].map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

/** The output of a script on a host; it has to end well. */
export async function output(host: Host, script: string): Promise<string> {
  const { code, stdout, stderr } = await host.sh(script);
  if (code !== 0) throw new Error(`exit code ${code} of ${script}\n${stdout}\n${stderr}`);
  return stdout.trim();
}

function stackText(machines: string, apps: string, { id = OWN_ID, fields = "", before = "" }: StackText): string {
  return `import { app, defineStack, directory, file, pkg, secret, server, service, user } from "drover";
${before}
export default defineStack({
  id: "${id}",
  name: "tiny",
  machines: { ${machines} },
  apps: { ${apps} },
  ${fields}
});
void [app, directory, file, pkg, secret, service, user];
`;
}

/** Brings the container engine by a first `up`, and the base image into it. */
export async function seed(stage: Stage, { id = OWN_ID, signal }: StageOptions): Promise<void> {
  const on = stage.hosts.map(({ name }) => `"${name}"`).join(", ");
  await stage.stack(`seed: app({ source: "tiny", on: [${on}] })`, { id });
  await stage.must("up", "--yes", "--only", "container-engine:docker");
  await seedBase(stage.hosts, signal);
}

/** Gives the engines of hosts the base that this machine has: making one takes minutes, and is proven elsewhere. */
export async function seedBase(hosts: readonly Host[], signal: AbortSignal): Promise<void> {
  await using api = await openLocal();
  const { reference } = await testBase(api, signal);
  for (const host of hosts)
    await pipe(["docker", "save", reference], ["docker", "exec", "-i", host.id, "docker", "load"]);
}

/** Runs two programs of this machine, the output of one into the other. */
async function pipe(from: readonly [string, ...string[]], to: readonly [string, ...string[]]): Promise<void> {
  const source = spawn(from[0], from.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  const sink = spawn(to[0], to.slice(1), { stdio: ["pipe", "ignore", "inherit"] });
  const codes = Promise.all([once(source, "close"), once(sink, "close")]);
  await pipeline(source.stdout, sink.stdin);
  for (const [code] of await codes) if (code !== 0) throw new Error(`${from.join(" ")} | ${to.join(" ")}: ${code}`);
}
