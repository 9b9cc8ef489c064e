import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect as connectTo } from "node:net";
import { type Connect, type EngineApi, jsonLines, openEngine } from "../../src/build/engine-api.ts";
import { parseProgress } from "../../src/build/engine-shapes.ts";
import { systemClock } from "../../src/lib/clock.ts";

/** The Dockerfile that people write: what the lock file says is installed before the source comes in. */
export function dockerfile(base: string, hasCa: boolean): string {
  return [
    `FROM ${base}`,
    "WORKDIR /app",
    ...(hasCa ? ["COPY ca.pem /ca.pem", "ENV NODE_EXTRA_CA_CERTS=/ca.pem npm_config_cafile=/ca.pem"] : []),
    "COPY package.json package-lock.json ./",
    "RUN npm ci --omit=dev",
    "COPY . .",
    'CMD ["node", "src/0.js"]',
    "",
  ].join("\n");
}

/** A server's container engine through its API, over one ssh connection that stays open. */
export async function engineOver(
  config: string,
  socket: string,
  signal: AbortSignal,
): Promise<EngineApi & AsyncDisposable> {
  const argv = ["-F", config, "-o", "BatchMode=yes", "-N", "-L", `${socket}:/var/run/docker.sock`, "root@web"];
  const tunnel = spawn("ssh", argv, { stdio: ["ignore", "inherit", "inherit"] });
  while (!existsSync(socket)) await systemClock.sleep(50, signal);
  const connect: Connect = async (stop) => {
    const stream = connectTo(socket).on("error", () => undefined);
    await once(stream, "connect", { signal: stop });
    return stream;
  };
  const api = await openEngine(connect, signal);
  const close = api[Symbol.asyncDispose].bind(api);
  api[Symbol.asyncDispose] = async () => {
    await close();
    tunnel.kill();
    await once(tunnel, "exit");
  };
  return api;
}

/** Sends the folder, without `leaveOut`, to the engine's own builder; answers how many bytes that were. */
export async function classicBuild(
  api: EngineApi,
  { folder, name, leaveOut }: { folder: string; name: string; leaveOut: readonly string[] },
  signal: AbortSignal,
): Promise<number> {
  const argv = ["-c", "-C", folder, ...leaveOut.map((path) => `--exclude=./${path}`), "."];
  const tar = spawn("tar", argv, { stdio: ["ignore", "pipe", "inherit"] });
  let bytes = 0;
  tar.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
  });
  const query = { t: name, rm: "1", forcerm: "1" };
  const response = await api.call("POST", "/build", { query, body: tar.stdout, signal });
  for await (const line of jsonLines(response)) {
    const { error } = parseProgress(line);
    if (error !== undefined) throw new Error(error);
  }
  return bytes;
}

/** `docker run --detach --init --publish PORT:3000 NAME`, through the API. */
export async function runContainer(
  api: EngineApi,
  name: string,
  port: number,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const json = {
    Image: name,
    ExposedPorts: { "3000/tcp": {} },
    HostConfig: { Init: true, PortBindings: { "3000/tcp": [{ HostPort: String(port) }] } },
  };
  const container = "classic";
  await api.json("POST", "/containers/create", { query: { name: container }, json, signal });
  await api.json("POST", `/containers/${container}/start`, { signal });
  return {
    async [Symbol.asyncDispose]() {
      await api.json("DELETE", `/containers/${container}`, { query: { force: "1" }, signal });
    },
  };
}
