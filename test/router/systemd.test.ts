import { Agent } from "node:http";
import { describe, expect, test } from "vitest";
import { matches } from "../../src/model/answer.ts";
import { routeAnswer, routerAnswer } from "../../src/model/router/answer.ts";
import { baseConfig } from "../../src/model/router/base.ts";
import { fragment, hostsMap } from "../../src/model/router/fragment.ts";
import { syncScript } from "../../src/model/router/script.ts";
import { routerUnit, unitFile } from "../../src/model/router/service.ts";
import type { RouteSpec } from "../../src/model/router/spec.ts";
import { type Host, requireEngine, requirement, startHosts } from "../machines/index.ts";
import { ask, keepAliveLoad, openWebSocket } from "./clients.ts";
import { answersOf } from "./lines.ts";
import { startUpstream } from "./upstream.ts";

const dir = "/var/lib/drover/router";
const sync = `${dir}/sync`;

/** Runs a script on the host; what it printed. */
async function sh(host: Host, script: string): Promise<string> {
  const { code, stdout, stderr } = await host.sh(script);
  expect({ script, code, stderr: code === 0 ? "" : stderr }).toEqual({ script, code: 0, stderr: "" });
  return stdout;
}

async function put(host: Host, path: string, text: string): Promise<void> {
  await sh(host, `echo ${Buffer.from(text).toString("base64")} | base64 -d >${path}`);
}

async function apply(host: Host, spec: RouteSpec): Promise<string> {
  await put(host, "/run/fragment", fragment(spec));
  await put(host, "/run/map", hostsMap(spec));
  return sh(host, `sh ${sync} apply ${spec.name} /run/fragment /run/map ${spec.drainSeconds}`);
}

async function install(host: Host): Promise<void> {
  await sh(host, "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends haproxy socat");
  await sh(host, `mkdir -p ${dir}`);
  await put(host, sync, syncScript);
  await put(host, `/etc/systemd/system/${routerUnit}`, unitFile());
  await put(host, "/run/base", baseConfig());
  await sh(host, "systemctl daemon-reload");
  expect(await sh(host, `sh ${sync} base /run/base`)).toBe("");
  await sh(host, `systemctl enable ${routerUnit}`);
}

const state = async (host: Host): Promise<Map<string, string>> => answersOf(await sh(host, `sh ${sync} state`));

describe.skipIf(await requirement("test hosts", requireEngine))("under systemd", () => {
  test.each(["bookworm", "trixie"] as const)("on %s", { timeout: 600_000 }, async (release) => {
    const [host] = await startHosts(["router"], { release, aptLists: true });
    if (host === undefined) throw new Error("no host");
    await using _ = host;
    const gateway = / via (\S+)/.exec(await sh(host, "ip route show default"))?.[1] ?? "";
    await using one = await startUpstream("r1", "0.0.0.0");
    await using two = await startUpstream("r2", "0.0.0.0");
    const of = ({ release: name, port }: { release: string; port: number }): RouteSpec => ({
      name: "gb-app",
      owner: "gb/production",
      domains: ["app.localhost"],
      servers: [{ name, address: gateway, port }],
      drainSeconds: 1,
    });
    const target = { address: host.address, port: 80, host: "app.localhost" };
    await install(host);
    expect(await apply(host, of(one))).toBe("reloaded\n");
    await using load = keepAliveLoad(target, 2);
    const socket = await openWebSocket(target);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(target, { agent })).body).toContain(`"x-forwarded-for":"${gateway}"`);
    await apply(host, { ...of(one), name: "gb-other", domains: ["other.localhost"] });
    expect(await socket.echo("a")).toBe("r1:a");
    // Passed on from the worker before: it says for whom.
    expect((await ask(target, { agent })).body).toContain(`"x-forwarded-for":"${gateway}"`);
    agent.destroy();
    expect(await apply(host, of(two))).toMatch(/^note: 1 still open on r1 at the drain limit: cut\ndrained r1 /);
    await socket.closed;
    expect(await sh(host, `sh ${sync} remove gb-other 1`)).toMatch(/reloaded\n$/);
    expect((await load.stop()).failures).toEqual([]);
    const all = await state(host);
    expect([...all.keys()]).toEqual(["router", "route:gb-app"]);
    expect(all.get("route:gb-app")).toBe(routeAnswer(of(two)));
    expect(matches(routerAnswer(), all.get("router") ?? "")).toBe(true);
    expect((await ask(target)).release).toBe("r2");

    await sh(host, `kill -9 $(cat /run/drover/router/pid); sleep 3; systemctl is-active ${routerUnit}`);
    expect((await state(host)).get("route:gb-app")).toBe(routeAnswer(of(two)));
    await host.reboot();
    expect((await state(host)).get("route:gb-app")).toBe(routeAnswer(of(two)));
    expect((await ask(target)).release).toBe("r2");
    await sh(host, `sh ${sync} stop`);
    expect((await state(host)).get("router")).toMatch(/^stopped /);
    expect(await apply(host, of(one))).toBe("");
    expect((await ask(target)).release).toBe("r1");
  });
});
