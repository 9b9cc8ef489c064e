import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { baseConfig } from "../../src/model/router/base.ts";
import { fragment, hostsMap } from "../../src/model/router/fragment.ts";
import type { RouterOptions } from "../../src/model/router/options.ts";
import { syncScript } from "../../src/model/router/script.ts";
import type { RouteSpec } from "../../src/model/router/spec.ts";
import { answersOf } from "./lines.ts";

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A router in folders and on a port of its own. */
export interface RouterHost extends AsyncDisposable {
  readonly dir: string;
  readonly run: string;
  readonly port: number;
  readonly options: RouterOptions;
  /** The script, with whatever arguments. */
  sync(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Result>;
  /** `sync base`, and fails unless it ends well. */
  base(options?: RouterOptions): Promise<void>;
  /** Writes both files and calls `sync apply`. */
  apply(spec: RouteSpec, env?: Readonly<Record<string, string>>): Promise<Result>;
  remove(spec: RouteSpec, env?: Readonly<Record<string, string>>): Promise<Result>;
  /** `sync state`, by key. */
  state(): Promise<Map<string, string>>;
  /** One exchange with the current worker, or with the master. */
  admin(commands: string): Promise<string>;
  master(commands: string): Promise<string>;
  masterPid(): Promise<number>;
}

export async function routerHost(shell: readonly string[] = ["sh"]): Promise<RouterHost> {
  const root = await mkdtemp(join(tmpdir(), "router-"));
  const [dir, run, port] = [join(root, "lib"), join(root, "run"), await freePort()];
  const options: RouterOptions = { dir, run, listen: [{ address: "127.0.0.1", port }] };
  const script = join(root, "sync");
  await writeFile(script, syncScript);
  const sync: RouterHost["sync"] = (args, env = {}) =>
    exec([...shell, script, ...args], {
      PATH: process.env["PATH"] ?? "",
      DROVER_ROUTER_DIR: dir,
      DROVER_ROUTER_RUN: run,
      ...env,
    });
  const staged = async (name: string, text: string): Promise<string> => {
    await writeFile(join(root, name), text);
    return join(root, name);
  };
  return {
    dir,
    run,
    port,
    options,
    sync,
    async base(changed = {}) {
      const done = await sync(["base", await staged("base", baseConfig({ ...options, ...changed }))]);
      if (done.code !== 0) throw new Error(`sync base: ${done.code} ${done.stderr}`);
    },
    async apply(spec, env) {
      const files = [await staged("fragment", fragment(spec)), await staged("map", hostsMap(spec))];
      return sync(["apply", spec.name, ...files, String(spec.drainSeconds)], env);
    },
    remove: (spec, env) => sync(["remove", spec.name, String(spec.drainSeconds)], env),
    state: async () => answersOf((await sync(["state"])).stdout),
    admin: (commands) => talk(`${run}/admin.sock`, commands),
    master: (commands) => talk(`${run}/master.sock`, commands),
    masterPid: async () => Number(await readFile(join(run, "pid"), "utf8")),
    async [Symbol.asyncDispose]() {
      await sync(["stop"]);
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function talk(socket: string, commands: string): Promise<string> {
  return (await exec(["socat", "-t5", "-", `UNIX-CONNECT:${socket}`], {}, `${commands}\n`)).stdout;
}

/** Runs a program to its end. */
export function exec(argv: readonly string[], env: Readonly<Record<string, string>> = {}, stdin = ""): Promise<Result> {
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { PATH: process.env["PATH"] ?? "", ...env }, detached: true });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => {}); // it may end before it has read all
    child.stdin.end(stdin);
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof at !== "object" || at === null) throw new Error("no port");
  return at.port;
}
