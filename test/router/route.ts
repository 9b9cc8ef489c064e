import { expect } from "vitest";
import type { RouteSpec } from "../../src/model/router/spec.ts";
import type { Result } from "./host.ts";

/** The route of an app whose servers are these releases. */
export function route(
  name: string,
  domain: string,
  upstreams: readonly { readonly release: string; readonly port: number }[],
  drainSeconds = 10,
): RouteSpec {
  const servers = upstreams.map(({ release, port }) => ({ name: `${release}-web-1`, address: "127.0.0.1", port }));
  return { name, owner: "gb-7f3k9q/production", domains: [domain], servers, drainSeconds };
}

/** Ends well and says nothing on stderr; what it printed. */
export async function succeed(run: Promise<Result>): Promise<string> {
  const { code, stdout, stderr } = await run;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}
