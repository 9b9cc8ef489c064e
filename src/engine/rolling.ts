/** Machines that are changed a few at a time. */
export interface Lane {
  /** What it is called: the group. */
  readonly name: string;
  readonly machines: readonly string[];
  /** How many at a time. */
  readonly size: number;
  /** How many of them may fail before no further batch begins. */
  readonly maxFailures: number;
}

export interface Rolling {
  readonly lanes: readonly Lane[];
  /** Machines that a machine waits for: these begin when it does, whatever batch they would go with. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
}

export interface RollingWork<Outcome> {
  /** Changes one machine. Never rejects but by the signal. */
  work(machine: string): Promise<Outcome>;
  isFailed(outcome: Outcome): boolean;
  /** A machine that does not begin any more, since too many others failed. */
  leave(machine: string, why: string): Outcome;
  say(text: string): void;
}

/** Changes all machines: those of a lane batch by batch, all others at once. Lanes do not wait for each other. */
export async function inBatches<Outcome>(
  machines: readonly string[],
  { lanes, needs }: Rolling,
  { work, isFailed, leave, say }: RollingWork<Outcome>,
): Promise<Outcome[]> {
  const all = new Set(machines);
  const begun = new Map<string, Promise<Outcome>>();
  const begin = (machine: string): void => {
    if (begun.has(machine) || !all.has(machine)) return;
    const working = work(machine);
    // Whoever waits for it is told; where one lane is cancelled nobody may be waiting for another's any more.
    working.catch(() => {});
    begun.set(machine, working);
    for (const need of needs.get(machine) ?? []) begin(need);
  };
  const run = async (lane: Lane): Promise<void> => {
    const own = lane.machines.filter((machine) => all.has(machine));
    const ended = async (): Promise<number> => {
      const outcomes = await Promise.all(own.flatMap((machine) => begun.get(machine) ?? []));
      return outcomes.filter(isFailed).length;
    };
    for (let left = own; left.length > 0; left = own.filter((machine) => !begun.has(machine))) {
      const failures = await ended();
      if (failures > lane.maxFailures) {
        const why = whyLeft(failures, lane);
        for (const machine of left) begun.set(machine, Promise.resolve(leave(machine, why)));
        return;
      }
      const batch = left.slice(0, lane.size);
      if (batch.length < own.length)
        say(`${lane.name}: ${batch.join(", ")} (${own.length - left.length} of ${own.length} done)`);
      for (const machine of batch) begin(machine);
    }
  };
  const inLanes = new Set(lanes.flatMap((lane) => lane.machines));
  for (const machine of machines) if (!inLanes.has(machine)) begin(machine);
  await Promise.all(lanes.map(run));
  return Promise.all(machines.flatMap((machine) => begun.get(machine) ?? []));
}

function whyLeft(failures: number, { name, maxFailures }: Lane): string {
  const may = maxFailures === 0 ? "none may" : `${maxFailures} may`;
  return `${failures} of ${name} failed, and ${may}`;
}

/** How many machines a batch has: as many as it says, or a share of the lane, at least one. */
export function batchSize(batch: number | string, machines: number): number {
  if (typeof batch === "number") return Math.max(1, batch);
  return Math.max(1, Math.floor((machines * Number.parseInt(batch, 10)) / 100));
}
