import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/lib/clock.ts";
import { fragment, hostsMap } from "../../src/model/router/fragment.ts";
import type { RouteSpec } from "../../src/model/router/spec.ts";
import { wrk } from "../router/clients.ts";
import { freePort, type Result, type RouterHost, routerHost } from "../router/host.ts";
import { inTurns, median, ms, table } from "./sample.ts";

/** The router beside its own upstream, and what each word of `sync` takes. */
await using router = await routerHost();
await using upstream = await fixedUpstream();
await router.base();

const app = (name: string, release: string): RouteSpec => ({
  name,
  owner: "bench/production",
  domains: [`${name}.localhost`],
  servers: [{ name: release, address: "127.0.0.1", port: upstream.port }],
  drainSeconds: 5,
});
await well(router.apply(app("app", "r0")));

await throughput();
await words();

/** Requests per second straight to an upstream that answers from memory, and through the router. */
async function throughput(): Promise<void> {
  const seen: Record<string, number[]> = { direct: [], router: [] };
  for (let round = 0; round < 5; round += 1) {
    for (const [name, port] of [
      ["direct", upstream.port],
      ["router", router.port],
    ] as const) {
      await using load = wrk({ port, host: "app.localhost" }, 32);
      await systemClock.sleep(3000, AbortSignal.timeout(60_000));
      const { perSecond, failed } = await load.stop();
      if (failed.length > 0) throw new Error(`${name}: ${failed.join("; ")}`);
      seen[name]?.push(perSecond);
    }
  }
  const rows = Object.entries(seen).map(([name, all]) => [name, median(all).toFixed(0)]);
  process.stdout.write(`${table(["wrk, 32 kept connections, 5 x 3 s in turns", "requests/s, median"], rows)}\n`);
}

/** Each with nothing to drain: what the script itself takes. */
async function words(): Promise<void> {
  let release = 0;
  const next = (): Promise<void> => {
    release += 1;
    return well(router.apply(app("app", `r${release}`)));
  };
  const few = await inTurns(9, {
    "apply: nothing to do": () => well(router.apply(app("app", `r${release}`))),
    "apply: switch to another server": next,
    "apply: a new app (reload)": () => well(router.apply(app("other", "r1"))),
    "remove an app (reload)": () => well(router.remove(app("other", "r1"))),
    "state, 1 route": async () => void (await router.state()),
  });
  for (let count = 0; count < 99; count += 1) await addFiles(router, app(`app${count}`, "r1"));
  await well(router.apply(app("last", "r1")));
  const many = await inTurns(9, {
    "state, 101 routes": async () => void (await router.state()),
    "apply: switch, 101 routes": next,
  });
  const rows = Object.entries({ ...few, ...many }).map(([name, all]) => [name, ms(median(all))]);
  process.stdout.write(table(["`sync`", "median of 9"], rows));
}

/** Many apps at once, without a reload for each: files alone, loaded by the next reload. */
async function addFiles(host: RouterHost, spec: RouteSpec): Promise<void> {
  await writeFile(join(host.dir, `conf.d/50-${spec.name}.cfg`), fragment(spec));
  await writeFile(join(host.dir, `hosts.d/${spec.name}.map`), hostsMap(spec));
}

async function well(run: Promise<Result>): Promise<void> {
  const { code, stderr } = await run;
  if (code !== 0) throw new Error(`${code}: ${stderr}`);
}

/** An upstream that costs little itself: a second HAProxy that answers from memory. */
async function fixedUpstream(): Promise<AsyncDisposable & { port: number }> {
  const [folder, port] = [await mkdtemp(join(tmpdir(), "upstream-")), await freePort()];
  const config = [
    "defaults",
    "  mode http",
    "  timeout client 60s",
    "  timeout connect 5s",
    "  timeout server 60s",
    "frontend f",
    `  bind 127.0.0.1:${port}`,
    '  http-request return status 200 content-type text/plain string "hello"',
    "",
  ].join("\n");
  await writeFile(join(folder, "haproxy.cfg"), config);
  const child = spawn("haproxy", ["-db", "-f", join(folder, "haproxy.cfg")], { stdio: "ignore" });
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
