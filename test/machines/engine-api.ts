import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DroverError } from "../../src/lib/error.ts";

/** The container engine of this machine. Always the system's: a remote or rootless one gives hosts no address reachable here. */
export const engineSocket = "/var/run/docker.sock";

export interface Call {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path and query, without the version. */
  path: string;
  json?: unknown;
  tar?: Readable | Buffer;
  signal: AbortSignal;
}

/** One request to the engine; the body of the answer is for the caller to read. */
export async function send(call: Call): Promise<IncomingMessage> {
  const body = call.json === undefined ? call.tar : Buffer.from(JSON.stringify(call.json));
  const type = call.json === undefined ? "application/x-tar" : "application/json";
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      socketPath: engineSocket,
      method: call.method,
      path: `/v1.41${call.path}`,
      headers: { host: "engine", ...(body === undefined ? {} : { "content-type": type }) },
      signal: call.signal,
      agent: false,
    });
    request.on("error", reject).on("response", resolve);
    if (body === undefined || Buffer.isBuffer(body)) request.end(body);
    else pipeline(body, request).catch(reject);
  });
}

/** One request that has to succeed; `allow` names the other statuses that are fine. Answers the body's text. */
export async function call(wanted: Call, allow: readonly number[] = []): Promise<string> {
  const answer = await send(wanted);
  const text = await readAll(answer);
  const status = answer.statusCode ?? 0;
  if (status < 400 || allow.includes(status)) return text;
  throw new DroverError("STEP_FAILED", `the container engine refused ${wanted.method} ${wanted.path}`, {
    evidence: [`HTTP ${status}`, text.trim()],
  });
}

export async function readAll(stream: Readable): Promise<string> {
  return (await stream.setEncoding("utf8").toArray()).join("");
}
