import { type Detected, detect, type Listing } from "../../build/detect.ts";
import { DroverError } from "../../lib/error.ts";
import { slug } from "./naming.ts";

export interface Guessed<T> {
  readonly value: T;
  /** The file that told it; undefined for a default. */
  readonly from: string | undefined;
}

/** What `init` thinks of a folder. */
export interface Guess {
  readonly what: string;
  readonly known: boolean;
  readonly port: Guessed<number>;
  readonly health: Guessed<string>;
  /** Argument lists by name, of what a Procfile runs beside `web`. */
  readonly processes: Readonly<Record<string, readonly string[]>>;
  /** What the reader of the stack file should know. */
  readonly notes: readonly string[];
}

/** Looks at what is there and guesses how it is built, where it listens, what proves it ready. Pure. */
export function guess(listing: Listing): Guess {
  const detected = detectGently(listing);
  return {
    what: describe(detected, listing),
    known: detected.kind !== "unknown",
    port: portOf(detected, listing.text),
    health: healthOf(listing.text),
    ...besideWeb(detected),
  };
}

/** A package.json that is not one does not keep anybody from beginning. */
function detectGently(listing: Listing): Detected {
  try {
    return detect(listing);
  } catch (error) {
    if (DroverError.is(error)) return { kind: "unknown", lookedFor: [error.message] };
    throw error;
  }
}

/** What a Procfile runs beside `web`. Its `release` is no process: it is to run once, before a release. */
function besideWeb(detected: Detected): Pick<Guess, "processes" | "notes"> {
  const all = "processes" in detected ? Object.entries(detected.processes) : [];
  const others = all.filter(([name]) => name !== "web" && name !== "release" && slug(name) !== "");
  const release = all.some(([name]) => name === "release");
  return {
    processes: Object.fromEntries(others.map(([name, argv]) => [slug(name), argv])),
    notes: release ? ["the Procfile's `release` command is not run: run it where it is needed"] : [],
  };
}

function describe(detected: Detected, { paths }: Listing): string {
  switch (detected.kind) {
    case "dockerfile":
      return `a ${detected.path}`;
    case "node":
      return `a Node app (package.json${detected.lock === undefined ? "" : `, ${detected.lock}`})`;
    case "static":
      return `a static site (${detected.root === "." ? "index.html" : `${detected.root}/index.html`})`;
    case "unknown":
      return `nothing here can be built yet${languageOf(paths)}`;
    default:
      return detected satisfies never;
  }
}

function languageOf(paths: readonly string[]): string {
  const signs = {
    "requirements.txt": "Python",
    "pyproject.toml": "Python",
    "go.mod": "Go",
    Gemfile: "Ruby",
    "Cargo.toml": "Rust",
    "composer.json": "PHP",
    "pom.xml": "Java",
    "mix.exs": "Elixir",
  };
  const found = Object.entries(signs).find(([file]) => paths.includes(file));
  return found === undefined ? "" : `; it looks like ${found[1]} (${found[0]}), which needs a Dockerfile`;
}

const FALLBACK: Guessed<number> = { value: 3000, from: undefined };

function portOf(detected: Detected, text: Listing["text"]): Guessed<number> {
  const docker = detected.kind === "dockerfile" ? text[detected.path] : undefined;
  if (docker !== undefined) {
    const exposed =
      found(docker, /^\s*EXPOSE\s+(\d+)/gim, "EXPOSE in the Dockerfile") ??
      found(docker, /\bPORT[= ]"?(\d+)/g, "PORT in the Dockerfile");
    if (exposed !== undefined) return exposed;
  }
  const command =
    found(text["Procfile"] ?? "", /^web:.*?(?:--port|-p|:)[= ]?(\d{2,5})\b/gm, "the Procfile") ??
    found(text["package.json"] ?? "", /"start"\s*:\s*"[^"]*(?:--port|-p|PORT=)[= ]?(\d{2,5})\b/g, "the start script");
  return command ?? portInSource(text) ?? FALLBACK;
}

function portInSource(text: Listing["text"]): Guessed<number> | undefined {
  const patterns = [
    /\bPORT\b\W{0,12}(\d{4,5})\b/g,
    /\blisten\w*\s*\(\s*["':]*(\d{4,5})\b/gi,
    /\bport\s*[:=]\s*(\d{4,5})\b/gi,
  ];
  for (const [path, source] of Object.entries(text)) {
    if (isManifest(path)) continue;
    for (const pattern of patterns) {
      const port = found(source, pattern, path);
      if (port !== undefined) return port;
    }
  }
  return undefined;
}

/** The last one counts: later stages of a Dockerfile replace earlier ones. */
function found(text: string, pattern: RegExp, from: string): Guessed<number> | undefined {
  const port = [...text.matchAll(pattern)]
    .map((match) => Number(match[1]))
    .filter((number) => number >= 1 && number <= 65_535)
    .at(-1);
  return port === undefined ? undefined : { value: port, from };
}

const HEALTH_PATHS = ["/up", "/healthz", "/health", "/readyz", "/ready", "/api/health", "/ping"];

function healthOf(text: Listing["text"]): Guessed<string> {
  for (const path of HEALTH_PATHS) {
    const route = new RegExp(`["'\`]${path}["'\`]`);
    const file = Object.entries(text).find(([name, source]) => !isManifest(name) && route.test(source));
    if (file !== undefined) return { value: path, from: file[0] };
  }
  return { value: "/", from: undefined };
}

function isManifest(path: string): boolean {
  return /(^|\/)(package(-lock)?\.json|Procfile|.*\.lock)$|(^|[./_-])tests?[./_-]/.test(path);
}
