import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { findStackFile } from "../../load/find.ts";
import { DEFAULT_ENVIRONMENT } from "../../model/environment.ts";
import { SECRET_NAME } from "../../secrets/age/content.ts";
import { environmentOf } from "../../secrets/age/names.ts";
import type { VaultPlace } from "../../secrets/age/vault.ts";
import type { Context } from "../command.ts";
import type { stackFlags } from "../flags.ts";
import { usage } from "../parse.ts";

/** Where the encrypted file is that a command is about. The stack file itself is not run for it. */
export async function placeOf({ flags, io }: Context<typeof stackFlags>): Promise<VaultPlace> {
  const { env: environment = DEFAULT_ENVIRONMENT, file } = flags;
  const { nameSchema } = await import("../../model/name.ts");
  if (!nameSchema.safeParse(environment).success) {
    throw usage("--env: this is not a name for an environment", "use 1 to 40 of a-z, 0-9 and -, such as staging");
  }
  return { folder: dirname(findStackFile(file, io.cwd)), environment, env: io.env };
}

/** Environments that have encrypted secrets there. */
export function environmentsIn(folder: string): string[] {
  return readdirSync(folder)
    .flatMap((file) => environmentOf(file) ?? [])
    .filter((environment) => existsSync(join(folder, `drover.secrets.${environment}.age`)))
    .sort();
}

/** A secret's name as an argument. It is not shown back: it might be a value in the wrong place. */
export function checkedName(name: string | undefined): string {
  if (name !== undefined && SECRET_NAME.test(name)) return name;
  throw usage(
    "this is not a name for a secret: expected letters, digits and _, such as DB_PASSWORD",
    "name the secret only; its value is asked for, or read from stdin",
  );
}
