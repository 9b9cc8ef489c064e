import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createDrover } from "../../src/drover.ts";
import { aptRepository, type DeclaredInput, pkg } from "../../src/index.ts";
import type { Plan } from "../../src/model/plan.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { REPOSITORY } from "./repository.ts";
import { stackOf, up, type World } from "./world.ts";

const missing = await requirement("versions of packages on a real host", requireEngine);
const signal = AbortSignal.timeout(900_000);

let folder = "";
let world: World;
let host: Host;
let key = "";

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

const at = (version: string, more: DeclaredInput[] = []) =>
  stackOf(world, "versions", {
    vhost: [
      aptRepository("lab", { uris: ["http://127.0.0.1:8088"], suites: ["stable"], key }),
      pkg("lab-tool", { version }),
      ...more,
    ],
  });
const versionOf = () => out("dpkg-query -W -f '${Version}' lab-tool");
/** What a run writes of packages, and its journal. Of its own folder and the inventory the run before may still be at work. */
const written = () =>
  out("find /var/lib/dpkg /var/lib/apt /var/cache/apt /var/lib/drover/journal -type f -exec sha256sum {} + | sort");

/** Goes back by one run, as far as the plan lets it. */
async function undo(version: string): Promise<{ plan: Plan; failures: readonly string[] }> {
  await using drover = createDrover();
  const options = { signal, secrets: world.secrets, emit: () => undefined };
  const plan = await drover.planUndo(at(version), "vhost", undefined, options);
  if (plan.problems.length > 0) return { plan, failures: [] };
  const { failures } = await drover.apply(at(version), plan, { ...options, allowDelete: false, command: "undo" });
  return { plan, failures: failures.map(({ message, evidence }) => [message, ...(evidence ?? [])].join("\n")) };
}

/** To version 1, and then to version 2: what an undo would go back from. */
async function twoRuns(): Promise<void> {
  await using drover = createDrover();
  const options = { signal, secrets: world.secrets, emit: () => undefined, lift: true };
  for (const version of ["1:1.0-1", "1:2.0-1"]) {
    const plan = await drover.plan(at(version), options);
    expect(plan.problems).toEqual([]);
    const outcome = await drover.apply(at(version), plan, { ...options, allowDelete: false, command: "up" });
    expect(outcome.failures).toEqual([]);
  }
  expect(await versionOf()).toBe("1:2.0-1");
}

const withdraw = "mv /srv/repo/pool/lab-tool_1_1.0-1.deb /srv; publish stable";
const bringBack = "mv /srv/lab-tool_1_1.0-1.deb /srv/repo/pool; publish stable; apt-get -qq update";

describe.skipIf(missing)("versions of packages", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["vhost"], { aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-versions-"));
    world = { config: await sshConfig([host], folder), signal, secrets: () => undefined };
    await out(REPOSITORY);
    await out("pack lab-more 1; publish other; pack lab-tool 1:1.0-1; pack lab-tool 1:2.0-1; publish stable");
    key = await out("cat /srv/lab.asc");
    await out(
      "rm -f /etc/apt/sources.list /var/lib/apt/lists/*_*; echo 'deb [signed-by=/srv/lab.asc] http://127.0.0.1:8088 other main' >/etc/apt/sources.list; apt-get -qq update",
    );
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test("of a repository that the same run brings are not missed", async () => {
    expect(await out("apt-cache madison lab-tool")).toBe("");
    await twoRuns();
  });

  test("that are earlier come back by an undo while they can be had", async () => {
    expect((await undo("1:2.0-1")).failures).toEqual([]);
    expect(await versionOf()).toBe("1:1.0-1");
    await twoRuns();
  });

  test("that a repository has no more come back from what apt kept of them", async () => {
    await out(
      `${withdraw}; apt-get -qq update; rm -f /var/cache/apt/archives/*.deb; cp /srv/lab-tool_1_1.0-1.deb /var/cache/apt/archives/lab-tool_1%3a1.0-1_all.deb`,
    );
    const { plan, failures } = await undo("1:2.0-1");
    expect(failures).toEqual([]);
    expect(JSON.stringify(plan.hosts[0]?.changes[0]?.steps)).toContain("/archives/lab-tool_1%3a1.0-1_all.deb");
    expect(await versionOf()).toBe("1:1.0-1");
    await out(bringBack);
    await twoRuns();
  });

  test("that cannot be had stop the plan, of an undo and of an up, and nothing is written", async () => {
    await out(`${withdraw}; apt-get -qq update; rm -f /var/cache/apt/archives/*.deb`);
    const before = await written();
    const { plan } = await undo("1:2.0-1");
    expect(plan.problems).toEqual([
      expect.objectContaining({
        id: "vhost/package:lab-tool",
        message: expect.stringMatching(
          /^package:lab-tool cannot go back to run \S+: version 1:1\.0-1 cannot be had: what can be had is 1:2\.0-1$/,
        ),
        hint: expect.stringMatching(
          /^add a repository that has it, name another, or fetch the lists \(apt-get update\) and run this again; until then/,
        ),
      }),
    ]);
    const wanted = await up(world, at("3.0", [pkg("lab-more")]));
    expect(wanted.plan.problems.map(({ message }) => message)).toEqual([
      "package:lab-tool: version 3.0 cannot be had: what can be had is 1:2.0-1",
    ]);
    const other = await up(world, at("1:2.0-1", [pkg("lab-nothing", { version: "1" })]));
    expect(other.plan.problems.map(({ message }) => message)).toEqual([
      "package:lab-nothing: version 1 cannot be had: no repository that the machine knows has a package of this name",
    ]);
    expect(await written()).toBe(before);
    expect(await versionOf()).toBe("1:2.0-1");
  });

  test("are left to the run where the lists are old, and it fails in apt's words with all as it was", async () => {
    await out("touch -d '3 days ago' /var/lib/apt/lists /var/lib/apt/lists/partial");
    const { plan, failures } = await undo("1:2.0-1");
    expect(plan.problems).toEqual([]);
    expect(failures.join()).toContain("Version '1:1.0-1' for 'lab-tool' was not found");
    expect(await versionOf()).toBe("1:2.0-1");
  });
});
