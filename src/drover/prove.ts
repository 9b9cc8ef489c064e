import { lookup } from "node:dns/promises";
import type { ProvenUrl } from "../api.ts";
import { systemClock } from "../lib/clock.ts";
import { http } from "../lib/http.ts";
import type { Endpoint } from "../model/place.ts";
import type { Session } from "../model/session.ts";

/** Attempts before a route counts as not answering: the router may still be taking over. */
const TRIES = 5;

/** Asks for an app where its users stand: the machine's own address, with the app's Host header. */
export async function prove(
  endpoint: Endpoint,
  address: string,
  session: Session,
  signal: AbortSignal,
): Promise<ProvenUrl> {
  const advice = await adviceFor(endpoint.host, address);
  const base = { url: endpoint.url, app: endpoint.app, ...(advice === undefined ? {} : { advice }) };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const status = await ask(endpoint, address, signal);
    if (status >= 200 && status < 400) return { ...base, from: "client", status };
    if (status !== 0 && tries === TRIES - 1) return { ...base, from: "nowhere", status };
    if (tries < TRIES - 1) await systemClock.sleep(400, signal);
  }
  const status = await askOnHost(endpoint, session, signal);
  return { ...base, from: status >= 200 && status < 400 ? "host" : "nowhere", status };
}

/** One request; 0 where no answer came. */
function ask(endpoint: Endpoint, address: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const headers = { host: endpoint.host === "" ? address : endpoint.host, connection: "close" };
    const options = {
      host: address,
      port: endpoint.port,
      path: endpoint.path,
      headers,
      timeout: 10_000,
      signal,
      agent: false,
    };
    const call = http.request(options, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
      response.once("error", () => resolve(0));
    });
    call.once("timeout", () => call.destroy());
    call.once("error", () => resolve(0));
    call.end();
  });
}

/** The same request from the host itself, for machines whose port the client cannot reach. */
async function askOnHost(endpoint: Endpoint, session: Session, signal: AbortSignal): Promise<number> {
  const host = endpoint.host === "" ? "localhost" : endpoint.host;
  const text = `GET ${endpoint.path} HTTP/1.0\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  try {
    const stream = await session.open({ argv: ["socat", "-t", "10", "-", `TCP:127.0.0.1:${endpoint.port}`] }, signal);
    stream.end(text);
    let head = "";
    for await (const chunk of stream) {
      head += String(chunk);
      if (head.length > 64) break;
    }
    return Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  } catch {
    return 0; // No way from the host either: the caller says so.
  }
}

/** The record to set when a name does not lead to the machine. */
async function adviceFor(host: string, address: string): Promise<string | undefined> {
  if (host === "" || host === "localhost" || host.endsWith(".localhost") || host.startsWith("*.")) return undefined;
  try {
    const found = await lookup(host, { all: true });
    if (found.some((one) => one.address === address)) return undefined;
    return `${host} leads to ${found.map((one) => one.address).join(", ")}; set its record: ${host} A ${address}`;
  } catch {
    return `${host} has no address yet; set its record: ${host} A ${address}`;
  }
}
