import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { DroverError } from "../lib/error.ts";
import { quoteAll } from "../lib/quote.ts";
import { readOutput } from "./demux.ts";
import type { EngineApi } from "./engine-api.ts";
import { parseOutOfMemory, parseWait } from "./engine-shapes.ts";
import { keepTail } from "./tail.ts";
import { type TarEntry, tarBytes, textEntry } from "./tar.ts";

/** Where a build container keeps what must never be in a layer: secrets, CA, home, the script it runs. */
export const ROOM = "run/drover-build";

export interface Limits {
  readonly memoryBytes: number;
  readonly cpus: number;
}

export interface ContainerSpec {
  readonly image: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly limits: Limits;
  /** Network of the engine to be on; its default one without. */
  readonly network?: string;
}

/** A container that runs build commands and is gone afterwards. */
export interface BuildContainer {
  /** Puts entries into it; paths start at its root. */
  put(entries: Iterable<TarEntry>): Promise<void>;
  /** Runs commands one after the other; stops at the first that fails. May be called again. */
  run(commands: readonly (readonly string[])[]): Promise<void>;
  /** A file or folder in it as a tar; undefined when it is not there. */
  get(path: string): Promise<IncomingMessage | undefined>;
}

/** What building needs besides its inputs. */
export interface BuildPort {
  readonly api: EngineApi;
  readonly signal: AbortSignal;
  readonly onOutput: (line: string) => void;
}

/** What the engine may take to make or remove a container, however busy it is. */
const ENGINE_MS = 60_000;

/** Makes a container, lets `use` work with it, and removes it: on success, failure and abort. */
export async function withContainer<T>(
  port: BuildPort,
  spec: ContainerSpec,
  use: (container: BuildContainer) => Promise<T>,
): Promise<T> {
  const name = `drover-build-${randomBytes(8).toString("hex")}`;
  try {
    // Not ended by an abort: the engine would go on, and the container be there after its removal was tried.
    const signal = AbortSignal.timeout(ENGINE_MS);
    await port.api.json("POST", "/containers/create", { query: { name }, json: createBody(spec), signal });
    port.signal.throwIfAborted();
    return await use(containerNamed(port, spec, name));
  } finally {
    await remove(port.api, name);
  }
}

function createBody(spec: ContainerSpec): Record<string, unknown> {
  const period = 100_000;
  return {
    Image: spec.image,
    Entrypoint: ["/bin/sh"],
    Cmd: [`/${ROOM}/script`],
    User: "0:0",
    WorkingDir: `/${spec.workdir}`,
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
    Labels: spec.labels,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      Memory: spec.limits.memoryBytes,
      MemorySwap: spec.limits.memoryBytes,
      // A quota, since NanoCpus is refused when the machine has fewer processors.
      CpuPeriod: period,
      CpuQuota: Math.round(spec.limits.cpus * period),
      PidsLimit: 4096,
      CapDrop: ["ALL"],
      CapAdd: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"],
      SecurityOpt: ["no-new-privileges"],
      // The output is read as it comes; the engine need not store it.
      LogConfig: { Type: "none", Config: {} },
      ...(spec.network === undefined ? {} : { NetworkMode: spec.network }),
    },
  };
}

function containerNamed(port: BuildPort, spec: ContainerSpec, name: string): BuildContainer {
  const { api, signal } = port;
  const path = `/containers/${name}`;
  const put = async (entries: Iterable<TarEntry>): Promise<void> => {
    await api.json("PUT", `${path}/archive`, { query: { path: "/" }, body: tarBytes(entries), signal });
  };
  return {
    put,
    async run(commands) {
      await put([textEntry(`${ROOM}/script`, scriptOf(commands, spec.workdir), 0o700)]);
      const tail = await start(port, path);
      const status = parseWait(await api.json("POST", `${path}/wait`, { signal }));
      if (status === 0) return;
      const dead = parseOutOfMemory(await api.json("GET", `${path}/json`, { signal }));
      throw failure(commands, status, dead ? spec.limits.memoryBytes : undefined, tail);
    },
    async get(wanted) {
      const query = { path: `/${wanted}` };
      const response = await api.call("GET", `${path}/archive`, { query, accept: [404], signal });
      if (response.statusCode === 200) return response;
      response.resume();
      return undefined;
    },
  };
}

/** Starts it and follows its output to the end; gives the lines worth keeping. */
async function start(port: BuildPort, path: string): Promise<string[]> {
  const { api, signal } = port;
  const tail = keepTail();
  const query = { stream: "1", stdout: "1", stderr: "1" };
  // Attached before it starts, so that no line is missed and no log driver is needed.
  const output = await api.call("POST", `${path}/attach`, { query, signal });
  const read = readOutput(output, (line) => {
    tail.add(line);
    port.onOutput(line);
  });
  try {
    await api.json("POST", `${path}/start`, { signal });
  } catch (error) {
    output.destroy();
    await read.catch(() => undefined);
    throw error;
  }
  await read;
  return tail.lines();
}

function scriptOf(commands: readonly (readonly string[])[], workdir: string): string {
  return [
    `set -e`,
    `mkdir -p ${quoteAll([`/${workdir}`])}`,
    `cd ${quoteAll([`/${workdir}`])}`,
    ...commands.map(quoteAll),
    "",
  ].join("\n");
}

function failure(
  commands: readonly (readonly string[])[],
  status: number,
  memoryBytes: number | undefined,
  tail: readonly string[],
): DroverError {
  const what = commands.map((command) => command.join(" ")).join(" && ");
  if (memoryBytes !== undefined) {
    const size = `${Math.round(memoryBytes / 2 ** 20)} MiB`;
    return new DroverError("BUILD_FAILED", `${what} ran out of memory (limit ${size})`, {
      hint: "raise the build's memory limit",
      evidence: tail,
    });
  }
  return new DroverError("BUILD_FAILED", `${what} ended with exit code ${status}`, { evidence: tail });
}

/** Also when the build was aborted: so with a deadline of its own. What is not there is as good as removed. */
async function remove(api: EngineApi, name: string): Promise<void> {
  const query = { force: "1", v: "1" };
  const signal = AbortSignal.timeout(ENGINE_MS);
  try {
    await api.json("DELETE", `/containers/${name}`, { query, accept: [404, 409], signal });
  } catch {
    // The build's own outcome matters more; the next build of this app sweeps it.
  }
}
