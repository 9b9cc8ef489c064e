import { DroverError } from "../lib/error.ts";
import type { Emit } from "../model/event.ts";
import type { Unreached } from "../model/plan.ts";
import type { Session } from "../model/session.ts";
import type { Stack } from "../model/stack.ts";

/** Opens a session to a machine of the stack; with `fresh` over a connection that nothing else uses. */
export type Connect = (machine: string, signal: AbortSignal, fresh?: boolean) => Promise<Session>;

/** The sessions of one command: one per machine, opened at most once, all closed at its end. */
export class Hosts implements AsyncDisposable {
  readonly #connect: Connect;
  readonly #emit: Emit;
  readonly #open = new Map<string, Promise<Session>>();
  readonly #exchanges = new Map<string, number>();

  constructor(connect: Connect, emit: Emit) {
    this.#connect = connect;
    this.#emit = emit;
  }

  /** The session to a machine; with `fresh` one that has to be opened shares no connection that is there. */
  session(machine: string, signal: AbortSignal, fresh = false): Promise<Session> {
    const known = this.#open.get(machine);
    if (known !== undefined) return known;
    this.#emit({ event: "connecting", machine });
    const opening = this.#connect(machine, signal, fresh).then((session) => {
      this.#emit({ event: "connected", machine });
      return session;
    });
    this.#open.set(machine, opening);
    return opening;
  }

  /** A session of its own over a new connection, as another command would open it. */
  fresh(machine: string, signal: AbortSignal): Promise<Session> {
    return this.#connect(machine, signal, true);
  }

  /** Drops a session whose connection was lost, so that the next call opens a new one. */
  async drop(machine: string): Promise<void> {
    const session = await this.#open.get(machine)?.catch(() => undefined);
    this.#open.delete(machine);
    if (session === undefined) return;
    this.#count(session);
    await session[Symbol.asyncDispose]();
  }

  /** Round trips after connect, by machine. */
  async exchanges(): Promise<Record<string, number>> {
    const total = new Map(this.#exchanges);
    for (const [machine, opening] of this.#open) {
      const session = await opening.catch(() => undefined);
      if (session !== undefined) total.set(machine, (total.get(machine) ?? 0) + session.exchanges);
    }
    return Object.fromEntries(total);
  }

  #count(session: Session): void {
    this.#exchanges.set(session.machine, (this.#exchanges.get(session.machine) ?? 0) + session.exchanges);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#open.keys()];
    await Promise.all(all.map((machine) => this.drop(machine)));
  }
}

/** Runs one thing per machine at the same time; the first failure is thrown when all are settled. */
export async function onEach<T>(machines: readonly string[], work: (machine: string) => Promise<T>): Promise<T[]> {
  const settled = await Promise.allSettled(machines.map(work));
  const failed = settled.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

export interface Reached<T> {
  readonly done: readonly T[];
  /** Machines that did not let us in. */
  readonly unreached: readonly Unreached[];
}

/** As `onEach`, but machines that do not let us in are told apart, unless all of them are so. */
export async function onReachable<T>(
  machines: readonly string[],
  work: (machine: string) => Promise<T>,
): Promise<Reached<T>> {
  const settled = await Promise.allSettled(machines.map(work));
  const unreached: Unreached[] = [];
  settled.forEach((one, at) => {
    if (one.status === "fulfilled") return;
    const closed = closedDoor(machines[at] ?? "", one.reason);
    if (closed === undefined) throw one.reason;
    unreached.push(closed);
  });
  const [first] = settled;
  if (unreached.length === machines.length && first?.status === "rejected") throw first.reason;
  return { done: settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])), unreached };
}

function closedDoor(machine: string, error: unknown): Unreached | undefined {
  if (!DroverError.is(error)) return undefined;
  const { code, message, evidence, hint = "" } = error;
  if (code !== "UNREACHABLE" && code !== "HOST_KEY" && code !== "RIGHTS") return undefined;
  return { machine, code, message, evidence, hint };
}

/** The machines of a stack that a command is about: those that are named, and those of groups that are. */
export function selectMachines(
  { machines, groups = {} }: Pick<Stack, "machines" | "groups">,
  on: readonly string[] = [],
): string[] {
  const all = Object.keys(machines);
  const wrong = on.filter((name) => !Object.hasOwn(machines, name) && !Object.hasOwn(groups, name));
  if (wrong.length > 0) {
    throw new DroverError("USAGE", `no machine or group ${wrong.join(", ")} in the stack`, {
      hint: `machines: ${all.join(", ")}; groups: ${Object.keys(groups).join(", ")}`,
    });
  }
  const wanted = new Set(on.flatMap((name) => (Object.hasOwn(groups, name) ? (groups[name]?.machines ?? []) : [name])));
  return on.length === 0 ? all : all.filter((name) => wanted.has(name));
}
