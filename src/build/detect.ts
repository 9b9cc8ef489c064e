import { nodeMajor } from "./node-version.ts";
import { installSettings } from "./npm-settings.ts";
import { installHooks, localDependencies, type PackageJson, parsePackage, workspacesOf } from "./package-json.ts";
import { argvOf, parseProcfile } from "./procfile.ts";

export type Manager = "npm" | "pnpm" | "yarn" | "berry";

export interface NodeApp {
  readonly kind: "node";
  readonly manager: Manager;
  /** Exact version that `packageManager` asks for. */
  readonly managerVersion?: string;
  readonly lock?: string;
  /** Argument lists by process name; `web` is always there. */
  readonly processes: Readonly<Record<string, readonly string[]>>;
  /** It has a `build` script. */
  readonly build: boolean;
  /** It has anything to install. */
  readonly installs: boolean;
  readonly nodeMajor?: number;
  /** Files that an install reads. */
  readonly manifests: readonly string[];
  /** Why an install needs the whole source, if it does. */
  readonly needsSource: readonly string[];
  /** Settings of `.npmrc` that an install depends on. */
  readonly settings: readonly string[];
}
export interface StaticSite {
  readonly kind: "static";
  /** Folder of the site: `.`, `public` or `dist`. */
  readonly root: string;
}
export interface DockerfileApp {
  readonly kind: "dockerfile";
  readonly path: string;
  readonly processes: Readonly<Record<string, readonly string[]>>;
}
export interface Unknown {
  readonly kind: "unknown";
  /** What was looked for, and what was wrong with what was found. */
  readonly lookedFor: readonly string[];
}
export type Detected = NodeApp | StaticSite | DockerfileApp | Unknown;

/** What a folder has: the paths of its files, and the text of those that `wanted` names. */
export interface Listing {
  readonly paths: readonly string[];
  readonly text: Readonly<Record<string, string>>;
}

const LOCKS: readonly (readonly [string, Manager])[] = [
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
];
const READ: ReadonlySet<string> = new Set([
  "Procfile",
  ".nvmrc",
  ".node-version",
  ".npmrc",
  "yarn.lock",
  "pnpm-lock.yaml",
]);
const MANIFESTS: ReadonlySet<string> = new Set([
  "package.json",
  "pnpm-workspace.yaml",
  ".pnpmfile.cjs",
  ".yarnrc.yml",
  ".yarnrc",
]);

/** The files of a listing whose text `detect` reads. */
export function wanted(paths: readonly string[]): string[] {
  return paths.filter((path) => READ.has(path) || path === "package.json" || path.endsWith("/package.json"));
}

/** Finds out what kind of app a folder holds. Pure: the same listing gives the same answer. */
export function detect(listing: Listing, dockerfile?: string): Detected {
  const { paths, text } = listing;
  const procfile = parseProcfile(text["Procfile"] ?? "");
  const docker = dockerfile ?? (paths.includes("Dockerfile") ? "Dockerfile" : undefined);
  if (docker !== undefined) return { kind: "dockerfile", path: docker, processes: argvs(procfile, {}) };
  const manifest = text["package.json"];
  const pkg = manifest === undefined ? undefined : parsePackage("package.json", manifest);
  const web = pkg === undefined ? undefined : startOf(pkg, paths, procfile);
  if (pkg !== undefined && web !== undefined) return nodeApp(listing, pkg, { ...procfile, web });
  const built = pkg !== undefined && Object.hasOwn(pkg.scripts, "build");
  const root = built
    ? undefined
    : [".", "public", "dist"].find((folder) => paths.includes(inFolder(folder, "index.html")));
  return root === undefined ? unknown(pkg !== undefined) : { kind: "static", root };
}

function unknown(hasPackage: boolean): Unknown {
  const node = hasPackage
    ? "package.json is there, but nothing says how to start it: no `web` in a Procfile, no `start` script, no `main` file, no server.js"
    : "package.json with a `start` script, a `main`, or a Procfile with `web` (Node)";
  return {
    kind: "unknown",
    lookedFor: ["Dockerfile", node, "index.html in the folder, in public or in dist (static site)"],
  };
}

function startOf(pkg: PackageJson, paths: readonly string[], procfile: Record<string, string>): string | undefined {
  if (procfile["web"] !== undefined) return procfile["web"];
  if (Object.hasOwn(pkg.scripts, "start")) return "npm start";
  const main = pkg.main?.replace(/^\.\//, "");
  const built = Object.hasOwn(pkg.scripts, "build");
  const candidates = main === undefined ? [] : [main, `${main}.js`, `${main}/index.js`];
  const file = [...candidates, "server.js"].find((path) => paths.includes(path)) ?? (built ? main : undefined);
  return file === undefined ? undefined : `node ${file}`;
}

function nodeApp(listing: Listing, pkg: PackageJson, commands: Record<string, string>): NodeApp {
  const { paths, text } = listing;
  const lock = LOCKS.find(([path]) => paths.includes(path));
  const asked = /^(npm|pnpm|yarn)@(\d+\.\d+\.\d+)/.exec(pkg.packageManager ?? "");
  const manager = managerOf(lock?.[1] ?? asked?.[1], text["yarn.lock"], asked?.[2]);
  const major = nodeMajor(text[".nvmrc"] ?? text[".node-version"]) ?? nodeMajor(pkg.engines["node"]);
  const { needsSource, manifests } = installInputs(listing, pkg);
  return {
    kind: "node",
    manager,
    ...(asked?.[2] !== undefined && asked[1] === toolOf(manager) ? { managerVersion: asked[2] } : {}),
    ...(lock === undefined ? {} : { lock: lock[0] }),
    processes: argvs(commands, pkg.scripts),
    build: Object.hasOwn(pkg.scripts, "build"),
    installs: lock !== undefined || hasDependencies(pkg) || workspacesOf(pkg).length > 0,
    ...(major === undefined ? {} : { nodeMajor: major }),
    manifests: [...new Set([...(lock === undefined ? [] : [lock[0]]), ...manifests])].sort(),
    needsSource,
    settings: installSettings(text[".npmrc"] ?? ""),
  };
}

function managerOf(found: string | undefined, yarnLock: string | undefined, version: string | undefined): Manager {
  if (found === "pnpm") return "pnpm";
  if (found !== "yarn") return "npm";
  const modern = yarnLock === undefined ? !(version ?? "1").startsWith("1.") : /^__metadata:/m.test(yarnLock);
  return modern ? "berry" : "yarn";
}

function toolOf(manager: Manager): string {
  return manager === "berry" ? "yarn" : manager;
}

/** Setting up git's hooks means nothing in an image. */
const GIT_HOOKS = /^((is-ci|test -d \.git) *(\|\||&&) *)?(husky( install)?|simple-git-hooks|lefthook install)$/;

function installInputs(listing: Listing, root: PackageJson): { manifests: string[]; needsSource: string[] } {
  const { paths, text } = listing;
  const isWorkspace = workspacesOf(root).length > 0 || paths.includes("pnpm-workspace.yaml");
  const packages = isWorkspace ? paths.filter((path) => path.endsWith("/package.json")) : [];
  const needsSource = ["package.json", ...packages].flatMap((path) => {
    const pkg = path === "package.json" ? root : parsePackage(path, text[path] ?? "{}");
    const hooks = installHooks(pkg).filter((hook) => !GIT_HOOKS.test(pkg.scripts[hook]?.trim() ?? ""));
    const local = localDependencies(pkg).filter((version) => !version.endsWith(".tgz"));
    return [...hooks.map((hook) => `${path}: script ${hook}`), ...local.map((version) => `${path}: ${version}`)];
  });
  const more = paths.filter((path) => MANIFESTS.has(path) || /^(\.yarn|patches)\/|\.tgz$/.test(path));
  return { manifests: [...packages, ...more], needsSource };
}

function hasDependencies(pkg: PackageJson): boolean {
  return [pkg.dependencies, pkg.devDependencies, pkg.optionalDependencies].some((set) => Object.keys(set).length > 0);
}

function argvs(
  commands: Readonly<Record<string, string>>,
  scripts: Readonly<Record<string, string>>,
): Record<string, string[]> {
  return Object.fromEntries(Object.entries(commands).map(([name, command]) => [name, argvOf(command, scripts)]));
}

function inFolder(folder: string, file: string): string {
  return folder === "." ? file : `${folder}/${file}`;
}
