import type { ServiceInput } from "../resources/service.ts";
import { type DeclaredInput, declare, type ResourceOptions } from "./declare.ts";
import type { Referring } from "./output.ts";

/**
 * A service: it runs, starts with the machine, and restarts when its `config` is another than it was started with.
 *
 * @example
 * const conf = "maxmemory 64mb\n";
 * resources: {
 *   web: [
 *     pkg("redis-server"),
 *     file("/etc/redis/redis.conf.d/drover.conf", { content: conf }, { needs: ["package:redis-server"] }),
 *     service("redis-server", { config: conf }, { needs: ["file:/etc/redis/redis.conf.d/drover.conf"] }),
 *   ],
 * }
 */
export function service(
  name: string,
  fields: Referring<ServiceInput> = {},
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("service", name, fields, options);
}
