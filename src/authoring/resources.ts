import type { z } from "zod";
import type { Json } from "../model/secret.ts";
import type { declaredSchema } from "../model/stack.ts";
import type { DirectoryInput } from "../resources/directory.ts";
import type { FileInput } from "../resources/file.ts";
import type { PackageInput } from "../resources/package.ts";
import type { ServiceInput } from "../resources/service.ts";
import type { UserInput } from "../resources/user.ts";
import type { Referring } from "./output.ts";

/** What may be said of any resource. */
export interface ResourceOptions {
  /** `type:name` of resources of this machine that come first, such as `package:nginx`. */
  readonly needs?: readonly string[];
  /** Its earlier name. */
  readonly was?: string;
  /** Never removed by Drover, whatever leaves the file. */
  readonly protect?: boolean;
}

/** What these functions give: a resource that waits for its machine. */
export type DeclaredInput = z.input<typeof declaredSchema>;

/**
 * A file: all of its content, its mode and its owner. A `content` with `secret(...)` is compared on the machine itself.
 *
 * @example
 * file("/etc/motd", { content: "Welcome.\n" })
 * @example
 * file("/etc/app.env", { content: text`TOKEN=${secret("TOKEN")}\n`, mode: "0600", owner: "app" })
 */
export function file(path: string, fields: Referring<FileInput>, options: ResourceOptions = {}): DeclaredInput {
  return declare("file", path, fields, options);
}

/**
 * A folder. One that is there is used; only what is declared of it is set.
 *
 * @example
 * directory("/srv/app", { owner: "app", mode: "0750" })
 */
export function directory(
  path: string,
  fields: Referring<DirectoryInput> = {},
  options: ResourceOptions = {},
): DeclaredInput {
  return declare("directory", path, fields, options);
}

/**
 * A user. It stays in groups that are not named here, and keeps its home when it leaves the file.
 *
 * @example
 * user("app", { system: true, groups: ["ssl-cert"] })
 */
export function user(name: string, fields: Referring<UserInput> = {}, options: ResourceOptions = {}): DeclaredInput {
  return declare("user", name, fields, options);
}

/**
 * A package of the distribution (`package` is a reserved word).
 *
 * @example
 * pkg("postgresql-15")
 * @example
 * pkg("haproxy", { version: "2.6.12-1+deb12u4", start: false })
 */
export function pkg(name: string, fields: Referring<PackageInput> = {}, options: ResourceOptions = {}): DeclaredInput {
  return declare("package", name, fields, options);
}

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

function declare(type: string, name: string, spec: object, options: ResourceOptions): DeclaredInput {
  const { needs, was, protect } = options;
  return {
    type,
    name,
    // Plain fields, of texts, numbers and lists only; they are checked when the file is loaded.
    spec: spec as Json,
    ...(needs === undefined ? {} : { needs: [...needs] }),
    ...(was === undefined ? {} : { was }),
    ...(protect === undefined ? {} : { protect }),
  };
}
