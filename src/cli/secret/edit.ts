import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DroverError } from "../../lib/error.ts";
import { printable } from "../../lib/printable.ts";
import type { Io } from "../io.ts";
import type { HotFolder } from "./hot-folder.ts";

/** Lets the user edit a text in their editor and gives what they left. */
export async function editText(text: string, folder: HotFolder, io: Io, signal: AbortSignal): Promise<string> {
  const file = join(folder.path, "secrets.json");
  writeFileSync(file, text, { mode: 0o600 });
  const editor = io.env["VISUAL"] || io.env["EDITOR"] || "vi";
  const ended = await run(editor, file, io, signal);
  signal.throwIfAborted();
  if (ended === "exit code 0") return readFileSync(file, "utf8");
  throw new DroverError("CANCELLED", `the editor ended with ${ended}; nothing was written`, {
    where: { step: printable(editor) },
    hint: "let VISUAL or EDITOR name an editor that waits until the file is closed, such as `code --wait`",
  });
}

/** An editor is a command of a shell, with its own options: so git and others take it, too. */
function run(editor: string, file: string, io: Io, signal: AbortSignal): Promise<string> {
  const child = spawn("/bin/sh", ["-c", `${editor} "$1"`, "drover", file], {
    stdio: "inherit",
    cwd: io.cwd,
    env: io.env,
  });
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, by) => resolve(by === null ? `exit code ${code}` : `signal ${by}`));
  }).then((ended) => {
    signal.removeEventListener("abort", stop);
    return String(ended);
  });
}
