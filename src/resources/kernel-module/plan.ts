import { type Answers, parseAnswer, unword } from "../../model/answer.ts";
import { noop, type Planned } from "../../model/change.ts";
import { joinPlanned } from "../../model/join-planned.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import type { ExecStep } from "../../model/step.ts";
import { planFile, planFileRemoval } from "../../model/whole-file/plan.ts";
import { type FileState, observeFile, type WholeFile } from "../../model/whole-file/state.ts";

/** The two files that may be about a module. */
export interface Files {
  readonly load: Observed<FileState>;
  readonly deny: Observed<FileState>;
}

/** They hold no secret, whoever may read them. */
const PLAIN = { plain: true };

export const filesOf = (name: string): { load: WholeFile; deny: WholeFile } => ({
  load: { path: `/etc/modules-load.d/drover-${name}.conf`, content: `${name}\n`, mode: "0644", owner: "root:root" },
  deny: {
    path: `/etc/modprobe.d/drover-${name}.conf`,
    content: `blacklist ${name}\ninstall ${name} /bin/false\n`,
    mode: "0644",
    owner: "root:root",
  },
});

export function observeFiles(name: string, answers: Answers): Files {
  const { load, deny } = filesOf(name);
  return { load: observeFile(load.path, answers), deny: observeFile(deny.path, answers) };
}

/** Where a module is now. */
interface Kernel {
  readonly head: string;
  /** How many use it. */
  readonly use: string | undefined;
  readonly can: boolean;
  /** A file of somebody else that keeps it out. */
  readonly denied: string | undefined;
}

function kernelOf(name: string, answers: Answers): Kernel {
  const { head, fields } = parseAnswer(answers.get(`module:${name}`) ?? "missing");
  const { use, can, denied } = fields;
  return { head, use, can: can === "yes", denied: denied === undefined ? undefined : unword(denied) };
}

export function planModule(name: string, isDenied: boolean, files: Files, context: PlanContext): Planned {
  const wanted = filesOf(name);
  const id = `kernel-module:${name}`;
  const isNew = files.load.kind === "absent" && files.deny.kind === "absent";
  const [keep, drop] = isDenied ? (["deny", "load"] as const) : (["load", "deny"] as const);
  const kernel = isDenied ? unloaded(name, context.answers) : loaded(name, context.answers);
  return joinPlanned(isNew ? "create" : "update", [
    planFileRemoval(wanted[drop].path, files[drop], context, PLAIN),
    planFile(wanted[keep], files[keep], context, { id, ...PLAIN }),
    kernel,
  ]);
}

/** It stays as it is in the kernel until the next boot: others may use it by now. */
export function planRemoval(name: string, files: Files, context: PlanContext): Planned {
  const wanted = filesOf(name);
  const joined = joinPlanned("delete", [
    planFileRemoval(wanted.load.path, files.load, context, PLAIN),
    planFileRemoval(wanted.deny.path, files.deny, context, PLAIN),
  ]);
  const { head } = kernelOf(name, context.answers);
  if (joined.action === "noop" || head !== "loaded") return joined;
  return { ...joined, notes: [`${name} stays loaded until the next boot: others may use it by now`] };
}

function loaded(name: string, answers: Answers): Planned {
  const key = `module:${name}`;
  const { head, can, denied } = kernelOf(name, answers);
  const seen = answers.get(key) ?? "missing";
  if (head === "loaded" || head === "builtin") return noop();
  const later = "only the file is kept, which loads it at boot";
  if (head === "missing")
    return { ...noop(), notes: [`this kernel has no module ${name} (or its modules are not here): ${later}`] };
  if (!can) return { ...noop(), notes: [`modules may not be loaded here, as in a container: ${later}`] };
  return {
    ...change(key, seen, `loaded use=* can=yes${denied === undefined ? "" : ` denied=${denied}`}`, [
      "modprobe",
      "--",
      name,
    ]),
    ...(denied === undefined ? {} : { notes: [`${denied} keeps ${name} from being loaded by itself`] }),
  };
}

function unloaded(name: string, answers: Answers): Planned {
  const key = `module:${name}`;
  const { head, use, can, denied } = kernelOf(name, answers);
  if (head === "builtin") return { ...noop(), notes: [`${name} is built into this kernel: no file keeps it out`] };
  if (head !== "loaded") return noop();
  if (use !== "0" || !can) {
    const why = can ? `in use (${use ?? "?"})` : "not ours to unload here";
    return { ...noop(), notes: [`${name} is loaded and ${why}: it stays until the next boot`] };
  }
  const to = `there can=yes${denied === undefined ? "" : ` denied=${denied}`}`;
  return change(key, answers.get(key) ?? "", to, ["modprobe", "-r", "--", name]);
}

function change(key: string, from: string, to: string, argv: readonly string[]): Planned {
  const steps: ExecStep[] = [{ kind: "exec", argv, within: 60 }];
  const head = (answer: string): string => parseAnswer(answer).head;
  return {
    action: "update",
    diff: [{ path: "in the kernel", from: head(from), to: head(to) }],
    steps,
    from: { [key]: from },
    to: { [key]: to },
  };
}
