import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy on loopback through which a test can cut a link, close it or make it long. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Resets all connections that are open now, on both sides at once; new ones are still taken. */
  cut(): void;
  /** While on, new connections are reset as soon as they are made; open ones live on. */
  refuse(on: boolean): void;
  /** How many connections are open. */
  connections(): number;
}

export interface ProxyOptions {
  target: { host: string; port: number };
  /** Added to each round trip, half of it each way; bandwidth stays. */
  delayMs?: number;
}

export async function startProxy({ target, delayMs = 0 }: ProxyOptions): Promise<Proxy> {
  const open = new Set<readonly [Socket, Socket]>();
  let isRefusing = false;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (isRefusing) return void client.resetAndDestroy();
    const upstream = connect({ ...target, allowHalfOpen: true, noDelay: true });
    const pair = [client, upstream] as const;
    open.add(pair);
    join(pair, delayMs / 2, () => open.delete(pair));
  });
  const cut = (): void => {
    for (const pair of open) reset(pair);
    open.clear();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port, // it listens on TCP, so it is no path and not null
    cut,
    refuse: (on) => {
      isRefusing = on;
    },
    connections: () => open.size,
    [Symbol.asyncDispose]: async () => {
      server.close();
      cut();
      await once(server, "close");
    },
  };
}

/** Lets bytes and ends flow both ways; an error on one side resets both. */
function join(pair: readonly [Socket, Socket], delay: number, closed: () => void): void {
  const [client, upstream] = pair;
  flow(client, upstream, delay);
  flow(upstream, client, delay);
  for (const socket of pair) {
    socket.on("error", () => reset(pair));
    socket.on("close", () => {
      if (client.closed && upstream.closed) closed();
    });
  }
}

function reset(pair: readonly [Socket, Socket]): void {
  for (const socket of pair) if (!socket.destroyed) socket.resetAndDestroy();
}

/** At most so many bytes are on their way before the sender has to wait. */
const window = 4 << 20;

/** Hands on what `from` sends, each piece `delay` later: timers of one length end in the order in which they began. */
function flow(from: Socket, to: Socket, delay: number): void {
  if (delay === 0) return void from.pipe(to);
  let underway = 0;
  from.on("data", (bytes: Buffer) => {
    underway += bytes.length;
    if (underway > window) from.pause();
    setTimeout(() => {
      to.write(bytes, () => {
        underway -= bytes.length;
        if (underway <= window) from.resume();
      });
    }, delay);
  });
  from.on("end", () => void setTimeout(() => to.end(), delay));
}
