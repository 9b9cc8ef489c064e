import { existsSync } from "node:fs";
import { join } from "node:path";
import { command } from "../bench/client.ts";

/** Why a tool cannot be had here, said loudly in the place of its results. */
export class NotHere extends Error {}

/** Runs a script to its good end. */
export async function shell(script: string, folder: string): Promise<void> {
  await command("/bin/sh", ["-c", script], folder);
}

/** A package of Debian, on this machine. */
export async function aptInstalled(name: string): Promise<void> {
  const script = `dpkg-query -W -f '\${db:Status-Status}' ${name} 2>/dev/null | grep -qx installed || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${name}`;
  await shell(script, "/").catch((error: unknown) => {
    throw new NotHere(`${name} could not be installed: ${String(error).slice(0, 500)}`);
  });
}

/** A tool from PyPI in an environment of its own, kept for the next time. Answers its program. */
export async function pythonTool(name: string): Promise<string> {
  const folder = join("/var/cache/drover-test", `venv-${name}`);
  const program = join(folder, "bin", name);
  if (existsSync(program)) return program;
  await aptInstalled("python3-venv");
  await shell(`python3 -m venv ${folder} && ${folder}/bin/pip install -q ${name}`, "/").catch((error: unknown) => {
    throw new NotHere(`${name} could not be had from PyPI: ${String(error).slice(0, 500)}`);
  });
  return program;
}
