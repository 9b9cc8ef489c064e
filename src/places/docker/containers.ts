import { processesOf } from "../../model/app.ts";
import { containerName, volumeName } from "../../model/docker/name.ts";
import type { Resource } from "../../model/resource.ts";
import type { Json, Text } from "../../model/secret.ts";
import { type Lowering, resource, userOf, WEB } from "./context.ts";
import type { AppNetwork } from "./network.ts";

/** Seconds that a process without a port has to live before it counts. */
const STEADY = 3;

export interface AppContainer {
  readonly name: string;
  readonly process: string;
  readonly address: string;
  readonly resource: Resource;
}

type Process = ReturnType<typeof processesOf>[string];

/** A container for each process, as many as it scales to. */
export function containersOf(
  lowering: Lowering,
  image: string,
  network: AppNetwork,
  addressFor: (container: string) => string,
): AppContainer[] {
  const { app, name, release, target, root } = lowering;
  const stopFirst = Object.values(app.volumes).some(({ mode }) => mode === "exclusive");
  return Object.entries(processesOf(app)).flatMap(([process, settings]) =>
    Array.from({ length: settings.scale }, (_, index) => {
      const slot = { app: name, process, release: release.id, number: index + 1 };
      const container = containerName(target.owner, slot);
      const address = addressFor(container);
      const spec = specOf(lowering, process, settings, { image, network: network.name, address });
      const rollout = { group: root, role: "new" as const, ...(stopFirst ? { stopFirst } : {}) };
      const made = resource(lowering, "container", container, spec, { app: name, rollout });
      return { name: container, process, address, resource: made };
    }),
  );
}

function specOf(
  lowering: Lowering,
  process: string,
  settings: Process,
  where: { readonly image: string; readonly network: string; readonly address: string },
): Json {
  const { app, name, release, root } = lowering;
  const user = userOf(lowering);
  const files = Object.fromEntries(Object.entries(app.files).map(([path, text]) => [path, asJson(text)]));
  return {
    ...where,
    ...{ app: name, process, release: release.id, group: root },
    ...(settings.command === undefined ? {} : { command: settings.command }),
    env: envOf(lowering, process),
    files,
    volumes: mountsOf(lowering),
    limits: limitsOf(app.limits, settings.limits),
    ...(user === undefined ? {} : { user }),
    ...{ writable: app.writable, capabilities: app.capabilities, stop: app.stop },
    proof: process === WEB ? probeOf(lowering) : { kind: "alive", seconds: STEADY },
  };
}

/** What every process is told. The app's own values win over the port, nothing over the rest. */
function envOf({ app, name, release }: Lowering, process: string): Json {
  const own = Object.fromEntries(Object.entries(app.env).map(([variable, text]) => [variable, asJson(text)]));
  return {
    ...(process === WEB ? { PORT: String(app.port) } : {}),
    ...own,
    ...{ DROVER_APP: name, DROVER_PROCESS: process, DROVER_RELEASE: release.id },
  };
}

/** Texts are plain JSON; their types do not say so to the compiler. */
function asJson(text: Text): Json {
  return text as Json;
}

type Limits = Lowering["app"]["limits"];

function limitsOf(app: Limits, process: Limits | undefined): Json {
  const { memory, cpus, pids } = { ...app, ...process };
  return { ...(memory === undefined ? {} : { memory }), ...(cpus === undefined ? {} : { cpus }), pids };
}

function probeOf({ app }: Lowering): Json {
  return { kind: "http", port: app.port, host: hostFor(app.domains[0] ?? ""), ...app.health };
}

/** A name that a wildcard stands for. */
export function hostFor(domain: string): string {
  return domain.replace(/^\*\./, "www.");
}

/** With a user that we know, a volume starts empty and is that user's; else it starts as the image has it. */
function mountsOf(lowering: Lowering): Json {
  const copy = userOf(lowering) === undefined;
  return appVolumes(lowering).map(({ name, path }) => ({ name, path, copy }));
}

function appVolumes({ app, target, root }: Lowering): { name: string; path: string }[] {
  return Object.entries(app.volumes).map(([path, volume]) => ({
    name: volumeName(target.owner, root, path, volume.name),
    path,
  }));
}

export function volumeResources(lowering: Lowering): Resource[] {
  const user = userOf(lowering);
  return appVolumes(lowering).map(({ name, path }) => {
    const spec = { app: lowering.root, path, ...(user === undefined ? {} : { user }) };
    return resource(lowering, "volume", name, spec, { app: lowering.name });
  });
}
