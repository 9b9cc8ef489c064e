import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";

/** Has QEMU carry out one command of its protocol (QMP), without arguments. */
export async function monitor(path: string, command: string, signal: AbortSignal): Promise<void> {
  const link = connect({ path, signal });
  try {
    await once(link, "connect");
    const waiting = ["qmp_capabilities", command];
    for await (const line of createInterface(link)) {
      if (line.startsWith('{"error"')) throw new Error(`${command}: ${line}`);
      // The greeting, and then an answer to each; events come between.
      if (!line.startsWith('{"QMP"') && !line.startsWith('{"return"')) continue;
      const execute = waiting.shift();
      if (execute === undefined) return;
      link.write(`${JSON.stringify({ execute })}\n`);
    }
    throw new Error(`${command}: QEMU ended`);
  } finally {
    link.destroy();
  }
}
