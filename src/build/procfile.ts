/** Processes by name, as a Procfile has them: `web: node server.js`. */
export function parseProcfile(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).map((line) => /^([A-Za-z0-9_-]+):\s*(.+?)\s*$/.exec(line));
  return Object.fromEntries(lines.flatMap((match) => (match === null ? [] : [[match[1] ?? "", match[2] ?? ""]])));
}

/** A package manager's way to say "run that script", with the script's name in the first group. */
const RUNS_SCRIPT = /^(?:npm|pnpm|yarn)\s+(?:run\s+|run-script\s+)?([\w:.-]+)$/;

/**
 * The argument list of a command as people write it. A call of a package manager's script becomes that script: the
 * process then gets its signals itself, starts faster, and the image needs no pnpm or yarn. What a shell must read
 * (variables, pipes, quotes, `&&`) is left to `/bin/sh`.
 */
export function argvOf(command: string, scripts: Readonly<Record<string, string>>): string[] {
  const text = expand(command.trim(), scripts, new Set());
  return isPlain(text) ? text.split(/ +/) : ["/bin/sh", "-c", replacing(text)];
}

/** Words only: nothing that a shell would have to read. */
function isPlain(text: string): boolean {
  return /^[\w@%+:,./-][\w@%+=:,./ -]*$/.test(text) && !/^\w+=/.test(text);
}

/** One command takes the shell's place, so that signals reach it. */
function replacing(text: string): string {
  return /[;&|()<>{}`\n]/.test(text) || /^(\w+=|exec\b|cd\b|\.\s)/.test(text) ? text : `exec ${text}`;
}

function expand(command: string, scripts: Readonly<Record<string, string>>, seen: ReadonlySet<string>): string {
  const name = RUNS_SCRIPT.exec(command)?.[1];
  const script = name === undefined ? undefined : own(scripts, name);
  if (name === undefined || script === undefined || seen.has(name)) return command;
  const inner = new Set([...seen, name]);
  const [before, after] = [own(scripts, `pre${name}`), own(scripts, `post${name}`)];
  const parts = [before, script, after].flatMap((part) =>
    part === undefined ? [] : [expand(part.trim(), scripts, inner)],
  );
  const last = parts.at(-1) ?? "";
  return parts.length === 1 ? last : [...parts.slice(0, -1), replacing(last)].join(" && ");
}

function own(scripts: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(scripts, name) ? scripts[name] : undefined;
}
