import { type CheckedRoute, checkRoute, type RouteSpec } from "./spec.ts";

/** `conf.d/50-<name>.cfg`: the app's backend. Its first line names the owner. */
export function fragment(spec: RouteSpec): string {
  const route = checkRoute(spec);
  return [
    `# owner=${route.owner} drain=${route.drainSeconds}`,
    `backend ${route.name} from _app`,
    // Only what may be asked twice is asked twice when a server closes without an answer.
    "  http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
    ...servers(route).map(({ name, at }) => `  server ${name} ${at}`),
    "",
  ].join("\n");
}

/** `hosts.d/<name>.map`: a line for each host name. */
export function hostsMap(spec: RouteSpec): string {
  const route = checkRoute(spec);
  return route.domains.map((domain) => `${domain} ${route.name}\n`).join("");
}

/** Name and `address:port` of each server, by name. */
export function servers(route: CheckedRoute): { name: string; at: string }[] {
  return route.servers
    .map(({ name, address, port }) => ({
      name,
      at: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
