import { connect } from "node:net";
import { systemClock } from "../../src/lib/clock.ts";
import { execIn } from "./exec.ts";

/** Resolves when an ssh server greets at the address. */
export async function sshAnswers(address: string, signal: AbortSignal, port = 22): Promise<void> {
  while (!(await greets(address, port, signal))) await systemClock.sleep(50, signal);
}

function greets(address: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, signal });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.on("error", () => end(false)).on("close", () => end(false));
    socket.once("data", (bytes) => end(bytes.toString().startsWith("SSH-")));
  });
}

export type BootState = "running" | "degraded" | "maintenance";

/** Resolves when sysvinit has run all scripts of its runlevel. It does not tell whether one of them failed. */
export async function scriptsEnd(container: string, signal: AbortSignal): Promise<BootState> {
  const ended = `until [ "$(runlevel)" = 'N 2' ] && ! pgrep -f '[/]etc/init.d/rc ' >/dev/null; do sleep 0.05; done`;
  await execIn(container, ended, signal);
  return "running";
}

/** Resolves when systemd has ended its boot, with how it ended. */
export async function bootEnds(container: string, signal: AbortSignal): Promise<BootState> {
  for (;;) {
    const { stdout } = await execIn(container, "systemctl is-system-running --wait", signal);
    const state = stdout.trim();
    if (state === "running" || state === "degraded" || state === "maintenance") return state;
    await systemClock.sleep(50, signal); // its bus is not there yet
  }
}
