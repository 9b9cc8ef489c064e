import { buffer } from "node:stream/consumers";
import { z } from "zod";
import { call, send } from "./engine-api.ts";
import type { Outcome } from "./host.ts";

const Created = z.object({ Id: z.string() });
const Ended = z.object({ ExitCode: z.number() });

/** Runs a script in a container as root with its /bin/sh, and waits for its end. */
export async function execIn(container: string, script: string, signal: AbortSignal): Promise<Outcome> {
  const body = { Cmd: ["/bin/sh", "-c", script], AttachStdout: true, AttachStderr: true };
  const made = await call({ method: "POST", path: `/containers/${container}/exec`, json: body, signal });
  const { Id } = Created.parse(JSON.parse(made));
  const stream = await send({ method: "POST", path: `/exec/${Id}/start`, json: { Detach: false, Tty: false }, signal });
  const bytes = await buffer(stream);
  if ((stream.statusCode ?? 0) >= 400) return { code: 126, stdout: "", stderr: bytes.toString() };
  const end = await call({ method: "GET", path: `/exec/${Id}/json`, signal });
  return { code: Ended.parse(JSON.parse(end)).ExitCode, ...split(bytes) };
}

/** Takes the engine's frames (stream number, three zeros, 32-bit length, bytes) apart. */
export function split(frames: Buffer): { stdout: string; stderr: string } {
  const parts: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
  let at = 0;
  while (at + 8 <= frames.length) {
    const end = at + 8 + frames.readUInt32BE(at + 4);
    (frames[at] === 2 ? parts.stderr : parts.stdout).push(frames.subarray(at + 8, end));
    at = end;
  }
  return { stdout: Buffer.concat(parts.stdout).toString(), stderr: Buffer.concat(parts.stderr).toString() };
}
