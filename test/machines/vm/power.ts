import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { DroverError } from "../../../src/lib/error.ts";
import { monitor } from "./monitor.ts";
import { files, qemuCommand, type VmFacts } from "./qemu.ts";

/** The power of a virtual machine: its QEMU process. */
export class Power {
  readonly #facts: VmFacts;
  #child: ChildProcess | undefined;

  constructor(facts: VmFacts) {
    this.#facts = facts;
  }

  get isOn(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  on(): void {
    if (this.isOn) throw new DroverError("CONFLICT", "the virtual machine is on already");
    const [file, ...args] = qemuCommand(this.#facts);
    const log = openSync(join(this.#facts.folder, "qemu.log"), "a");
    this.#child = spawn(file, args, { stdio: ["ignore", log, log] });
    this.#child.on("error", () => {}); // it then has no pid, and whoever waits for it says so
    closeSync(log);
  }

  /** At once and without a word: what the guest had not flushed is gone. */
  async cut(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.isOn) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  /** The button: memory is lost, and it boots by itself. */
  reset(signal: AbortSignal): Promise<void> {
    return monitor(join(this.#facts.folder, files.monitor), "system_reset", signal);
  }

  /** Resolves when it went off by itself. */
  async off(signal: AbortSignal): Promise<void> {
    const child = this.#child;
    if (child !== undefined && this.isOn) await once(child, "exit", { signal });
  }
}
