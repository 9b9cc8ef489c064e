import { formatSubnet } from "../model/docker/address.ts";
import { ENGINE, ownedArg } from "../model/docker/socket.ts";
import type { Place } from "../model/place.ts";
import type { Resource } from "../model/resource.ts";
import { ROUTER } from "../model/route/ask.ts";
import { containersOf, volumeResources } from "./docker/containers.ts";
import { isServed, type Lowering, loweringOf, resource, WEB } from "./docker/context.ts";
import { baseResources, imageOf } from "./docker/image.ts";
import { type AppNetwork, addressBook, networkOf } from "./docker/network.ts";
import { endpointsOf, routeResources } from "./docker/router.ts";
import { checksOf, logsArgv, processViews, routeViews } from "./docker/views.ts";

/** Containers on one machine's engine behind the machine's router. */
const docker: Place = {
  name: "docker",
  query: (owner) => [
    { kind: "container-engine", arg: ENGINE },
    { kind: "container", arg: ownedArg(owner) },
    { kind: "network", arg: ownedArg(owner) },
    { kind: "route", arg: ownedArg(owner) },
    { kind: "route", arg: ROUTER },
    { kind: "listener", arg: "80" },
  ],
  lower(name, app, release, target, facts) {
    const lowering = loweringOf(name, app, release, target, facts);
    const network = networkOf(lowering);
    const image = imageOf(lowering);
    const containers = containersOf(lowering, image.reference, network, addressBook(network, lowering));
    return {
      resources: [
        ...brought(lowering),
        networkResource(lowering, network),
        ...volumeResources(lowering),
        ...image.resources,
        ...containers.map((container) => container.resource),
        ...(isServed(lowering) ? routeResources(lowering, containers) : []),
      ],
      builds: image.builds,
      urls: containers.some(({ process }) => process === WEB) ? endpointsOf(lowering) : [],
      image: image.reference,
    };
  },
  processes: processViews,
  routes: routeViews,
  logs: logsArgv,
  checks: checksOf,
};
export default docker;

/** The engine, what speaks to its socket, and what a build may need. */
function brought(lowering: Lowering): Resource[] {
  return [
    resource(lowering, "package", "socat", {}, { brought: true }),
    resource(lowering, "container-engine", ENGINE, {}, { brought: true }),
    ...baseResources(lowering),
  ];
}

function networkResource(lowering: Lowering, network: AppNetwork): Resource {
  const spec = { subnet: formatSubnet(network.subnet), app: lowering.root };
  return resource(lowering, "network", network.name, spec, { app: lowering.name });
}
