import type { AnyCommand } from "./command.ts";

type Loader = () => Promise<{ readonly default: AnyCommand }>;

/** All commands in the order in which help shows them. Each is loaded when it is wanted. */
export const COMMANDS: Readonly<Record<string, Loader>> = {
  init: () => import("./commands/init.ts"),
  plan: () => import("./commands/plan.ts"),
  up: () => import("./commands/up.ts"),
  diff: () => import("./commands/diff.ts"),
  status: () => import("./commands/status.ts"),
  logs: () => import("./commands/logs.ts"),
  run: () => import("./commands/run.ts"),
  releases: () => import("./commands/releases.ts"),
  rollback: () => import("./commands/rollback.ts"),
  drift: () => import("./commands/drift.ts"),
  undo: () => import("./commands/undo.ts"),
  history: () => import("./commands/history.ts"),
  "history explain": () => import("./commands/history-explain.ts"),
  docs: () => import("./commands/docs.ts"),
  adopt: () => import("./commands/adopt.ts"),
  forget: () => import("./commands/forget.ts"),
  doctor: () => import("./commands/doctor.ts"),
  down: () => import("./commands/down.ts"),
  "secret init": () => import("./commands/secret-init.ts"),
  "secret set": () => import("./commands/secret-set.ts"),
  "secret edit": () => import("./commands/secret-edit.ts"),
  "secret list": () => import("./commands/secret-list.ts"),
  "secret remove": () => import("./commands/secret-remove.ts"),
  "secret rekey": () => import("./commands/secret-rekey.ts"),
  version: () => import("./commands/version.ts"),
};

export async function allCommands(): Promise<AnyCommand[]> {
  const modules = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return modules.map((module) => module.default);
}

/** Those whose name begins with this word and has another: `secret` stands for `secret set` and others. */
export async function groupOf(word: string): Promise<AnyCommand[]> {
  const loaders = Object.entries(COMMANDS).filter(([name]) => name.startsWith(`${word} `));
  return Promise.all(loaders.map(async ([, load]) => (await load()).default));
}

/** The command of that name or alias. */
export async function findCommand(name: string): Promise<AnyCommand | undefined> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load !== undefined) return (await load()).default;
  return (await allCommands()).find((command) => command.aliases.includes(name));
}
