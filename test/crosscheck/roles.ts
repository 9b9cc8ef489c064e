import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/**
 * Where the roles are: each a folder with `role.ts`, an Ansible play of the same intent, checks for testinfra, and perhaps
 * `host.json`, for what its hosts have to have before.
 */
const ROLES = join(import.meta.dirname, "../../examples/roles");

const hostSchema = z.strictObject({
  /** Rights to run containers. */
  docker: z.boolean().default(false),
  /** Packages that the modules of its play work with, and that Drover needs none of. */
  python: z.array(z.string().regex(/^python3-[a-z0-9-]+$/)).default([]),
});

export interface RoleFiles {
  readonly name: string;
  readonly role: string;
  readonly play: string;
  readonly checks: string;
  readonly host: z.output<typeof hostSchema>;
}

/** All roles, or those that are named: `DROVER_ROLES=nginx,redis`. */
export function roleFiles(asked: string | undefined): RoleFiles[] {
  const names = readdirSync(ROLES, { withFileTypes: true })
    .filter((one) => one.isDirectory())
    .map(({ name }) => name);
  const wanted = asked === undefined ? names : asked.split(",");
  return wanted.map((name) => {
    const file = (base: string): string => {
      const path = join(ROLES, name, base);
      if (!existsSync(path)) throw new Error(`the role ${name} has no ${base}`);
      return path;
    };
    const host = hostSchema.parse(readJson(join(ROLES, name, "host.json")));
    return { name, role: file("role.ts"), play: file("play.yml"), checks: file("test_role.py"), host };
  });
}

function readJson(path: string): unknown {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

/** A stack with the role on one machine. */
export function stackText(role: string, machine: string, sshConfig: string): string {
  return `import { defineStack, server } from "drover";
import role from "./role.ts";
// ${role}
export default defineStack({
  id: "crosscheck", name: "crosscheck",
  machines: { ${machine}: server("root@${machine}", { config: ${JSON.stringify(sshConfig)} }) },
  resources: { ${machine}: [role] },
});
`;
}
