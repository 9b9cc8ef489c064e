import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Resource } from "../../src/model/resource.ts";
import type { Json } from "../../src/model/secret.ts";
import { requireEngine, requirement } from "../machines/index.ts";
import { BUSYBOX, docker, makeBusybox } from "./busybox.ts";
import { brief, failures, resource, World } from "./world.ts";

const OWNER = "dkroom/production";
const NET = "dkroom.box";
const FOREIGN = "dkroom-foreign";
const SERVE = ["/bin/httpd", "-f", "-p", "3000", "-h", "/www"];

const engine = resource("container-engine", "docker", {});
const network = resource("network", NET, { subnet: "10.210.255.0/26", app: "box" });

function box(number: number, over: Record<string, Json> = {}, release = "11111111"): Resource {
  const spec = {
    ...{ image: BUSYBOX, app: "box", process: "web", release, group: "box", command: SERVE, user: "10001:10001" },
    ...{ network: NET, address: `10.210.255.${number + 1}`, env: { PORT: "3000" }, stop: 2 },
    proof: { kind: "http", port: 3000, path: "/up", interval: 0.2, timeout: 2, start: 20 },
    ...over,
  };
  return resource("container", `dkroom.box.web.${release}.${number}`, spec, {
    app: "box",
    rollout: { group: "box", role: "new" },
  });
}

function sweep(): void {
  const ids = docker("ps", "-aq", "--filter", "label=drover.owner=dkroom/production");
  for (const id of ids.split("\n").filter((one) => one !== "")) docker("rm", "-f", "-v", id);
  for (const name of docker("volume", "ls", "-q", "--filter", "label=drover.owner=dkroom/production").split("\n")) {
    if (name !== "") docker("volume", "rm", name);
  }
  for (const name of docker("network", "ls", "-q", "--filter", "label=drover.owner=dkroom/production").split("\n")) {
    if (name !== "") docker("network", "rm", name);
  }
}

describe.skipIf(await requirement("container engine", requireEngine))("containers on a real engine", () => {
  beforeAll(() => {
    makeBusybox();
    sweep();
    docker("run", "-d", "--name", FOREIGN, BUSYBOX, "/bin/sleep", "100000");
  });
  afterAll(() => {
    expect(docker("inspect", "-f", "{{.State.Status}}", FOREIGN)).toBe("running");
    docker("rm", "-f", FOREIGN);
    sweep();
  });
  beforeEach(() => sweep());

  test("a container is made, proven, promoted, locked down, and left alone by the next plan", async () => {
    await using world = await World.open(OWNER);
    const wanted = [
      engine,
      network,
      box(1, { limits: { memory: "64m", cpus: 0.5, pids: 50 }, capabilities: ["CHOWN"] }),
    ];
    expect(failures(await world.up(wanted))).toEqual([]);
    const again = await world.plan(wanted);
    expect(again.changes).toEqual([]);
    const seen = JSON.parse(docker("inspect", "dkroom.box.web.11111111.1"))[0];
    expect(seen.HostConfig).toMatchObject({
      RestartPolicy: { Name: "unless-stopped" },
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      CapAdd: ["CHOWN"],
      SecurityOpt: ["no-new-privileges"],
      Init: true,
      LogConfig: { Type: "local", Config: { "max-file": "5", "max-size": "10m" } },
      Memory: 64 * 1024 ** 2,
      MemorySwap: 64 * 1024 ** 2,
      NanoCpus: 5e8,
      PidsLimit: 50,
      PortBindings: {},
    });
    expect(seen.Config).toMatchObject({ User: "10001:10001", StopTimeout: 2 });
    expect(seen.NetworkSettings.Networks[NET].IPAddress).toBe("10.210.255.2");
    expect(
      docker("exec", "dkroom.box.web.11111111.1", "/bin/sh", "-c", "touch /tmp/x && echo yes; touch /x 2>&1; id -u"),
    ).toMatch(/^yes\n.*Read-only.*\n10001$/);
    expect(failures(await world.up([]))).toEqual([]);
    expect(brief(await world.plan([]))).toEqual([]);
    expect(docker("ps", "-aq", "--filter", "label=drover.owner=dkroom/production")).toBe("");
  });

  test("one that does not become healthy is shown with its last lines and taken away", async () => {
    await using world = await World.open(OWNER);
    const dies = box(1, { command: ["/bin/sh", "-c", "echo starting; echo no database >&2; exit 3"] });
    const [failed = ""] = failures(await world.up([engine, network, dies]));
    expect(failed).toContain("ended code=3");
    expect(failed).toContain("exit code 3");
    expect(failed).toContain("no database");
    const silent = box(2, {
      command: ["/bin/sleep", "1000"],
      proof: { kind: "http", port: 3000, path: "/up", interval: 0.2, timeout: 1, start: 2 },
    });
    const [late = ""] = failures(await world.up([engine, network, silent]));
    expect(late).toMatch(/did not become healthy.*\(silent\)/);
    const wrong = box(3, {
      proof: { kind: "http", port: 3000, path: "/nowhere", interval: 0.2, timeout: 1, start: 2 },
    });
    expect(failures(await world.up([engine, network, wrong])).join()).toMatch(/PROBE_FAILED .*code=404|404/);
    expect(docker("ps", "-aq", "--filter", "label=drover.owner=dkroom/production")).toBe("");
  });

  test("half-made containers are finished, stopped ones started, changed ones replaced, foreign ones refused", async () => {
    await using world = await World.open(OWNER);
    const wanted = [engine, network, box(1)];
    expect(failures(await world.up(wanted))).toEqual([]);
    const id = docker("inspect", "-f", "{{.Id}}", "dkroom.box.web.11111111.1");
    docker("update", "--restart", "no", id);
    docker("stop", "-t", "1", id);
    const plan = await world.plan(wanted);
    expect(plan.changes.map(({ action, type }) => `${action} ${type}`)).toEqual(["update container"]);
    expect(failures(await world.run(plan.plan))).toEqual([]);
    expect(brief(await world.plan(wanted))).toEqual([]);
    expect(docker("inspect", "-f", "{{.Id}} {{.HostConfig.RestartPolicy.Name}}", "dkroom.box.web.11111111.1")).toBe(
      `${id} unless-stopped`,
    );
    docker("pause", id);
    expect(failures(await world.up(wanted))).toEqual([]);
    expect(docker("inspect", "-f", "{{.State.Status}}", id)).toBe("running");
    const changed = [engine, network, box(1, { env: { PORT: "3000", MORE: "1" } })];
    const replace = await world.plan(changed);
    expect(replace.changes.map(({ action, because }) => `${action}: ${because}`)).toEqual([
      "replace: what it is made from changed",
    ]);
    expect(failures(await world.run(replace.plan))).toEqual([]);
    expect(brief(await world.plan(changed))).toEqual([]);
    docker("create", "--name", "dkroom.box.web.11111111.2", BUSYBOX, "/bin/sh");
    const foreign = await world.plan([...changed, box(2)]);
    expect(foreign.problems.map((problem) => problem.code)).toEqual(["FOREIGN"]);
    docker("rm", "dkroom.box.web.11111111.2");
  });

  test("secrets: in env and files, compared on the machine, never in a plan; a new value makes a new container", async () => {
    let value = 'p"a$s\nword\\';
    await using world = await World.open(OWNER, undefined, (name) => (name === "GONE" ? undefined : value));
    const secret = { secret: "PASSWORD" };
    const wanted = [
      engine,
      network,
      box(1, {
        env: { PORT: "3000", PASSWORD: secret, URL: { concat: ["db://x:", secret, "@h"] } },
        files: { "/run/secrets/password": secret, "/etc/app.conf": "plain = 1\n" },
      }),
    ];
    const first = await world.plan(wanted);
    expect(JSON.stringify(first.plan)).not.toContain('p\\"a$s');
    expect(first.changes.at(-1)?.notes).toHaveLength(2);
    expect(failures(await world.run(first.plan))).toEqual([]);
    const name = "dkroom.box.web.11111111.1";
    expect(docker("exec", name, "/bin/cat", "/run/secrets/password")).toBe(value);
    expect(docker("exec", name, "/bin/sh", "-c", 'printf %s "$URL"')).toBe(`db://x:${value}@h`);
    expect(docker("exec", name, "/bin/stat", "-c", "%a %u", "/run/secrets/password")).toBe("400 10001");
    expect(brief(await world.plan(wanted))).toEqual([]);
    value = 'p"a$s\nword\\\nlonger';
    const changed = await world.plan(wanted);
    expect(changed.changes.map((change) => change.because)).toEqual(["the value of a secret changed"]);
    expect(failures(await world.run(changed.plan))).toEqual([]);
    expect(brief(await world.plan(wanted))).toEqual([]);
    await using blind = await World.open(OWNER);
    expect(brief(await blind.plan(wanted))).toEqual([]);
  });

  test("a volume is the app's, survives its container, and is deleted only as a loss of data", async () => {
    await using world = await World.open(OWNER);
    const volume = resource("volume", "dkroom.box.data", { app: "box", path: "/www/data", user: "10001:10001" });
    const user = box(1, { volumes: [{ name: "dkroom.box.data", path: "/www/data", copy: false }] });
    const wanted = [engine, network, volume, user];
    expect(failures(await world.up(wanted))).toEqual([]);
    expect(brief(await world.plan(wanted))).toEqual([]);
    docker("exec", "dkroom.box.web.11111111.1", "/bin/touch", "/www/data/kept");
    expect(failures(await world.up([engine, network, volume]))).toEqual([]);
    expect(docker("volume", "ls", "-q", "--filter", "name=dkroom.box.data")).toBe("dkroom.box.data");
    const end = await world.plan([]);
    expect(end.changes.map(({ type, destroys }) => [type, destroys])).toEqual([
      ["network", undefined],
      ["volume", "volume dkroom.box.data and all data in it"],
    ]);
    expect(failures(await world.run(end.plan))).toEqual([]);
    expect(brief(await world.plan([]))).toEqual([]);
  });

  test("a new release stands before the old one goes; an exclusive volume stops the old one first, and it comes back when the new one fails", async () => {
    await using world = await World.open(OWNER);
    const old = [engine, network, box(1)];
    expect(failures(await world.up(old))).toEqual([]);
    const started = box(2, {}, "22222222");
    const order = await world.plan([engine, network, started]);
    expect(order.changes.map(({ action, name }) => `${action} ${name}`)).toEqual([
      "create dkroom.box.web.22222222.2",
      "delete dkroom.box.web.11111111.1",
    ]);
    expect(failures(await world.run(order.plan))).toEqual([]);
    const broken = box(1, { command: ["/bin/sh", "-c", "exit 1"] }, "33333333");
    const stopFirst = { ...broken, rollout: { group: "box", role: "new" as const, stopFirst: true } };
    const paused = await world.plan([engine, network, stopFirst]);
    expect(paused.changes.map(({ action, name }) => `${action} ${name}`)).toEqual([
      "update dkroom.box.web.22222222.2#pause",
      "create dkroom.box.web.33333333.1",
      "delete dkroom.box.web.22222222.2",
    ]);
    expect(failures(await world.run(paused.plan))[0]).toContain("ended code=1");
    expect(
      docker("ps", "-a", "--format", "{{.Names}} {{.State}}", "--filter", "label=drover.owner=dkroom/production"),
    ).toBe("dkroom.box.web.22222222.2 running");
    expect(brief(await world.plan([engine, network, started]))).toEqual([]);
  });

  test("processes without a port have to live for a while", async () => {
    await using world = await World.open(OWNER);
    const proof = { kind: "alive", seconds: 1 };
    const lives = box(1, { process: "worker", command: ["/bin/sleep", "1000"], proof });
    const ends = box(2, { process: "worker", command: ["/bin/sh", "-c", "echo done"], proof });
    const found = failures(await world.up([engine, network, lives, ends]));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("ended code=0");
  });

  test("networks: all subnets are known, an overlap fails, foreign ones stay", async () => {
    await using world = await World.open(OWNER);
    docker("network", "create", "--subnet", "10.210.254.0/28", "dkroom-other");
    try {
      const seen = await world.ask([network]);
      expect(seen.answers.get("network:dkroom-other")).toMatch(
        /^network id=\S+ subnet=10\.210\.254\.0\/28 owner= app=$/,
      );
      const own = resource("network", "dkroom.net", { subnet: "10.210.254.64/26", app: "net" });
      expect(failures(await world.up([engine, own]))).toEqual([]);
      expect(brief(await world.plan([engine, own]))).toEqual([]);
      const foreign = await world.plan([
        engine,
        own,
        resource("network", "dkroom-other", { subnet: "10.210.254.0/28" }),
      ]);
      expect(foreign.problems.map((problem) => problem.code)).toEqual(["FOREIGN"]);
      const moved = resource("network", "dkroom.net", { subnet: "10.210.254.128/26", app: "net" });
      expect(failures(await world.up([engine, moved]))).toEqual([]);
      expect(docker("network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}", "dkroom.net")).toBe(
        "10.210.254.128/26",
      );
      expect(failures(await world.up([engine]))).toEqual([]);
      expect(docker("network", "ls", "-q", "--filter", "name=dkroom-other")).not.toBe("");
    } finally {
      docker("network", "rm", "dkroom-other");
    }
  });

  test("images: ours by name, others' never; one that is in use stays and says so", async () => {
    await using world = await World.open(OWNER);
    const name = "drover/dkroom.box:0123456789ab";
    const wanted = [engine, resource("image", name, { blob: "0123456789abcdef" }, { app: "box" })];
    expect((await world.plan(wanted)).changes.map(({ action, steps }) => [action, steps[0]?.kind])).toEqual([
      ["create", "call"],
    ]);
    docker("tag", BUSYBOX, name);
    docker("tag", BUSYBOX, "drover/dkroom.other.box:1");
    docker("tag", BUSYBOX, "drover/base-test:1");
    expect(brief(await world.plan(wanted))).toEqual([]);
    const pulled = await world.ask([
      resource("image", BUSYBOX, { pull: true }),
      resource("image", "dkroom/none:1", { pull: true }),
    ]);
    expect(pulled.answers.get(`image:${BUSYBOX}`)).toMatch(/^image id=sha256:/);
    expect(pulled.answers.get("image:dkroom/none:1")).toBe("absent");
    expect(
      (await world.plan([engine, resource("image", BUSYBOX, { pull: true })])).changes.map(({ name }) => name),
    ).toEqual([name]);
    expect(failures(await world.up([]))).toEqual([]);
    expect(docker("images", "-q", name)).toBe("");
    expect(docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=drover/*")).toContain(
      "drover/dkroom.other.box:1",
    );
    const missing = await world.up([engine, resource("image", "localhost:1/dkroom/none:1", { pull: true })]);
    expect(failures(missing)[0]).toContain("image:localhost:1/dkroom/none:1: STEP_FAILED");
    docker("rmi", "drover/dkroom.other.box:1", "drover/base-test:1");
  });
});
