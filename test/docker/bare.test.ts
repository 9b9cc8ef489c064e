import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packages from "../../src/resources/package.ts";
import route from "../../src/resources/route.ts";
import router from "../../src/resources/router.ts";
import ssh from "../../src/transports/ssh.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { brief, DOCKER_TYPES, failures, MACHINE, resource, World } from "./world.ts";

const TYPES = [...DOCKER_TYPES, packages, router, route];
const WANTED = [
  resource("package", "socat", {}, { brought: true }),
  resource("package", "haproxy", { start: false }, { brought: true }),
  resource("container-engine", "docker", {}, { brought: true }),
  resource("network", "brroom.net", { subnet: "10.211.0.0/26" }),
  resource("router", "haproxy", { listen: [{ address: "0.0.0.0", port: 80 }] }, { brought: true }),
  resource("route", "brroom.none", { domains: [], servers: [], drainSeconds: 1 }),
];

describe.skipIf(await requirement("test hosts", requireEngine))("a bare host without an init system", () => {
  let host: Host;
  let folder: string;

  beforeAll(async () => {
    [host] = (await startHosts(["bare"], { docker: true, ca: true, init: "none" })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-bare-"));
    await sshConfig([host], folder);
  }, 600_000);
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function connect(destination = host.name): Promise<World> {
    const options = {
      destination,
      config: join(folder, "ssh_config"),
      ...(destination === host.name ? {} : { sudo: false }),
    };
    const reach = { transport: "ssh", machine: MACHINE, address: host.address, options };
    return World.over(
      "brroom/production",
      await ssh.connect(reach, () => undefined, AbortSignal.timeout(60_000)),
      TYPES,
    );
  }

  test("somebody else's server on port 80 is refused by name and pid before anything is changed", async () => {
    await using world = await connect();
    await host.sh("/usr/sbin/sshd -p 80 -o PidFile=/run/other.pid; sleep 0.5");
    const { problems } = await world.plan(WANTED);
    expect(problems.map(({ code, message }) => `${code} ${message}`)[0]).toMatch(
      /^CONFLICT port 80 is taken by sshd \(pid \d+\)$/,
    );
    await host.sh("kill $(cat /run/other.pid); sleep 0.5");
  });

  test("engine and router are started detached, found again, started after a stop, and removed", {
    timeout: 900_000,
  }, async () => {
    await using world = await connect();
    expect(failures(await world.up(WANTED))).toEqual([]);
    expect(brief(await world.plan(WANTED))).toEqual([]);
    await host.sh("kill $(cat /var/run/docker.pid); kill $(cat /run/drover/router/pid); sleep 3");
    const stopped = await world.plan(WANTED);
    expect(stopped.problems).toEqual([]);
    expect(stopped.changes.map(({ action, type }) => `${action} ${type}`)).toEqual([
      "update container-engine",
      "update router",
      "create network",
      "update route",
    ]);
    const lines = await world.run(stopped.plan);
    expect(failures(lines)).toEqual([]);
    expect(lines.flatMap((line) => (line.t === "done" ? [`${line.id.split(":")[0]} ${line.skipped}`] : []))).toEqual([
      "container-engine false",
      "router false",
      "network true",
      "route true",
    ]);
    expect(brief(await world.plan(WANTED))).toEqual([]);
  });

  test("a user without the right to the engine reads unknown, and is told which right is missing", async () => {
    await using world = await connect(`ops@${host.name}`);
    const { problems, changes } = await world.plan(WANTED.slice(2));
    expect(changes.map(({ name }) => name)).toEqual([]);
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "UNKNOWN_STATE container-engine:docker could not be read: no right to use the container engine's socket",
      "UNKNOWN_STATE router:haproxy could not be read: no right to read /var/lib/drover/router",
      "UNKNOWN_STATE network:brroom.net could not be read: no right to use the container engine's socket",
      "UNKNOWN_STATE route:brroom.none could not be read: no right to read /var/lib/drover/router",
    ]);
  });

  test("with --purge all of it goes", { timeout: 600_000 }, async () => {
    await using world = await connect();
    expect(failures(await world.up([], { purge: true }))).toEqual([]);
    expect(
      (
        await host.sh(
          "command -v dockerd haproxy socat; ls /var/lib/drover/router 2>/dev/null; ps -eo stat=,comm= | grep -v ^Z | grep -e dockerd -e haproxy",
        )
      ).stdout,
    ).toBe("");
    expect(brief(await world.plan([], { purge: true }))).toEqual([]);
  });
});
