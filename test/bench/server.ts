import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocal, testBase } from "../build/engine.ts";
import { must } from "../machines/command.ts";
import { type Host, requireEngine, startHosts, startProxy } from "../machines/index.ts";
import { sshConfig } from "../machines/ssh-config.ts";

/** A bare Debian with systemd and sshd, to be reached as `web` through `config`. */
export interface Server extends AsyncDisposable {
  readonly host: Host;
  readonly config: string;
  /** Another ssh config, whose way to the server is longer by so much for each round trip. */
  far(delayMs: number): Promise<{ readonly config: string } & AsyncDisposable>;
}

export async function bareServer(): Promise<Server> {
  const engine = await requireEngine();
  if (!engine.ok) throw new Error(`test hosts cannot be started: ${engine.why}`);
  const [host] = await startHosts(["web"], { docker: true, ca: true });
  if (host === undefined) throw new Error("no host was started");
  const folder = await mkdtemp(join(tmpdir(), "drover-bench-server-"));
  const config = await sshConfig([host], folder);
  return {
    host,
    config,
    far: (delayMs) => far(host, folder, delayMs),
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function far(host: Host, folder: string, delayMs: number): Promise<{ config: string } & AsyncDisposable> {
  const proxy = await startProxy({ target: { host: host.address, port: host.port }, delayMs });
  const near = await readFile(join(folder, "ssh_config"), "utf8");
  const way = `HostName 127.0.0.1\n  HostKeyAlias ${host.address}\n  Port ${proxy.port}`;
  const config = join(folder, `ssh_config_${delayMs}`);
  await writeFile(config, replaced(near, `HostName ${host.address}\n  Port ${host.port}`, way), { mode: 0o600 });
  return { config, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
}

/** Replaces what has to be there. */
export function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`there is no ${JSON.stringify(from)} in:\n${text}`);
  return text.replace(from, () => to);
}

/** Gives a server a container engine and the base image that this machine has: making one takes minutes. */
export async function seedBase(host: Host, signal: AbortSignal): Promise<string> {
  const { code, stderr } = await host.sh(
    "apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io",
  );
  if (code !== 0) throw new Error(`docker.io could not be installed: ${stderr}`);
  await using api = await openLocal();
  const { reference } = await testBase(api, signal);
  const script = 'docker save "$1" | docker exec -i "$2" docker load';
  await must(["sh", "-c", script, "sh", reference, host.id], { signal });
  return reference;
}
