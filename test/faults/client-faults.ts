import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { quoteAll } from "../../src/lib/quote.ts";
import type { Point } from "./point.ts";

/** A folder with an `ssh` of ours, and what arms it. */
export interface ClientFaults extends AsyncDisposable {
  /** Environment under which a client uses it. */
  readonly env: Readonly<Record<string, string>>;
  /** Counts from 0 again; with a point of client or link, the next run is hit there. */
  arm(point: Point | undefined): Promise<void>;
  fired(): boolean;
  counts(): Promise<{ readonly exchanges: number; readonly chunks: number }>;
}

export async function clientFaults(): Promise<ClientFaults> {
  const folder = await mkdtemp(join(tmpdir(), "drover-fault-"));
  const [bin, state] = [join(folder, "bin"), join(folder, "state")];
  await Promise.all([mkdir(bin), mkdir(state)]);
  await writeFile(join(bin, "ssh"), shim());
  await chmod(join(bin, "ssh"), 0o755);
  const sizeOf = async (name: string): Promise<number> =>
    (await stat(join(state, name)).catch(() => ({ size: 0 }))).size;
  return {
    env: { PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}`, DROVER_FAULT: state, DROVER_FAULT_SSH: realSsh() },
    async arm(point) {
      await rm(state, { recursive: true });
      await mkdir(state);
      if (point !== undefined && point.who !== "runner") await writeFile(join(state, "shot"), JSON.stringify(point));
    },
    fired: () => existsSync(join(state, "fired")),
    counts: async () => ({ exchanges: await sizeOf("exchanges"), chunks: await sizeOf("chunks") }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The client must be its parent: so it takes the shell's place. */
function shim(): string {
  const main = join(import.meta.dirname, "ssh.main.ts");
  return `#!/bin/sh\nexec ${quoteAll([process.execPath, main])} "$@"\n`;
}

function realSsh(): string {
  const found = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "ssh"));
  return found.find((file) => existsSync(file)) ?? "/usr/bin/ssh";
}
