import { setMaxListeners } from "node:events";
import { systemClock } from "../../src/lib/clock.ts";
import { type Connection, isConnection, type Limits, open, requestFor, type Target } from "./connection.ts";
import { Tally, type Totals } from "./tally.ts";
import { finished, type Pace, paceOf } from "./wait.ts";

export interface LoadOptions extends Target, Limits {
  /** How many connections ask at the same time. */
  readonly connections: number;
  /** Requests a second by all connections together; without it as fast as the answers come. */
  readonly rate?: number;
  /** Sees every answer, e.g. to learn which release gave it. */
  readonly onResponse?: (body: string, status: number) => void;
}

export interface Load {
  /** Counts so far. */
  totals(): Totals;
  /** Sends nothing more, waits for the answers that are due and returns the counts. */
  stop(): Promise<Totals>;
}

interface Worker {
  readonly options: LoadOptions;
  readonly tally: Tally;
  readonly request: string;
  readonly pace: Pace | undefined;
  /** Send nothing more. */
  readonly ending: AbortSignal;
}

const retryMs = 20;

/**
 * Keeps `connections` keep-alive HTTP/1.1 connections busy with GET requests and counts what becomes of every one.
 *
 * @example
 * const load = startLoad({ address: "127.0.0.1", port: 80, host: "a.localhost", path: "/", connections: 8, signal });
 * await release();
 * expect((await load.stop()).failed).toBe(0);
 */
export function startLoad(options: LoadOptions): Load {
  const tally = new Tally();
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal]);
  const ending = AbortSignal.any([options.signal, stopping.signal]);
  setMaxListeners(0, signal, ending); // every connection listens
  const worker: Worker = {
    options: { ...options, signal },
    tally,
    request: requestFor(options, "keep-alive"),
    pace: options.rate === undefined ? undefined : paceOf(options.rate),
    ending,
  };
  const done = Promise.all(Array.from({ length: options.connections }, () => work(worker)));

  return {
    totals: () => tally.totals(),
    async stop() {
      stopping.abort();
      await done;
      return tally.totals();
    },
  };
}

/** One connection after the other, each used for as long as it stays open. */
async function work(worker: Worker): Promise<void> {
  let connection: Connection | undefined;
  while (await mayAsk(worker)) {
    if (connection?.isOpen() !== true) connection = await connect(worker);
    if (connection !== undefined && !worker.ending.aborted) await ask(worker, connection);
  }
  connection?.close();
}

async function mayAsk({ pace, ending }: Worker): Promise<boolean> {
  if (ending.aborted) return false;
  return pace === undefined || (await finished(pace(ending)));
}

async function connect({ options, tally, ending }: Worker): Promise<Connection | undefined> {
  const connection = await open(options);
  if (isConnection(connection)) {
    tally.connected();
    return connection;
  }
  if (connection.kind !== "abandoned") tally.count(connection);
  await finished(systemClock.sleep(retryMs, ending));
  return undefined;
}

async function ask({ options, tally, request }: Worker, connection: Connection): Promise<void> {
  tally.sent();
  const outcome = await connection.exchange(request);
  tally.count(outcome);
  if (outcome.kind === "answered") {
    options.onResponse?.(outcome.response.body.toString("utf8"), outcome.response.status);
  }
}
