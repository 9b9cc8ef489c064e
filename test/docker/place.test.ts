import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppInput, appSchema } from "../../src/model/app.ts";
import { factsOf } from "../../src/model/facts.ts";
import { releaseOf } from "../../src/model/release.ts";
import type { Resource } from "../../src/model/resource.ts";
import place from "../../src/places/docker.ts";
import packages from "../../src/resources/package.ts";
import route from "../../src/resources/route.ts";
import router from "../../src/resources/router.ts";
import ssh from "../../src/transports/ssh.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { BUSYBOX, makeBusybox } from "./busybox.ts";
import { brief, DOCKER_TYPES, failures, MACHINE, resource, World } from "./world.ts";

const OWNER = "plroom/production";
const TYPES = [...DOCKER_TYPES, packages, router, route];
const SERVE = ["/bin/httpd", "-f", "-p", "3000", "-h", "/www"];
/** Debian 13 has Docker 26, and its client as a package of its own. */
const RELEASE = process.env["DROVER_TEST_RELEASE"] === "trixie" ? "trixie" : "bookworm";
const SECRET = "correct horse\nbattery staple";
const SITE = {
  files: { "/run/secrets/key": { secret: "KEY" }, "/etc/site.conf": "plain = 1\n" },
  domains: ["site.localhost"],
  processes: { web: { command: SERVE, scale: 2 }, worker: { command: ["/bin/sleep", "100000"] } },
  volumes: { "/data": { mode: "shared" as const } },
  stop: 1,
  drain: 2,
};

describe.skipIf(await requirement("test hosts", requireEngine))("an app on a bare host over ssh", () => {
  let host: Host;
  let folder: string;
  let world: World;

  beforeAll(async () => {
    makeBusybox();
    [host] = (await startHosts(["place"], { docker: true, ca: true, release: RELEASE })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-place-"));
    await sshConfig([host], folder);
    world = await connect();
  }, 600_000);
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await host[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function connect(): Promise<World> {
    const options = { destination: host.name, config: join(folder, "ssh_config") };
    const reach = { transport: "ssh", machine: MACHINE, address: host.address, options };
    const secrets = (name: string): string | undefined => (name === "KEY" ? SECRET : undefined);
    return World.over(OWNER, await ssh.connect(reach, secrets, AbortSignal.timeout(60_000)), TYPES, secrets);
  }

  async function lower(name: string, input: Omit<AppInput, "on" | "image" | "user">): Promise<Resource[]> {
    const app = appSchema.parse({ image: BUSYBOX, on: MACHINE, user: "10001", health: "/up", ...input });
    const release = releaseOf(name, { image: BUSYBOX, app });
    const target = { machine: MACHINE, owner: OWNER, stackName: "t", formerNames: [], kept: [] };
    const before = place.lower(name, app, release, target, factsOf(new Map()));
    const { answers } = await world.ask(before.resources);
    const after = place.lower(name, app, release, target, factsOf(answers));
    expect(after.resources.map(({ id }) => id)).toEqual(before.resources.map(({ id }) => id));
    return [...after.resources];
  }

  /** The secret as the worker sees it. */
  async function key(): Promise<string> {
    const id = "$(docker ps -q --filter label=drover.process=worker)";
    return (await host.sh(`docker exec ${id} /bin/cat /run/secrets/key`)).stdout;
  }

  async function get(hostHeader: string): Promise<string> {
    return (
      await host.sh(`printf 'GET /up HTTP/1.0\\r\\nHost: ${hostHeader}\\r\\n\\r\\n' | socat -t 5 - TCP:127.0.0.1:80`)
    ).stdout;
  }

  test("engine and router are brought, the app is served; the next plan is empty", { timeout: 600_000 }, async () => {
    const engine = [
      resource("package", "socat", {}, { brought: true }),
      resource("container-engine", "docker", {}, { brought: true }),
    ];
    const first = await world.plan(await lower("site", { processes: { web: { command: SERVE } } }));
    expect(first.problems).toEqual([]);
    expect(failures(await world.up(engine))).toEqual([]);
    expect(brief(await world.plan(engine))).toEqual([]);
    execFileSync("sh", ["-c", 'docker save "$1" | docker exec -i "$2" docker load', "sh", BUSYBOX, host.id]);
    const wanted = await lower("site", SITE);
    const plan = await world.plan(wanted);
    expect(plan.problems).toEqual([]);
    expect(failures(await world.run(plan.plan))).toEqual([]);
    expect(await get("site.localhost")).toContain("200 OK");
    expect(brief(await world.plan(await lower("site", SITE)))).toEqual([]);
    expect(await key()).toBe(SECRET);
    const rests = await host.sh(
      "ls -A /var/lib/drover/files; grep -rl battery /var/lib/drover /etc/systemd; systemctl is-enabled drover-files",
    );
    expect(rests.stdout).toMatch(
      /^\.unseal\nplroom\.site\.web\S+1\nplroom\.site\.web\S+2\nplroom\.site\.worker\S+\nenabled\n$/,
    );
  });

  test("a new release takes over without a lost request; a broken one never gets one", async () => {
    const load = startLoad(host.address, "site.localhost");
    const good = await world.plan(await lower("site", { ...SITE, env: { COLOUR: "blue" } }));
    expect(good.changes.map(({ action, type }) => `${action} ${type}`)).toEqual([
      ...Array(3).fill("create container"),
      "update route",
      ...Array(3).fill("delete container"),
    ]);
    expect(failures(await world.run(good.plan))).toEqual([]);
    expect(brief(await world.plan(await lower("site", { ...SITE, env: { COLOUR: "blue" } })))).toEqual([]);
    const broken = {
      web: { command: ["/bin/sh", "-c", "echo no such file; exit 9"], scale: 2 },
      worker: SITE.processes.worker,
    };
    const found = failures(await world.up(await lower("site", { ...SITE, processes: broken })));
    expect(found[0]).toContain("no such file");
    expect(brief(await world.plan(await lower("site", { ...SITE, env: { COLOUR: "blue" } })))).toEqual([]);
    const { answered, wrong } = await load.end();
    expect(answered).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });

  test("a second app has its own network; names that are taken are refused with both named", async () => {
    const site = await lower("site", { ...SITE, env: { COLOUR: "blue" } });
    const other = (domains: string[]) => lower("other", { domains, processes: { web: { command: SERVE } } });
    const clash = await world.plan([...site, ...(await other(["site.localhost"]))]);
    expect(clash.problems.map(({ code, message }) => [code, message])).toEqual([
      [
        "CONFLICT",
        "plroom.other of plroom/production wants site.localhost, which plroom.site of plroom/production has",
      ],
    ]);
    const both = [...site, ...(await other(["other.localhost"]))];
    expect(failures(await world.up(merge(both)))).toEqual([]);
    expect(await get("other.localhost")).toContain("200 OK");
    expect(await get("nobody.localhost")).toContain("404 Not Found");
    const views = await world.ask(both);
    expect(place.routes(OWNER, views.answers).map(({ app, domains }) => [app, domains])).toEqual([
      ["other", ["other.localhost"]],
      ["site", ["site.localhost"]],
    ]);
    expect(
      place.processes(OWNER, views.answers).map(({ app, process, state }) => `${app} ${process} ${state}`),
    ).toEqual(["other web running", ...["site web running", "site web running", "site worker running"]]);
    expect(failures(await world.up(site))).toEqual([]);
    expect(await get("other.localhost")).toContain("404 Not Found");
  });

  test("a reboot changes nothing: addresses stay, the app answers", async () => {
    const wanted = await lower("site", { ...SITE, env: { COLOUR: "blue" } });
    await world[Symbol.asyncDispose]();
    await host.reboot();
    world = await connect();
    const until = Date.now() + 60_000;
    while (!(await get("site.localhost")).includes("200 OK") && Date.now() < until)
      await new Promise((done) => setTimeout(done, 200));
    expect(brief(await world.plan(wanted))).toEqual([]);
    expect(await get("site.localhost")).toContain("200 OK");
    expect(await key()).toBe(SECRET);
  });

  test("all leaves with the app, the engine only when nobody else is on it", { timeout: 600_000 }, async () => {
    await host.sh(`docker run -d --name foreign ${BUSYBOX} /bin/sleep 100000`);
    expect(failures(await world.up([]))).toEqual([]);
    expect(brief(await world.plan([]))).toEqual([]);
    expect(
      (await host.sh("docker ps -a --format '{{.Names}}'; docker volume ls -q; ls /var/lib/drover/router/conf.d"))
        .stdout,
    ).toBe("foreign\n00-base.cfg\n");
    const purge = await world.plan([], { purge: true });
    expect(purge.problems).toEqual([]);
    expect(purge.changes.find(({ type }) => type === "container-engine")).toMatchObject({
      steps: [],
      notes: ["the container engine stays: others have 1 containers, 0 volumes and 1 images on it"],
    });
    const left = await host.sh(
      "ls -A /var/lib/drover/files /run/drover/files /etc/systemd/system/drover-files.service",
    );
    expect(left.stdout.replace(/^\/.*:$/gm, "").trim()).toBe("");
    await host.sh(`docker rm -f foreign; docker rmi ${BUSYBOX}`);
    expect(failures(await world.up([], { purge: true }))).toEqual([]);
    expect((await host.sh("command -v dockerd; command -v socat; pgrep -x dockerd")).stdout).toBe("");
    expect(brief(await world.plan([], { purge: true }))).toEqual([]);
  });
});

/** Several apps bring the same things. */
function merge(resources: readonly Resource[]): Resource[] {
  return [...new Map(resources.map((one) => [one.id, one])).values()];
}

/** Asks again and again over kept connections, and counts what was not answered well. */
function startLoad(address: string, host: string): { end(): Promise<{ answered: number; wrong: string[] }> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const wrong: string[] = [];
  let answered = 0;
  let going = true;
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const call = request({ agent, host: address, path: "/up", headers: { host } }, (response) => {
        if (response.statusCode !== 200) wrong.push(String(response.statusCode));
        answered += 1;
        response.resume().once("end", resolve);
      });
      call.once("error", (error) => {
        wrong.push(error.message);
        resolve();
      });
      call.end();
    });
  const lanes = Array.from({ length: 4 }, async () => {
    while (going) await one();
  });
  return {
    async end() {
      going = false;
      await Promise.all(lanes);
      agent.destroy();
      return { answered, wrong };
    },
  };
}
