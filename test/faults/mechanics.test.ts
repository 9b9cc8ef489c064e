import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ShellSession } from "../../src/engine/session/shell.ts";
import { DroverError } from "../../src/lib/error.ts";
import type { Program } from "../../src/model/program.ts";
import ssh from "../../src/transports/ssh.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type ClientFaults, clientFaults } from "./client-faults.ts";
import { parsePoint } from "./point.ts";
import { must, type RunnerFaults, runnerFaults } from "./runner-faults.ts";

/** That a fault hits where it says, and only once: on sessions of the engine, without the rest of the product. */
describe.skipIf(await requirement("fault mechanics", requireEngine))("faults hit where they say", () => {
  let host: Host;
  let folder: string;
  let client: ClientFaults;
  let runner: RunnerFaults;
  const signal = AbortSignal.timeout(120_000);

  beforeAll(async () => {
    [host] = (await startHosts(["mechanics"])) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-mechanics-"));
    await sshConfig([host], folder);
    client = await clientFaults();
    runner = await runnerFaults(host);
    Object.assign(process.env, client.env);
  });
  afterAll(async () => {
    await client?.[Symbol.asyncDispose]();
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function session(): Promise<ShellSession> {
    // A connection that is kept would outlive the cut of the test before.
    const options = { destination: host.name, config: join(folder, "ssh_config"), persist: 0 };
    const reach = { transport: "ssh", machine: "web", address: host.address, options };
    return new ShellSession("web", await ssh.connect(reach, () => undefined, signal), {}, () => undefined);
  }

  const facts = [{ kind: "fact", arg: "all" }];

  test("nothing is hit that is not armed; exchanges are counted as the session counts them", async () => {
    await client.arm(undefined);
    await using open = await session();
    for (let at = 0; at < 3; at += 1) expect((await open.ask(facts, signal)).get("fact:os")).toBe("debian");
    await using other = await session();
    await other.ask(facts, signal);
    expect(await client.counts()).toEqual({ exchanges: open.exchanges + other.exchanges, chunks: 0 });
    expect(client.fired()).toBe(false);
  });

  test.each(["before", "during", "after"])("the link is cut %s the second exchange, once", async (when) => {
    await client.arm(parsePoint(`link:${when}:2`));
    await using open = await session();
    await open.ask(facts, signal);
    const second = open.ask(facts, signal);
    if (when === "after") {
      await second;
      await expect(open.ask(facts, signal)).rejects.toMatchObject({ code: "UNREACHABLE" });
    } else await expect(second).rejects.toMatchObject({ code: "UNREACHABLE" });
    await using other = await session();
    expect((await other.ask(facts, signal)).size).toBeGreaterThan(5);
    expect(client.fired()).toBe(true);
  });

  test("a stream is cut at its first bytes, and the shell lives on", async () => {
    await client.arm(parsePoint("link:stream:1"));
    await using open = await session();
    const stream = await open.open({ argv: ["sh", "-c", "echo one; sleep 5; echo two"] }, signal);
    stream.on("error", () => {}); // It may come after the last byte was read.
    const got = await stream.toArray().catch((error: unknown) => error);
    expect(String(got)).not.toContain("two");
    expect((await client.counts()).chunks).toBe(1);
  });

  test.each(["before", "during", "after"])("the client is killed %s its exchange", async (when) => {
    await client.arm(parsePoint(`client:${when}:1`));
    const config = join(folder, "ssh_config");
    const [code, signalName] = await once(
      spawn(process.execPath, [join(import.meta.dirname, "asker.main.ts"), config, host.name], { stdio: "ignore" }),
      "exit",
    );
    expect([code, signalName]).toEqual([null, "SIGKILL"]);
    expect(client.fired()).toBe(true);
  });

  /** A program of one step, which leaves a file. */
  function program(id: string): Program {
    const header = { owner: "f", stack: "f", by: "t@here", command: "up", machine: "web", machines: {} };
    const note = { kind: "unpin", owner: "f", app: "a" } as const;
    return { id, header, segments: [{ items: [{ kind: "note", note, needs: [] }] }] };
  }

  test.each([
    ["before", 2, ["begin"]],
    ["after", 2, ["begin", "note"]],
    ["within", 3, ["begin", "note", "end"]],
  ] as const)("the runner is killed %s line %d", async (when, at, left) => {
    await must(host, "rm -rf /var/lib/drover/journal");
    await client.arm(undefined);
    await runner.arm(parsePoint(`runner:${when}:${at}`));
    await using open = await session();
    const lines: string[] = [];
    const followed = (async () => {
      for await (const line of open.run(program(`r-${when}`), () => undefined, signal)) lines.push(line.t);
    })();
    if (when === "within") await followed;
    else await expect(followed).rejects.toSatisfy((error) => DroverError.is(error) && error.message.includes("died"));
    expect(lines).toEqual(left);
    expect(await runner.fired()).toBe(true);
    const journal = await must(host, "cat /var/lib/drover/journal");
    expect(
      journal
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).t),
    ).toEqual(left);
    expect(await runner.lines()).toBe(at);
    await must(host, "flock -n /var/lib/drover/lock true");
  });

  test("what dead runs kept on tmpfs goes with the next run; what a living client prepares stays", async () => {
    await client.arm(undefined);
    await runner.arm(parsePoint("runner:after:1"));
    await using open = await session();
    const follow = (id: string) => Array.fromAsync(open.run(program(id), () => undefined, signal));
    await expect(follow("killed")).rejects.toThrow("died");
    const prepare = (id: string, by: string) =>
      `mkdir /var/lib/drover/runs/${id}.new /run/drover/${id}; echo "${by}" >/var/lib/drover/runs/${id}.new/starter`;
    await must(host, `${prepare("gone", "999999 1")}; ${prepare("none", "")}`);
    await must(host, prepare("alive", "1 $(cut -d ' ' -f 22 /proc/1/stat)"));
    expect((await must(host, "ls /run/drover")).split("\n")).toEqual(["alive", "gone", "killed", "none", ""]);
    await follow("next");
    expect(await must(host, "ls /run/drover; ls -d /var/lib/drover/runs/*.new")).toBe(
      "alive\n/var/lib/drover/runs/alive.new\n",
    );
  });
});
