import { file, line, pkg, type Role, service } from "drover";

export interface RedisOptions {
  readonly port?: number;
  /** Addresses that it listens on. */
  readonly bind?: readonly string[];
  readonly maxMemory?: string;
  /** Whether each write is on the disk within a second. */
  readonly durable?: boolean;
  /** Commands that nobody may use. */
  readonly without?: readonly string[];
}

const LOCAL = "/etc/redis/local.conf";

const config = ({ port, bind, maxMemory, durable, without }: Required<RedisOptions>): string =>
  [
    `port ${port}`,
    `bind ${bind.join(" ")}`,
    `maxmemory ${maxMemory}`,
    `maxmemory-policy ${durable ? "noeviction" : "allkeys-lru"}`,
    `appendonly ${durable ? "yes" : "no"}`,
    ...without.map((name) => `rename-command ${name} ""`),
    "",
  ].join("\n");

/** Redis, with its settings in a file of their own that is read after all others. */
export function redis({
  port = 6379,
  bind = ["127.0.0.1"],
  maxMemory = "64mb",
  durable = true,
  without = ["FLUSHALL", "DEBUG"],
}: RedisOptions = {}): Role {
  const needs = ["package:redis-server"];
  return () => [
    pkg("redis-server"),
    file(
      LOCAL,
      { content: config({ port, bind, maxMemory, durable, without }), mode: "0640", owner: "redis:redis" },
      { needs },
    ),
    // Of two values of a setting the last one counts.
    line("/etc/redis/redis.conf", "local", { line: `include ${LOCAL}` }, { needs: [...needs, `file:${LOCAL}`] }),
    service("redis-server", { follows: [`file:${LOCAL}`] }, { needs: ["line:/etc/redis/redis.conf:local"] }),
  ];
}

export default redis();
