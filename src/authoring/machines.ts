import type { z } from "zod";
import type { localSchema } from "../providers/local.ts";
import type { serverSchema } from "../providers/server.ts";

interface Renamed {
  /** The machine's earlier key in the file. */
  readonly was?: string;
  /** Whatever roles are to know of it: they get it as `machine.values`. */
  readonly values?: Readonly<Record<string, unknown>>;
}

export type LocalOptions = z.input<typeof localSchema> & Renamed;
export type ServerOptions = Omit<z.input<typeof serverSchema>, "host"> & Renamed;
/** What `local()` and `server()` give. */
export type MachineInput = { provider: string; was?: string | undefined; [option: string]: unknown };

/**
 * The machine that Drover itself runs on.
 *
 * @example
 * machines: { here: local() }
 */
export function local(options: LocalOptions = {}): MachineInput {
  return { provider: "local", ...options };
}

/**
 * A server that is there, reached through OpenSSH with your own keys, agent and ssh config.
 *
 * @example
 * machines: { web: server("root@203.0.113.7"), db: server("deploy@db.example.com", { port: 2222 }) }
 */
export function server(host: string, options: ServerOptions = {}): MachineInput {
  return { provider: "server", host, ...options };
}
