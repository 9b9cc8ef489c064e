import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { drover, type Ran } from "../e2e/command.ts";
import { type Folder, folderWith } from "./harness.ts";

/** What `drover secret` does as a process: on a terminal, when it is interrupted, and when it is killed. */
const BIN = join(import.meta.dirname, "../../bin/drover.js");
const VAULT = "drover.secrets.production.age";

interface Scene extends Folder {
  readonly env: Record<string, string>;
  run(args: readonly string[], options?: { readonly input?: string }): Promise<Ran>;
}

function scene(): Scene {
  const folder = folderWith({ "drover.config.ts": "" });
  const env = { XDG_CONFIG_HOME: join(folder.path, "config"), XDG_RUNTIME_DIR: "", VISUAL: "" };
  const run: Scene["run"] = (args, options) => drover(["secret", ...args], { cwd: folder.path, env, ...options });
  return { ...folder, env, run };
}

/** An editor that says where its file is and then waits for as long as it takes. */
function waitingEditor(here: Scene): string {
  writeFileSync(join(here.path, "editor"), 'echo "$2" >"$1/seen.new"; mv "$1/seen.new" "$1/seen"; exec sleep 1000');
  return `sh ${join(here.path, "editor")} ${here.path}`;
}

describe("a secret that is being edited", () => {
  it.each(["SIGKILL", "SIGINT", "SIGTERM"] as const)("is nowhere but in the vault after %s", async (signal) => {
    using here = scene();
    await here.run(["init"]);
    const child = spawn(process.execPath, [BIN, "secret", "edit"], {
      cwd: here.path,
      env: { ...process.env, ...here.env, EDITOR: waitingEditor(here) },
      stdio: "ignore",
      detached: true,
    });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await expect.poll(() => existsSync(join(here.path, "seen")), { timeout: 60_000 }).toBe(true);
    const file = readFileSync(join(here.path, "seen"), "utf8").trim();
    expect(readFileSync(file, "utf8")).toBe("{}\n");
    child.kill(signal);
    expect(await ended).toBe({ SIGKILL: null, SIGINT: 130, SIGTERM: 143 }[signal]);
    await expect.poll(() => existsSync(dirname(file)), { timeout: 60_000 }).toBe(false);
    expect(existsSync(join(here.path, VAULT))).toBe(false);
    // The editor outlives a killed Drover.
    if (signal === "SIGKILL") process.kill(-Number(child.pid), "SIGTERM");
  });
});

describe("secret set on a terminal", () => {
  /** Types into the prompt, and gives all that the terminal showed. */
  async function typed(here: Scene, keys: string): Promise<{ readonly code: number; readonly text: string }> {
    const command = `stty cols 60 rows 20; '${process.execPath}' '${BIN}' secret set DB`;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      cwd: here.path,
      env: { ...process.env, ...here.env, TERM: "xterm", CI: "" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let text = "";
    let isTyped = false;
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (isTyped || !text.includes("Value of DB")) return;
      isTyped = true;
      child.stdin.write(keys);
    });
    const code = await new Promise<number>((resolve) => child.once("close", (ended) => resolve(ended ?? -1)));
    return { code, text };
  }

  it("asks for the value and does not show it", async () => {
    using here = scene();
    await here.run(["init"]);
    const ran = await typed(here, "hunter2-typed\r");
    expect(ran.text).toContain(`DB is added in ${VAULT}`);
    expect(ran.text).not.toContain("hunter2");
    expect(ran.code).toBe(0);
    expect((await here.run(["set", "DB"], { input: "hunter2-typed" })).stdout).toBe("DB has that value already\n");
  });

  it("writes nothing after Ctrl-C", async () => {
    using here = scene();
    await here.run(["init"]);
    expect((await typed(here, "hunter2\u0003")).code).toBe(130);
    expect(existsSync(join(here.path, VAULT))).toBe(false);
  });
});
