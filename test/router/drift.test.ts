import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { matches } from "../../src/model/answer.ts";
import { routeAnswer, routerAnswer } from "../../src/model/router/answer.ts";
import { baseConfig } from "../../src/model/router/base.ts";
import { ask } from "./clients.ts";
import { exec, type RouterHost, routerHost } from "./host.ts";
import { routerTest } from "./needs.ts";
import { route, succeed } from "./route.ts";
import { startUpstream } from "./upstream.ts";

const name = "gb-app";

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(file, "utf8");
  await writeFile(file, change(text));
}

routerTest.each([["dash"], ["bash"], ["busybox", "sh"]])(
  "in %s: state tells every kind of drift, and apply mends it",
  {
    timeout: 120_000,
  },
  async (...shell) => {
    await using router = await routerHost(shell);
    await using one = await startUpstream("r1");
    const spec = { ...route(name, "app.localhost", [one], 1), domains: ["app.localhost", "*.app.localhost", "*"] };
    const server = `${name}/r1-web-1`;
    const map = join(router.dir, "hosts.map");
    await router.base();
    await succeed(router.apply(spec));
    const good = routeAnswer(spec);
    const at = `r1-web-1@127.0.0.1:${one.port}`;
    const drifts: [what: string, make: () => Promise<unknown>, seen: RegExp][] = [
      [
        "a server in maintenance",
        () => router.admin(`set server ${server} state maint`),
        / runtime= leaving=r1-web-1 /,
      ],
      ["a server draining", () => router.admin(`set server ${server} state drain`), / runtime= leaving=r1-web-1 /],
      ["a server elsewhere", () => router.admin(`set server ${server} addr 127.0.0.9 port 9`), /@127\.0\.0\.9:9 /],
      [
        "a server too many",
        () => router.admin(`add server ${name}/x 127.0.0.1:9; enable server ${name}/x`),
        /:\d+,x@127\.0\.0\.1:9 /,
      ],
      ["a new server not enabled", () => router.admin(`add server ${name}/x 127.0.0.1:9`), / leaving=x /],
      ["a host name gone", () => router.admin(`del map ${map} app.localhost`), / domains=%2a,%2a\.app\.localhost$/],
      ["a host name too many", () => router.admin(`add map ${map} x.localhost ${name}`), /,x\.localhost$/],
      [
        "a host name led elsewhere",
        () => router.admin(`set map ${map} * nobody`),
        / domains=%2a\.app\.localhost,app\.localhost$/,
      ],
      ["its file edited", () => edit(join(router.dir, `conf.d/50-${name}.cfg`), (text) => `${text}# x\n`), /./],
      ["its map edited", () => edit(join(router.dir, `hosts.d/${name}.map`), (text) => `${text}x ${name}\n`), /./],
    ];
    for (const [what, make, seen] of drifts) {
      expect((await router.state()).get(`route:${name}`), `before ${what}`).toBe(good);
      await make();
      const drifted = (await router.state()).get(`route:${name}`);
      expect(drifted, what).toMatch(seen);
      expect(drifted, what).not.toBe(good);
      await succeed(router.apply(spec));
    }
    expect((await router.state()).get(`route:${name}`)).toBe(good);
    expect(good).toContain(` runtime=${at} leaving= `);
    expect((await ask({ port: router.port, host: "x.app.localhost" })).release).toBe("r1");
  },
);

routerTest("drift of the router itself", { timeout: 60_000 }, async () => {
  await using router = await routerHost();
  await using one = await startUpstream("r1");
  const own = async (): Promise<string> => (await router.state()).get("router") ?? "";
  const good = routerAnswer(router.options);
  expect(await own()).toBe("absent");
  await router.base();
  await succeed(router.apply(route(name, "app.localhost", [one])));
  expect(matches(good, await own())).toBe(true);

  await edit(join(router.dir, "hosts.map"), () => "");
  expect(await own()).toMatch(/ hosts=differs$/);
  await router.base();
  expect(matches(good, await own())).toBe(true);

  await edit(join(router.dir, "conf.d/00-base.cfg"), (text) => text.replace("retries 3", "retries 1"));
  expect(matches(good, await own())).toBe(false);
  await router.base();
  expect(matches(good, await own())).toBe(true);

  // Changed and never loaded: the file is right, the worker has another generation.
  const changed = { ...router.options, idleSeconds: 61 };
  await writeFile(join(router.dir, "conf.d/00-base.cfg"), baseConfig(changed));
  expect(matches(routerAnswer(changed), await own())).toBe(false);
  await router.base(changed);
  expect(matches(routerAnswer(changed), await own())).toBe(true);

  await exec(["rm", join(router.dir, `conf.d/50-${name}.cfg`)]);
  expect((await router.state()).get(`route:${name}`)).toMatch(/^stray owner= config=none\./);
});

routerTest.each(["master", "worker"])(
  "the %s killed: apply starts it from the files",
  { timeout: 60_000 },
  async (which) => {
    await using router = await routerHost();
    await using one = await startUpstream("r1");
    const spec = route(name, "app.localhost", [one]);
    await router.base();
    await succeed(router.apply(spec));
    const worker = Number(/^Pid: (\d+)$/m.exec(await router.admin("show info"))?.[1]);
    process.kill(which === "master" ? await router.masterPid() : worker, "SIGKILL");
    await gone(router, await router.masterPid());
    const down = await router.state();
    expect(down.get("router")).toMatch(/^stopped config=/);
    expect(down.get(`route:${name}`)).toMatch(/^written owner=gb-7f3k9q\/production .* runtime= leaving= domains=$/);
    await succeed(router.apply(spec));
    expect((await router.state()).get(`route:${name}`)).toBe(routeAnswer(spec));
    expect((await ask({ port: router.port, host: "app.localhost" })).release).toBe("r1");
  },
);

async function gone(router: RouterHost, pid: number): Promise<void> {
  for (let left = 100; left > 0; left -= 1) {
    const { code } = await exec(["sh", "-c", 'kill -0 "$1" 2>/dev/null', "sh", String(pid)]);
    if (code !== 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect.fail(`${pid} of ${router.run} goes on`);
}

routerTest("state changes nothing outside /dev and /run", { timeout: 60_000 }, async () => {
  await using router = await routerHost();
  await using one = await startUpstream("r1");
  await router.base();
  await succeed(router.apply(route(name, "app.localhost", [one])));
  const script = join(router.dir, "../sync");
  const env = { DROVER_ROUTER_DIR: router.dir, DROVER_ROUTER_RUN: router.run };
  for (const shell of ["dash", "bash"]) {
    const { code, stderr } = await exec(["strace", "-f", "-e", "trace=%file", shell, script, "state"], env);
    expect(code).toBe(0);
    const changes = stderr
      .split("\n")
      .filter((line) =>
        /O_WRONLY|O_RDWR|O_CREAT|\b(mkdir|rename|unlink|link|symlink|chmod|chown|truncate|utime|mknod)/.test(line),
      )
      .filter((line) => !line.includes('"/dev/') && !/\bE[A-Z]+ \(/.test(line) && !/readlink/.test(line));
    expect(changes).toEqual([]);
  }
});
