import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { output } from "../../src/authoring/output.ts";
import { secret } from "../../src/authoring/secret.ts";
import { text } from "../../src/authoring/text.ts";
import { file, user } from "../../src/index.ts";
import { changesOf } from "../../src/model/plan.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("references between hosts", requireEngine);
const signal = AbortSignal.timeout(600_000);

describe.skipIf(missing)("references between hosts", () => {
  let hosts: readonly Host[] = [];
  let folder = "";
  let world: World;

  beforeAll(async () => {
    hosts = await startHosts(["refa", "refb"]);
    folder = await mkdtemp(join(tmpdir(), "drover-references-"));
    const config = await sshConfig(hosts, folder);
    world = { config, signal, secrets: (name) => (name === "PASSWORD" ? "s3cret" : undefined) };
  });
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true, force: true });
  });

  const run = (): Promise<Ran> =>
    up(
      world,
      stackOf(world, "refs", {
        refa: [
          user("worker", { system: true }),
          file("/etc/worker.conf", { content: text`uid=${output("user:worker", "uid")}\n` }),
          file("/etc/back.conf", { content: text`sum=${output("refb/file:/etc/peer.conf", "sha256")}\n` }),
        ],
        refb: [
          file("/etc/peer.conf", {
            content: text`${output("refa/user:worker", "uid")}@${output("refa", "address")}\n`,
          }),
          file("/etc/peer.url", {
            content: text`pg://app:${secret("PASSWORD")}@${output("refa", "address")}/${output("refa/user:worker", "uid")}`,
            mode: "0600",
          }),
        ],
      }),
    );

  const out = async (at: 0 | 1, script: string): Promise<string> => {
    const { stdout, code, stderr } = (await hosts[at]?.sh(script)) ?? { stdout: "", code: 1, stderr: "no host" };
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  };

  test("what is known after apply waits for it, also on the other host, and back again", async () => {
    const ran = await run();
    expect({ problems: ran.plan.problems, failures: ran.outcome?.failures }).toEqual({ problems: [], failures: [] });
    const pending = changesOf(ran.plan).filter((change) => change.pending !== undefined);
    expect(pending.map(({ id }) => id).sort()).toEqual([
      "refa/file:/etc/back.conf",
      "refa/file:/etc/worker.conf",
      "refb/file:/etc/peer.conf",
      "refb/file:/etc/peer.url",
    ]);
    const uid = await out(0, "id -u worker");
    expect(await out(0, "cat /etc/worker.conf")).toBe(`uid=${uid}`);
    expect(await out(1, "cat /etc/peer.conf")).toBe(`${uid}@${hosts[0]?.address}`);
    expect(await out(1, "cat /etc/peer.url")).toBe(`pg://app:s3cret@${hosts[0]?.address}/${uid}`);
    expect(await out(0, "cat /etc/back.conf")).toBe(`sum=${(await out(1, "sha256sum /etc/peer.conf")).split(" ")[0]}`);
    expect(JSON.stringify([ran.plan, ran.events])).not.toContain("s3cret");
  });

  test("then there is nothing to do, and what the outputs say is compared", async () => {
    expect((await run()).changes).toEqual([]);
    await out(1, "printf 'wrong' >/etc/peer.url; echo wrong >/etc/peer.conf");
    const ran = await run();
    expect(ran.changes).toEqual(["update file:/etc/peer.conf", "update file:/etc/peer.url"]);
    expect(ran.outcome?.failures).toEqual([]);
    expect((await run()).changes).toEqual([]);
  });

  test("what it refers to failed: it is blocked by it, and nothing is written", async () => {
    await out(0, "userdel worker; rm /etc/worker.conf; ln -s /nonexistent /etc/passwd.lock; touch /etc/.pwd.lock");
    await out(1, "rm /etc/peer.conf /etc/peer.url");
    await out(0, "mv /usr/sbin/useradd /usr/sbin/useradd.away");
    const ran = await run();
    expect(ran.outcome?.ok).toBe(false);
    expect(ran.outcome?.failures.map(({ id }) => id)).toContain("user:worker");
    expect((await hosts[1]?.sh("test ! -e /etc/peer.conf -a ! -e /etc/peer.url"))?.code).toBe(0);
    await out(0, "mv /usr/sbin/useradd.away /usr/sbin/useradd; rm -f /etc/passwd.lock");
    expect((await run()).outcome?.failures).toEqual([]);
    expect((await run()).changes).toEqual([]);
  });
});
