import { appName } from "../../model/docker/name.ts";
import type { Endpoint } from "../../model/place.ts";
import type { Resource } from "../../model/resource.ts";
import { type AppContainer, hostFor } from "./containers.ts";
import { type Lowering, resource, WEB } from "./context.ts";

const PORT = 80;

/** The machine's router and the app's route through it. */
export function routeResources(lowering: Lowering, containers: readonly AppContainer[]): Resource[] {
  const { app, name, target, root } = lowering;
  const web = containers.filter(({ process }) => process === WEB);
  const servers = web.map((container) => ({ name: container.name, address: container.address, port: app.port }));
  const spec = { domains: app.domains, servers, drainSeconds: app.drain };
  return [
    resource(lowering, "package", "haproxy", { start: false }, { brought: true }),
    resource(lowering, "router", "haproxy", { listen: listeners(lowering) }, { brought: true }),
    resource(lowering, "route", appName(target.owner, root), spec, {
      app: name,
      rollout: { group: root, role: "switch" },
    }),
  ];
}

/** HAProxy does not start with an IPv6 listener where there is no IPv6. */
function listeners({ facts }: Lowering): { address: string; port: number }[] {
  const addresses = ["0.0.0.0", ...(facts.addresses.includes(":") ? ["::"] : [])];
  return addresses.map((address) => ({ address, port: PORT }));
}

/** What a person opens. */
export function endpointsOf({ app, name, target, facts }: Lowering): Endpoint[] {
  const { path } = app.health;
  if (app.domains.length === 0) {
    const address = facts.addresses.replaceAll("%20", " ").split(" ")[0] ?? "";
    return [
      { app: name, url: `http://${address === "" ? target.machine : address}${path}`, host: "", port: PORT, path },
    ];
  }
  return app.domains.map(hostFor).map((host) => ({ app: name, url: `http://${host}${path}`, host, port: PORT, path }));
}
