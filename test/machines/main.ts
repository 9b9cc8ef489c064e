// Hosts to play with: `up web1 web2 [--docker] [--init sysv] [--release trixie] [--shell busybox] [--packages rpm] [--ca]`, then `down [web1]`.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { DroverError } from "../../src/lib/error.ts";
import { cacheFolder } from "./cache.ts";
import { requireEngine } from "./engine.ts";
import type { HostOptions } from "./host.ts";
import { sshConfig } from "./ssh-config.ts";
import { startKeptHosts } from "./start.ts";
import { removeKept } from "./sweep.ts";

const usage = `usage: main.ts up NAME... [--docker] [--init systemd|sysv|none] [--release bookworm|trixie]
                          [--shell dash|bash|busybox] [--packages apt|rpm] [--ca]
       main.ts down [NAME...]    all that are up, or these`;

const Flags = z.object({
  docker: z.boolean().exactOptional(),
  ca: z.boolean().exactOptional(),
  init: z.enum(["systemd", "sysv", "none"]).exactOptional(),
  release: z.enum(["bookworm", "trixie"]).exactOptional(),
  shell: z.enum(["dash", "bash", "busybox"]).exactOptional(),
  packages: z.enum(["apt", "rpm"]).exactOptional(),
});

async function up(names: readonly string[], options: HostOptions): Promise<void> {
  const engine = await requireEngine();
  if (!engine.ok) throw new Error(engine.why);
  const hosts = await startKeptHosts(names, options);
  const config = await sshConfig(hosts, join(cacheFolder(), "up", names.join("-")));
  for (const host of hosts) console.log(`${host.name}\t${host.address}\tssh -F ${config} ${host.name}`);
}

async function down(names: readonly string[]): Promise<void> {
  const removed = await removeKept(names, AbortSignal.timeout(120_000));
  console.log(removed.length === 0 ? "nothing is up" : `removed ${removed.join(", ")}`);
}

async function main(): Promise<void> {
  const bool = { type: "boolean" } as const;
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { docker: bool, ca: bool, init: text, release: text, shell: text, packages: text },
  });
  const [verb, ...names] = positionals;
  if (verb === "down") return down(names);
  if (verb !== "up" || names.length === 0) throw new Error(usage);
  return up(names, Flags.parse(values));
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  if (DroverError.is(error)) for (const line of error.evidence) console.error(`  ${line}`);
  process.exitCode = 1;
});
