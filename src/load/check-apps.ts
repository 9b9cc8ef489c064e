import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkWas, unknownMachine, unknownTarget } from "./check-machines.ts";
import type { Draft } from "./draft.ts";
import { type Fault, quoted } from "./fault.ts";
import { machinesNamed } from "./groups.ts";
import { type Fields, fieldsOf, textsOf } from "./parts.ts";

/** What is wrong between apps and machines, among apps, and between an app and the folder its source is in. */
export function checkApps(draft: Draft, folder: string): Fault[] {
  const apps = Object.entries(draft.apps);
  return [
    ...apps.flatMap(([name, app]) => checkApp(["apps", name], app, draft, folder)),
    ...checkRoutes(draft),
    ...checkWas("apps", draft.apps),
  ];
}

type Path = readonly PropertyKey[];

function checkApp(path: Path, app: Fields, draft: Draft, folder: string): Fault[] {
  return [
    ...checkPlace(path, app, draft),
    ...checkSource(path, app, folder),
    ...checkVolumes(path, app),
    ...checkWeb(path, app),
  ];
}

function checkPlace(path: Path, app: Fields, draft: Draft): Fault[] {
  const { machines, groups } = draft;
  const on = textsOf(app["on"]).map(({ text, path: index }) => ({ text, path: [...path, "on", ...index] }));
  const unknown = [
    ...on
      .filter(({ text }) => !Object.hasOwn(machines, text) && !groups.has(text))
      .map((name) => ({ path: name.path, text: unknownTarget(name.text, draft) })),
    ...on
      .filter(({ text }) => groups.get(text)?.length === 0)
      .map((name) => ({ path: name.path, text: `no machine is in the group ${quoted(name.text)}` })),
    ...textsOf(fieldsOf(app["build"])["on"])
      .filter(({ text }) => !Object.hasOwn(machines, text))
      .map(({ text }) => ({ path: [...path, "build", "on"], text: unknownMachine(text, draft) })),
  ];
  const twice = on
    .filter(({ text }, index) => on.findIndex((other) => other.text === text) < index)
    .map((name) => ({ path: name.path, text: `${quoted(name.text)} is there twice` }));
  return [...unknown, ...twice];
}

function checkSource(path: Path, app: Fields, folder: string): Fault[] {
  const { source, image } = app;
  if ((source === undefined) === (image === undefined)) {
    return [{ path: [...path, "source"], text: "give exactly one of `source` and `image`" }];
  }
  if (typeof source !== "string") return [];
  const at = [...path, "source"];
  if (source.includes("\0")) return [{ path: at, text: "a NUL byte is not allowed" }];
  const kind = kindOfPath(resolve(folder, source));
  if (kind !== "folder")
    return [
      {
        path: at,
        text: `${quoted(source)} is ${kind === "file" ? "a file, not" : "not"} a folder beside the stack file`,
      },
    ];
  return checkDockerfile(path, app, resolve(folder, source));
}

function checkDockerfile(path: Path, app: Fields, source: string): Fault[] {
  const { dockerfile } = fieldsOf(app["build"]);
  if (typeof dockerfile !== "string" || dockerfile.includes("\0")) return [];
  if (kindOfPath(join(source, dockerfile)) === "file") return [];
  return [
    { path: [...path, "build", "dockerfile"], text: `there is no file ${quoted(dockerfile)} in the source folder` },
  ];
}

function kindOfPath(path: string): "file" | "folder" | "nothing" {
  try {
    return statSync(path).isDirectory() ? "folder" : "file";
  } catch {
    // Not there, or not ours to see: the same for a build.
    return "nothing";
  }
}

function checkVolumes(path: Path, app: Fields): Fault[] {
  const seen = new Map<string, string>();
  return Object.entries(fieldsOf(app["volumes"])).flatMap(([mount, volume]) => {
    const { name } = fieldsOf(volume);
    const key = typeof name === "string" ? name : nameOfMount(mount);
    const other = seen.get(key);
    if (other === undefined) seen.set(key, mount);
    return other === undefined
      ? []
      : [
          {
            path: [...path, "volumes", mount],
            text: `has the same name as the volume at ${quoted(other)}: ${quoted(key)}; give it another \`name\``,
          },
        ];
  });
}

/** The name that a volume gets from where it appears. */
function nameOfMount(mount: string): string {
  return mount
    .replace(/[^a-z0-9]+/gi, "-")
    .replace(/^-|-$/g, "")
    .toLowerCase();
}

function servesWeb(app: Fields): boolean {
  const names = Object.keys(fieldsOf(app["processes"]));
  return names.length === 0 || names.includes("web");
}

function checkWeb(path: Path, app: Fields): Fault[] {
  const idle = servesWeb(app) ? [] : ["domains", "health", "port"].filter((field) => app[field] !== undefined);
  return idle.map((field) => ({ path: [...path, field], text: "needs a process called `web`, and this app has none" }));
}

/** A host name leads to one app, and so does the machine's default route. */
function checkRoutes({ apps, groups }: Draft): Fault[] {
  const taken = new Map<string, string>();
  return Object.entries(apps)
    .filter(([, app]) => servesWeb(app))
    .flatMap(([name, app]) =>
      machinesNamed(
        textsOf(app["on"]).map(({ text }) => text),
        groups,
      ).flatMap((machine) => checkRoute(name, app, machine, taken)),
    );
}

function checkRoute(name: string, app: Fields, machine: string, taken: Map<string, string>): Fault[] {
  const domains = textsOf(app["domains"]);
  const path = ["apps", name, "domains"];
  const wanted = domains.length > 0 ? domains.map(({ text, path: at }) => ({ text, at })) : [{ text: "", at: [] }];
  return wanted.flatMap(({ text, at }) => {
    const key = `${machine} ${text}`;
    const other = taken.get(key);
    if (other === undefined) taken.set(key, name);
    return other === undefined ? [] : [{ path: [...path, ...at], text: routeText(text, machine, name, other) }];
  });
}

function routeText(domain: string, machine: string, name: string, other: string): string {
  if (domain === "") {
    return `apps.${other} has no domains either: only one app can be the default route of ${quoted(machine)}`;
  }
  return name === other
    ? `${quoted(domain)} is there twice`
    : `${quoted(domain)} already leads to apps.${other} on ${quoted(machine)}`;
}
