import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planHost } from "../../src/engine/host-plan.ts";
import { type Observation, observe, observeMore, queriesOf } from "../../src/engine/observe.ts";
import { programOf } from "../../src/engine/program.ts";
import { ShellSession } from "../../src/engine/session/shell.ts";
import { askersOf, type Shelves } from "../../src/engine/shelves.ts";
import type { Change } from "../../src/model/change.ts";
import { type JournalLine, NO_MEMORY } from "../../src/model/journal.ts";
import type { HostPlan, Problem } from "../../src/model/plan.ts";
import { type AnyResourceType, type Resource, resourceId } from "../../src/model/resource.ts";
import type { Json, SecretValues } from "../../src/model/secret.ts";
import type { Channel } from "../../src/model/session.ts";
import container from "../../src/resources/container.ts";
import engine from "../../src/resources/container-engine.ts";
import image from "../../src/resources/image.ts";
import network from "../../src/resources/network.ts";
import volume from "../../src/resources/volume.ts";
import local from "../../src/transports/local.ts";

export const MACHINE = "here";

export function shelvesOf(types: readonly AnyResourceType[]): Shelves {
  return { types: Object.fromEntries(types.map((type) => [type.type, type])), places: {} };
}

export const DOCKER_TYPES = [engine, image, network, volume, container];

export interface Planned {
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
  readonly plan: HostPlan;
  readonly observation: Observation;
}

/** This machine as the engine sees it, for one owner, with a memory of its own: plan and apply resources. */
export class World implements AsyncDisposable {
  readonly owner: string;
  readonly #shelves: Shelves;
  readonly #session: ShellSession;
  readonly #secrets: SecretValues;
  readonly #folder: string;
  readonly #signal: AbortSignal;
  #runs = 0;

  private constructor(
    owner: string,
    shelves: Shelves,
    session: ShellSession,
    secrets: SecretValues,
    folder: string,
    signal: AbortSignal,
  ) {
    this.owner = owner;
    this.#shelves = shelves;
    this.#session = session;
    this.#secrets = secrets;
    this.#folder = folder;
    this.#signal = signal;
  }

  /** Over the local transport, with a state folder of its own. */
  static async open(
    owner: string,
    types: readonly AnyResourceType[] = DOCKER_TYPES,
    secrets: SecretValues = () => undefined,
  ): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), "drover-docker-"));
    process.env["DROVER_STATE"] = join(folder, "state");
    process.env["DROVER_RUN"] = join(folder, "run");
    const reach = { transport: "local", machine: MACHINE, address: "127.0.0.1", options: {} };
    return World.over(owner, await local.connect(reach, secrets, AbortSignal.timeout(10_000)), types, secrets, folder);
  }

  /** Over a channel that is open. */
  static over(
    owner: string,
    channel: Channel,
    types: readonly AnyResourceType[],
    secrets: SecretValues = () => undefined,
    folder = "",
  ): World {
    const shelves = shelvesOf(types);
    const session = new ShellSession(MACHINE, channel, askersOf(shelves), secrets);
    return new World(owner, shelves, session, secrets, folder, AbortSignal.timeout(1_500_000));
  }

  get exchanges(): number {
    return this.#session.exchanges;
  }

  async ask(resources: readonly Resource[]): Promise<Observation> {
    const queries = queriesOf(MACHINE, this.owner, resources, NO_MEMORY, this.#shelves);
    const first = await observe(this.#session, queries, this.#signal);
    const rest = queriesOf(MACHINE, this.owner, resources, first.memory, this.#shelves);
    return observeMore(this.#session, first, queries, rest, this.#signal);
  }

  async plan(
    resources: readonly Resource[],
    options: { purge?: boolean; adopt?: readonly string[] } = {},
  ): Promise<Planned> {
    const observation = await this.ask(resources);
    const { plan, problems } = planHost({
      machine: MACHINE,
      machineId: "",
      owner: this.owner,
      desired: { resources, builds: [], releases: [], records: [], urls: [], notes: [] },
      memory: observation.memory,
      answers: observation.answers,
      shelves: this.#shelves,
      purge: options.purge === true,
      adopt: new Set(options.adopt ?? []),
    });
    return { changes: plan.changes, problems, plan, observation };
  }

  async run(plan: HostPlan): Promise<JournalLine[]> {
    this.#runs += 1;
    const header = { owner: this.owner, stack: "t", by: "t@here", command: "up", machine: MACHINE, machines: {} };
    const program = programOf(plan, `t${process.pid}-${Date.now()}-${this.#runs}`, header, this.#shelves);
    // Tests put images there by themselves: nothing is held for a blob.
    const segments = [{ items: program.segments.flatMap((segment) => segment.items) }];
    const lines: JournalLine[] = [];
    for await (const line of this.#session.run({ ...program, segments }, this.#secrets, this.#signal)) lines.push(line);
    return lines;
  }

  /** Plans and applies; what failed is in the lines. */
  async up(resources: readonly Resource[], options: { purge?: boolean } = {}): Promise<JournalLine[]> {
    const { plan, problems } = await this.plan(resources, options);
    if (problems.length > 0) throw new Error(problems.map((problem) => problem.message).join("\n"));
    return this.run(plan);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
    if (this.#folder === "") return;
    rmSync(this.#folder, { recursive: true, force: true });
    delete process.env["DROVER_STATE"];
    delete process.env["DROVER_RUN"];
  }
}

export function resource(type: string, name: string, spec: Json, more: Partial<Resource> = {}): Resource {
  return { id: resourceId(MACHINE, type, name), type, name, on: MACHINE, spec, needs: [], ...more };
}

/** Failures as text, for an assertion that says what went wrong. */
export function failures(lines: readonly JournalLine[]): string[] {
  return lines.flatMap((line) =>
    line.t === "failed" ? [`${line.id}: ${line.code} ${line.message}\n${line.output}`] : [],
  );
}

/** What a plan would do, in words. */
export function brief({ changes }: Planned): string[] {
  return changes.map(({ action, type, name, diff }) => {
    const how = diff.map(({ path, from, to }) => `${path}: ${from} -> ${to}`).join(", ");
    return `${action} ${type} ${name} (${how})`;
  });
}
