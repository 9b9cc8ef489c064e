import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askOnce } from "../load/probe.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { drover, exchangesOf, mustRun, type Project, project } from "./command.ts";
import { seedBase } from "./stage.ts";

const missing = await requirement("servers over SSH", requireEngine);
const signal = AbortSignal.timeout(1_500_000);

/** The stack file of the example, with the server in place of this machine: nothing else changes. */
async function onServer(place: Project, destination: string, config: string): Promise<void> {
  const file = join(place.folder, "drover.config.ts");
  const text = await readFile(file, "utf8");
  await place.write("drover.config.ts", swap(text, destination, config));
}

function swap(text: string, destination: string, config: string): string {
  const swapped = text
    .replace("local()", `server("${destination}", { config: "${config}" })`)
    .replace(/\blocal\b(?=,| })/, "server");
  if (swapped === text) throw new Error("the example does not use local()");
  return swapped;
}

describe.skipIf(missing).each([
  ["root", "root@web"],
  ["a user with sudo", "ops@web"],
])("a bare systemd host over SSH, as %s", (_who, destination) => {
  let host: Host;
  let place: Project;
  let env: Record<string, string>;

  beforeAll(async () => {
    [host] = (await startHosts(["web"], { docker: true })) as [Host];
    place = await project("guestbook");
    const config = await sshConfig([host], place.folder);
    await onServer(place, destination, config);
    env = {};
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await place?.[Symbol.asyncDispose]();
  });

  const target = (path: string) => ({ address: host.address, port: 80, host: "guestbook.localhost", path, signal });

  test("goes from nothing to a served app", async () => {
    await mustRun(["up", "--yes", "--only", "container-engine:docker"], { cwd: place.folder, env, signal });
    await seedBase([host], signal);
    const ran = await mustRun(["up", "--yes"], { cwd: place.folder, env, signal });
    expect(ran.stdout).toContain("http://guestbook.localhost");
    expect(await askOnce(target("/up"))).toMatchObject({ kind: "answered", response: { status: 200 } });
    const containers = await host.sh("docker ps --format '{{.Names}}' | wc -l");
    expect(containers.stdout.trim()).toBe("1");
  }, 900_000);

  test("then has nothing to do, which takes one exchange", async () => {
    const before = await host.sh("docker ps --format '{{.ID}} {{.CreatedAt}}'");
    const ran = await mustRun(["up", "--yes", "--json"], { cwd: place.folder, env, signal });
    expect(exchangesOf(ran)).toEqual({ here: 1 });
    expect((await drover(["plan", "--detailed-exitcode"], { cwd: place.folder, env, signal })).code).toBe(0);
    expect((await host.sh("docker ps --format '{{.ID}} {{.CreatedAt}}'")).stdout).toBe(before.stdout);
  });

  test("a fresh checkout without caches sees the same empty plan", async () => {
    await using other = await place.copy();
    const ran = await drover(["plan", "--detailed-exitcode"], { cwd: other.folder, env, signal });
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
  });

  test("survives a reboot of the host", async () => {
    await host.reboot();
    await expect
      .poll(() => askOnce(target("/up")), { timeout: 60_000, interval: 1000 })
      .toMatchObject({ kind: "answered", response: { status: 200 } });
    expect((await drover(["plan", "--detailed-exitcode"], { cwd: place.folder, env, signal })).code).toBe(0);
  });

  test("down removes what is ours, and purge what was brought", async () => {
    await mustRun(["down", "--yes", "--allow-delete", "--purge"], { cwd: place.folder, env, signal });
    const left = await host.sh(
      "ls /var/lib/drover/router 2>/dev/null; command -v docker haproxy; systemctl is-active drover-router docker",
    );
    expect(left.stdout).not.toMatch(/\/docker|\/haproxy|^active/m);
  });
});
