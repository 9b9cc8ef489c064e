import { isInstalled, must } from "./command.ts";

/** Of commands and the Debian packages that bring them: the packages whose commands are not here. */
export async function missingPackages(tools: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(tools).map(async ([tool, name]) => ((await isInstalled(tool, signal)) ? [] : [name])),
  );
  return [...new Set(found.flat())];
}

export async function install(
  packages: readonly string[],
  signal: AbortSignal,
  options: readonly string[] = [],
): Promise<void> {
  if (packages.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const wait = "DPkg::Lock::Timeout=180";
  await must(["apt-get", "-o", wait, "update", "-qq"], { signal, env });
  await must(["apt-get", "-o", wait, "install", "-y", "-qq", ...options, ...packages], { signal, env });
}

/** An error in one line, with its last evidence. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const evidence = "evidence" in error && Array.isArray(error.evidence) ? error.evidence.slice(-3) : [];
  return [error.message, ...evidence].join(": ");
}
