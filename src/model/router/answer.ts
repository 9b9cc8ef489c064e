import { sha256 } from "../../lib/digest.ts";
import { ANY, type Answer, formatAnswer, word } from "../answer.ts";
import { baseConfig, baseGeneration } from "./base.ts";
import { fragment, hostsMap, servers } from "./fragment.ts";
import type { RouterOptions } from "./options.ts";
import { checkRoute, type RouteSpec } from "./spec.ts";

/** What `sync state` answers under `route:<name>` once the route is as specified. */
export function routeAnswer(spec: RouteSpec): Answer {
  const route = checkRoute(spec);
  const served = servers(route).map(({ name, at }) => `${name}@${at}`);
  return formatAnswer("served", {
    owner: route.owner,
    config: `${short(fragment(spec))}.${short(hostsMap(spec))}`,
    runtime: served.sort().join(","),
    leaving: "",
    domains: route.domains.map(word).sort().join(","),
  });
}

/** What `sync state` answers under `router` once it runs with these options. */
export function routerAnswer(options: RouterOptions = {}): Answer {
  const config = short(baseConfig(options));
  return formatAnswer("running", {
    version: ANY,
    pid: ANY,
    config,
    loaded: baseGeneration(options),
    hosts: "assembled",
  });
}

function short(text: string): string {
  return sha256(text).slice(0, 12);
}
