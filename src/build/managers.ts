import type { Manager, NodeApp } from "./detect.ts";

export interface InstallCommands {
  /** Installs everything, for building. */
  readonly all: readonly string[];
  /** Installs what runs in production only. */
  readonly production: readonly string[];
  /** Takes what is for development only out of an installed folder. */
  readonly prune: readonly string[];
}

/** Used where `packageManager` names no version: the newest that reads the lock file and runs on every Node we know. */
const DEFAULTS: Readonly<Record<Exclude<Manager, "npm">, string>> = {
  pnpm: "10.34.9",
  yarn: "1.22.22",
  berry: "4.18.1",
};

/**
 * pnpm and yarn come through `npm exec`: newer Nodes have no corepack, and the version is fixed in the recipe. npm
 * itself is the base's.
 */
function tool(app: Pick<NodeApp, "manager" | "managerVersion">): string[] {
  if (app.manager === "npm") return ["npm"];
  const version = app.managerVersion ?? DEFAULTS[app.manager];
  const spec = app.manager === "berry" ? `@yarnpkg/cli-dist@${version}` : `${app.manager}@${version}`;
  return ["npm", "exec", "--yes", `--package=${spec}`, "--", app.manager === "pnpm" ? "pnpm" : "yarn"];
}

/** How dependencies are installed, exactly as the lock file says where there is one. */
export function installCommands(app: Pick<NodeApp, "manager" | "managerVersion" | "lock">): InstallCommands {
  const run = tool(app);
  const locked = app.lock !== undefined;
  switch (app.manager) {
    case "npm": {
      const install = [...run, locked ? "ci" : "install", "--no-audit", "--no-fund", "--no-progress"];
      const prune = [...run, "prune", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
      return { all: [...install, "--include=dev"], production: [...install, "--omit=dev"], prune };
    }
    case "pnpm": {
      const install = [
        ...run,
        "install",
        locked ? "--frozen-lockfile" : "--no-frozen-lockfile",
        "--reporter=append-only",
      ];
      return {
        all: [...install, "--prod=false"],
        production: [...install, "--prod"],
        prune: [...run, "prune", "--prod", "--ignore-scripts"],
      };
    }
    case "yarn": {
      const install = [
        ...run,
        "install",
        ...(locked ? ["--frozen-lockfile"] : []),
        "--non-interactive",
        "--no-progress",
      ];
      const production = [...install, "--production=true"];
      return { all: [...install, "--production=false"], production, prune: [...production, "--ignore-scripts"] };
    }
    case "berry": {
      const production = [...run, "workspaces", "focus", "--all", "--production"];
      return { all: [...run, "install", ...(locked ? ["--immutable"] : [])], production, prune: production };
    }
    default:
      return app.manager satisfies never;
  }
}

export function runScript(app: Pick<NodeApp, "manager" | "managerVersion">, script: string): string[] {
  return [...tool(app), "run", script];
}

/** Files that managers leave in `node_modules` with times and paths of one install: they make equal installs differ. */
export const UNSTABLE =
  /(^|\/)node_modules\/(\.cache|\.vite|\.modules\.yaml|\.yarn-integrity|\.yarn-state\.yml|\.pnpm-workspace-state[^/]*)(\/|$)/;
