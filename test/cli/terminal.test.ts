import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Folder, folderWith } from "./harness.ts";

/** On a real terminal (of script(1)), with the real engine and this machine's own shell, without becoming root. */
const BIN = join(import.meta.dirname, "../../bin/drover.js");

function stackFolder(): Folder {
  const folder = folderWith();
  writeFileSync(join(folder.path, "drover.config.ts"), stackText(folder.path));
  return folder;
}

function stackText(folder: string): string {
  return `import { defineStack, directory, file, local } from "drover";
export default defineStack({ id: "tt-1", name: "tt", machines: { here: local({ sudo: false }) }, resources: { here: [
  directory("${folder}/out", { owner: "${owner()}" }), file("${folder}/out/a", { content: "hello", owner: "${owner()}" }) ] } });`;
}

function owner(): string {
  return `${process.getuid?.()}:${process.getgid?.()}`;
}

interface Shown {
  readonly code: number;
  readonly text: string;
}

/** Runs a command on a terminal of 60 columns and answers its first question. */
async function onTerminal(folder: string, args: string, answer: string): Promise<Shown> {
  const env = {
    ...process.env,
    TERM: "xterm",
    CI: "",
    DROVER_STATE: join(folder, "state"),
    DROVER_RUN: join(folder, "run"),
  };
  const command = `stty cols 60 rows 20; '${process.execPath}' '${BIN}' ${args}`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: folder,
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  let answered = false;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (answered || !text.includes("Go on?")) return;
    answered = true;
    child.stdin.write(answer);
  });
  const code = await new Promise<number>((resolve) => child.once("close", (ended) => resolve(ended ?? -1)));
  return { code, text };
}

describe("on a terminal", () => {
  it("asks, applies, draws a tree, and finds nothing to do the second time", async () => {
    using folder = stackFolder();
    const first = await onTerminal(folder.path, "up", "\r");
    expect(first.text).toContain("Go on?");
    expect(first.text).toMatch(/2 of 2[^\n]*\n[^\n]*✔[^\n]* directory:/);
    expect(first.text).toContain("done, 2 changes");
    expect(first.text.split("\u001b[?25h").length).toBeGreaterThan(1);
    expect(first.code).toBe(0);
    expect(readFileSync(join(folder.path, "out/a"), "utf8")).toBe("hello");
    const second = await onTerminal(folder.path, "up", "");
    expect(second.text).toContain("nothing to do, 2 unchanged");
    expect(second.code).toBe(0);
  }, 120_000);

  it.each([
    ["no", "n", 130],
    ["Ctrl-C", "\u0003", 130],
  ])(
    "takes %s for an answer and touches nothing",
    async (_, answer, code) => {
      using folder = stackFolder();
      const ran = await onTerminal(folder.path, "up", answer);
      expect(ran.text).toContain("nothing was touched");
      expect(ran.code).toBe(code);
      expect(existsSync(join(folder.path, "out"))).toBe(false);
    },
    120_000,
  );
});
