import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
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
import { DOCKER_TYPES, failures, MACHINE, resource, World } from "./world.ts";

const OWNER = "plroom/production";
const TYPES = [...DOCKER_TYPES, packages, router, route];
const SERVE = ["/bin/httpd", "-f", "-p", "3000", "-h", "/www"];

describe.skipIf(await requirement("test hosts", requireEngine))("an app on a bare host over ssh", () => {
  let host: Host;
  let folder: string;
  let world: World;

  beforeAll(async () => {
    makeBusybox();
    [host] = (await startHosts(["place"], { docker: true, ca: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-place-"));
    const config = await sshConfig([host], folder);
    const reach = {
      transport: "ssh",
      machine: MACHINE,
      address: host.address,
      options: { destination: host.name, config },
    };
    world = World.over(OWNER, await ssh.connect(reach, () => undefined, AbortSignal.timeout(60_000)), TYPES);
  }, 600_000);
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await host[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

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
    expect((await world.plan(engine)).changes).toEqual([]);
    execFileSync("sh", ["-c", 'docker save "$1" | docker exec -i "$2" docker load', "sh", BUSYBOX, host.id]);
    const wanted = await lower("site", {
      domains: ["site.localhost"],
      processes: { web: { command: SERVE, scale: 2 }, worker: { command: ["/bin/sleep", "100000"] } },
      volumes: { "/data": { mode: "shared" } },
    });
    const plan = await world.plan(wanted);
    expect(plan.problems).toEqual([]);
    expect(failures(await world.run(plan.plan))).toEqual([]);
    expect(await get("site.localhost")).toContain("200 OK");
    const again = await lower("site", {
      domains: ["site.localhost"],
      processes: { web: { command: SERVE, scale: 2 }, worker: { command: ["/bin/sleep", "100000"] } },
      volumes: { "/data": { mode: "shared" } },
    });
    expect((await world.plan(again)).changes).toEqual([]);
  });
});
