import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Watched, watchUp } from "../load/probe.ts";
import { requireEngine, requirement } from "../machines/index.ts";
import { differences, inventory } from "./inventory.ts";
import { openBareStage, type Stage, seedBase } from "./stage.ts";

const missing = await requirement("living beside others on a host", requireEngine);
const signal = AbortSignal.timeout(1_800_000);

const health = 'health: { path: "/up", interval: 0.2, start: 120 }';
const appOf = (
  name: string,
): string => `${name}: app({ source: "${name}", on: "web", domains: ["${name}.test"], drain: 1, stop: 5,
  volumes: { "/data": { mode: "shared" } }, ${health} })`;

/** Asks all the time while something is done, and tells of every question that was not answered well. */
async function answering<T>(stage: Stage, port: number, name: string, work: () => Promise<T>): Promise<Watched> {
  const target = { address: stage.host.address, port, host: name, path: "/", timeoutMs: 60_000, signal };
  const watch = watchUp({ ...target, everyMs: 20 });
  try {
    await watch.up;
    await work();
  } finally {
    await watch.stop();
  }
  return watch.seen();
}

/** It answered every question of at least this many. */
function expectAnswered(seen: Watched, count = 20): void {
  expect(seen.failures).toEqual([]);
  expect(seen.ok).toBeGreaterThan(count);
}

describe.skipIf(missing)("a machine that has a life of its own", () => {
  let stage: Stage;

  /** Debian's engine and HAProxy with a site of theirs, containers, images, a network, files and a user. */
  const THEIRS = `export DEBIAN_FRONTEND=noninteractive; exec >/dev/null
apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io haproxy busybox-static cron 2>/dev/null
printf 'frontend theirs\n  bind :8080\n  mode http\n  default_backend theirs\nbackend theirs\n  mode http\n  server one 127.0.0.1:8090\n' >>/etc/haproxy/haproxy.cfg
systemctl restart haproxy && systemctl enable haproxy docker 2>/dev/null
tar -C / -c bin/busybox usr/bin/busybox 2>/dev/null | docker import --change 'CMD ["/bin/busybox","httpd","-f","-h","/data"]' - theirs/web:1
docker network create theirs && docker volume create theirs
docker run -d --name theirs --restart always --network theirs -p 127.0.0.1:8090:80 -v theirs:/data theirs/web:1
docker exec theirs /bin/busybox sh -c 'echo theirs >/data/index.html'
docker run --name theirs-ended theirs/web:1 /bin/busybox true
docker tag theirs/web:1 theirs/web:2
useradd --create-home theirs; mkdir -p /srv/site /opt/theirs; echo theirs | tee /srv/site/theirs /opt/theirs/file /etc/theirs.conf`;

  /** Of ours: things of every kind that a host can have, some of them there already. */
  const OURS = `resources: { web: [
    pkg("cron"), pkg("sl"), user("theirs"), user("ours", { system: true, groups: ["adm"] }),
    directory("/srv/site"), directory("/srv/ours", { owner: "ours" }), file("/srv/site/ours", { content: "ours\\n" }),
    file("/srv/ours/file", { content: "ours\\n" }),
    service("ours", { unit: "[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n" }),
  ] }`;

  beforeAll(async () => {
    stage = await openBareStage(["web"], { signal });
    await stage.sh(THEIRS);
  }, 600_000);
  afterAll(() => stage?.[Symbol.asyncDispose]());

  test("keeps exactly that when down --allow-delete --purge takes away what is ours", async () => {
    const before = await inventory(stage.host);
    await seedBase(stage.hosts, signal);
    const seen = await answering(stage, 8080, "theirs.test", async () => {
      await stage.stack(appOf("tiny"), { fields: OURS });
      await stage.must("up", "--yes");
      await stage.source("tiny", { "version.txt": "second\n" });
      await stage.must("up", "--yes");
      expect(await stage.ask("tiny.test", "/save?text=note")).toBe("saved");
      await stage.must("down", "--yes", "--allow-delete", "--purge");
    });
    expect(differences(before, await inventory(stage.host))).toEqual([]);
    expectAnswered(seen);
  }, 900_000);
});

/**
 * What stays of Debian's engine when it is removed: its configuration (with that its folder of data, empty by now, would
 * go) and `netbase`, which came along, and which a package that was there before recommends.
 */
const STAYS = [
  /^\+ (path|bytes) .*\/etc\/.*(docker|containerd|cni)/,
  /^\+ (path|bytes) .*\/var\/lib\/systemd\/deb-systemd-helper-enabled/,
  /^\+ (package rc (docker\.io|containerd) |group docker:)/,
  /^\+ (package ii netbase |(path|bytes) .*\/etc\/(ethertypes|networks|protocols|rpc|services)\b)/,
];

describe.skipIf(missing)("two stacks on one machine", () => {
  const FIRST = { id: "one-1", name: "one" };
  const SECOND = { id: "two-2", name: "two" };
  type Which = typeof FIRST;
  let stage: Stage;
  let bare: ReadonlySet<string>;

  beforeAll(async () => {
    stage = await openBareStage(["web"], { signal });
    bare = await inventory(stage.host);
    for (const { name } of [FIRST, SECOND]) await stage.source(name, { "version.txt": `${name}\n` });
    await drover(FIRST, "up", "--yes", "--only", "container-engine:docker");
    await seedBase(stage.hosts, signal);
    await drover(FIRST, "up", "--yes");
    expect(await stage.ask("one.test", "/save?text=note")).toBe("saved");
  }, 900_000);
  afterAll(() => stage?.[Symbol.asyncDispose]());

  /** A command about one of the two; each has a stack file of its own. */
  async function drover({ id, name }: Which, ...args: string[]): Promise<string> {
    const fields = `resources: { web: [directory("/srv/${name}"), file("/srv/${name}/file", { content: "${name}\\n" })] }`;
    await stage.stack(appOf(name), { id, fields });
    return (await stage.must(...args)).stdout;
  }

  /** The same, while the other has to answer all the time. */
  async function beside(other: Which, which: Which, ...args: string[]): Promise<string> {
    let said = "";
    const seen = await answering(stage, 80, `${other.name}.test`, async () => {
      said = await drover(which, ...args);
    });
    expectAnswered(seen);
    return said;
  }

  /** What there is of one of them, wherever its name may be. */
  async function thingsOf({ id, name }: Which): Promise<string[]> {
    const found = await stage.sh(`docker ps -a --format 'container {{.Names}}'
      docker images --format 'image {{.Repository}}'; docker network ls --format 'network {{.Name}}'
      docker volume ls --format 'volume {{.Name}}'; find /srv -type f
      cat /var/lib/drover/router/conf.d/* /var/lib/drover/router/hosts.map | sed -n 's/.*\\(${id}\\.${name}\\)\\( .*\\)*$/route \\1/p'`);
    const lines = found.split("\n").filter((line) => line.includes(id) || line.startsWith(`/srv/${name}`));
    return [...new Set(lines.map((line) => line.replace(/\.[0-9a-f]{8}\.1$/, "")))].sort();
  }

  const all = ({ id, name }: Which): string[] =>
    [
      ...[`/srv/${name}/file`, `container ${id}.${name}.web`, `image drover/${id}.${name}`],
      ...[`network ${id}.${name}`, `route ${id}.${name}`, `volume ${id}.${name}.data`],
    ].sort();

  /** Engine, router and memory: since when they run, and that they are there. */
  async function brought(): Promise<string[]> {
    const lines = [...(await inventory(stage.host))];
    expect(await stage.sh("systemctl is-active docker drover-router; ls /var/lib/drover/journal")).toBe(
      "active\nactive\n/var/lib/drover/journal",
    );
    return lines.filter((line) => /^(package|manual|service .*Id=docker|service .*drover-router)/.test(line));
  }

  test("stand side by side when the second comes", async () => {
    await beside(FIRST, SECOND, "up", "--yes");
    expect([await thingsOf(FIRST), await thingsOf(SECOND)]).toEqual([all(FIRST), all(SECOND)]);
  });

  test("one goes and the other serves on; volume, engine, router and journal stay", async () => {
    const before = await brought();
    const said = await beside(SECOND, FIRST, "down", "--yes");
    expect(said).toContain("volume:one-1.one.data stays, because it holds data; --allow-delete removes it");
    expect([await thingsOf(FIRST), await thingsOf(SECOND)]).toEqual([["volume one-1.one.data"], all(SECOND)]);
    expect(await brought()).toEqual(before);
    expect([await stage.ask("one.test", "/"), await stage.ask("two.test", "/")]).toEqual([
      "404",
      expect.stringMatching(/^two /),
    ]);
  });

  test("it comes back to its data", async () => {
    await beside(SECOND, FIRST, "up", "--yes");
    expect([await thingsOf(FIRST), await thingsOf(SECOND)]).toEqual([all(FIRST), all(SECOND)]);
    expect(await stage.ask("one.test", "/notes")).toBe("note");
  });

  test("purged, it takes its data along, and leaves what the other uses", async () => {
    const before = await brought();
    await beside(SECOND, FIRST, "down", "--yes", "--allow-delete", "--purge");
    expect([await thingsOf(FIRST), await thingsOf(SECOND)]).toEqual([[], all(SECOND)]);
    expect(await brought()).toEqual(before);
    await drover(SECOND, "plan");
    expect((await stage.run("plan", "--detailed-exitcode")).code).toBe(0);
  });

  test("the last one goes, and what it brought stays until it is purged", async () => {
    await drover(SECOND, "down", "--yes");
    expect(await thingsOf(SECOND)).toEqual(["volume two-2.two.data"]);
    await brought();
  });

  test("purged as the last, it leaves the machine as it was", async () => {
    await drover(SECOND, "down", "--yes", "--allow-delete", "--purge");
    const left = differences(bare, await inventory(stage.host));
    expect(left.filter((line) => !STAYS.some((known) => known.test(line)))).toEqual([]);
  });
});
