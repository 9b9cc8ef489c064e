import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askCalls, askerFunctions, parseAnswers } from "../../src/engine/session/ask.ts";
import { PRELUDE } from "../../src/engine/session/prelude.ts";
import type { Answers } from "../../src/model/answer.ts";
import type { Askers, Query } from "../../src/model/query.ts";
import type { SecretValues } from "../../src/model/secret.ts";

/** A shell that targets may have, and the tools that come with it. */
export interface TestShell {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  /** Comes first on the PATH. */
  readonly tools?: string;
}

/** Busybox with all its applets in a folder, where it is installed (Debian: busybox-static). */
function busybox(): TestShell[] {
  const binary = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));
  if (binary === undefined) return [];
  const tools = mkdtempSync(join(tmpdir(), "drover-busybox-"));
  process.once("exit", () => rmSync(tools, { recursive: true, force: true }));
  if (spawnSync(binary, ["--install", "-s", tools]).status !== 0) return [];
  return [{ name: "busybox", argv: [join(tools, "sh")], tools }];
}

const others: readonly TestShell[] = [
  { name: "dash", argv: ["/bin/dash"] },
  { name: "bash", argv: ["/bin/bash", "--posix"] },
];

/** The shells of this machine that askers have to work in. */
export const SHELLS: readonly TestShell[] = [...others.filter(({ argv: [path] }) => existsSync(path)), ...busybox()];

export interface AskOptions {
  readonly secrets?: SecretValues;
  readonly env?: Readonly<Record<string, string>>;
}

/** Asks as a session does, in a shell of this machine. Throws on anything said on stderr: askers are quiet. */
export function askHere(
  shell: TestShell,
  askers: Askers,
  queries: readonly Query[],
  { secrets = () => undefined, env = {} }: AskOptions = {},
): Answers {
  const path = shell.tools === undefined ? "" : `PATH=${shell.tools}:$PATH`;
  const script = [PRELUDE, path, askerFunctions(askers), askCalls(queries, secrets)].join("\n");
  const [command, ...args] = shell.argv;
  const { stdout, stderr, status } = spawnSync(command, args, { input: script, encoding: "utf8", env });
  if (status !== 0 && stdout === "") throw new Error(`${shell.name} ended with ${status}: ${stderr}`);
  if (stderr !== "") throw new Error(`${shell.name} said: ${stderr}`);
  return parseAnswers(stdout);
}
