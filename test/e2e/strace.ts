/** The calls that a witness asks strace for: all that make, change or remove something in a file system, and all that make processes. */
export const TRACED = [
  ...["open", "openat", "openat2", "creat", "truncate", "mkdir", "mkdirat", "mknod", "mknodat", "bind"],
  ...["rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir"],
  ...["chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"],
  ...["utime", "utimes", "futimesat", "utimensat", "mount", "umount2"],
  ...["setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"],
  ...["fork", "vfork", "clone", "clone3", "execve", "execveat"],
];

/** One call as strace tells it. */
interface Call {
  readonly pid: number;
  readonly name: string;
  readonly args: string;
  readonly result: string;
}

/** A call that writes, or would if the kernel let it, by the program that made it; paths are as absolute as strace knew. */
export interface Write {
  readonly program: string;
  readonly call: string;
  readonly paths: readonly string[];
}

export interface Seen {
  readonly writes: readonly Write[];
  /** Every program that was started, in order. */
  readonly programs: readonly string[];
}

/** Reads what `strace -f -y` printed about a process of the program `root` and all that came of it. Pure. */
export function readTrace(text: string, root: string): Seen {
  const calls = callsOf(text);
  const parents = new Map(calls.flatMap((call) => (isFork(call) ? [[Number(call.result), call.pid] as const] : [])));
  const programs = new Map<number, string>();
  /** What a process runs: what it was started with, else what its parent runs, which stands in its fork until then. */
  const programOf = (pid: number): string => {
    const known = programs.get(pid);
    const parent = parents.get(pid);
    const program = known ?? (parent === undefined ? root : programOf(parent));
    programs.set(pid, program);
    return program;
  };
  const [writes, started]: [Write[], string[]] = [[], []];
  for (const call of calls) {
    const program = programOf(call.pid);
    if (isFork(call)) programOf(Number(call.result));
    else if (/^execve/.test(call.name) && call.result.startsWith("0")) {
      const path = stringsOf(call.args)[0] ?? "";
      programs.set(call.pid, path);
      started.push(path);
    } else if (isWrite(call)) writes.push(writeOf(call, program));
  }
  return { writes, programs: started };
}

/** Calls in order of their end; where another process came between, strace prints a call in two halves. */
function callsOf(text: string): Call[] {
  const begun = new Map<number, string>();
  return text.split("\n").flatMap((line) => {
    const [, pid = "", said = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const first = /^(.*?) ?<unfinished \.\.\.>$/.exec(said)?.[1];
    if (first !== undefined) begun.set(Number(pid), first);
    const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(said)?.[1];
    const whole = rest === undefined ? said : `${begun.get(Number(pid)) ?? ""}${rest}`;
    const [, name, args = "", result = ""] = /^(\w+)\((.*)\) += (.*)$/.exec(whole) ?? [];
    return name === undefined || first !== undefined ? [] : [{ pid: Number(pid), name, args, result }];
  });
}

function isFork({ name, result }: Call): boolean {
  return /^(v?fork|clone3?)$/.test(name) && Number(result.split(" ")[0]) > 0;
}

function isWrite({ name, args }: Call): boolean {
  if (/^(v?fork|clone3?|execve(at)?)$/.test(name)) return false;
  if (name === "bind") return args.includes('sun_path="');
  return !/^open/.test(name) || /\bO_(WRONLY|RDWR|CREAT|TRUNC|TMPFILE)\b/.test(args);
}

function writeOf({ name, args, result }: Call, program: string): Write {
  const opened = /^\d+<(.*)>$/.exec(result)?.[1];
  const named = stringsOf(args);
  const [own] = /(?<=^\d+<)[^>]*(?=>)/.exec(args) ?? [];
  const paths =
    opened !== undefined ? [opened] : named.length > 0 ? chosen(name, named) : own === undefined ? [] : [own];
  return { program, call: name, paths };
}

/** Which of the texts are paths that are written to: what a link says is none, nor is the name of an attribute. */
function chosen(name: string, texts: readonly string[]): string[] {
  if (/^symlink/.test(name)) return texts.slice(-1);
  return /xattr$/.test(name) ? texts.slice(0, 1) : [...texts];
}

/** The quoted texts of the arguments, a relative one below the folder that it is relative to. */
function stringsOf(args: string): string[] {
  return Array.from(args.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g), ([, folder, path = ""]) =>
    path.startsWith("/") || folder === undefined ? path : `${folder}/${path}`,
  );
}
