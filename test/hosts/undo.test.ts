import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { directory, file, pkg, service, user } from "../../src/index.ts";
import { changesOf } from "../../src/model/plan.ts";
import type { Stack } from "../../src/model/stack.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { stackOf, up, type World } from "./world.ts";

const missing = await requirement("undo on a real host", requireEngine);
const signal = AbortSignal.timeout(600_000);
const SECRETS: Record<string, string> = { OLD: "old secret", NEW: "new secret" };

let folder = "";
let world: World;
let host: Host;

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/** Plans and applies an undo; gives what it changed and what it said. */
async function undo(
  stack: Stack,
  to: string | undefined,
  only: readonly string[] = [],
): Promise<{ changes: string[]; notes: readonly string[] }> {
  await using drover = createDrover();
  const options = { signal, secrets: world.secrets, emit: () => {}, only };
  const plan = await drover.planUndo(stack, "cmundo", to, options);
  expect(plan.problems).toEqual([]);
  const outcome = await drover.apply(stack, plan, { ...options, allowDelete: false, command: "undo" });
  expect(outcome.failures).toEqual([]);
  return { changes: changesOf(plan).map((one) => `${one.action} ${one.type}:${one.name}`), notes: plan.notes };
}

const world1 = [
  file("/etc/motd.drover", { content: "first\r\nline" }),
  file("/etc/app.env", { content: { concat: ["PW=", { secret: "OLD" }] }, mode: "0600" }),
  user("ann", { shell: "/bin/sh" }),
  directory("/srv/app", { mode: "0750" }),
];
const world2 = [
  file("/etc/motd.drover", { content: "second\n" }),
  file("/etc/app.env", { content: { concat: ["PW=", { secret: "NEW" }] }, mode: "0640" }),
  user("ann", { shell: "/bin/bash" }),
  user("bob"),
  pkg("cron"),
  service("cron", {}, { needs: ["package:cron"] }),
];

describe.skipIf(missing)("undo of runs", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["cmundo"], { aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-undo-"));
    world = { config: await sshConfig([host], folder), signal, secrets: (name) => SECRETS[name] };
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const stack = (resources: typeof world1): Stack => stackOf(world, "cm-undo", { cmundo: resources });
  const state = (): Promise<string> =>
    out(
      "cat /etc/motd.drover | od -c; cat /etc/app.env; stat -c '%a %U' /etc/app.env /srv/app 2>&1 | sed 's/.*stat/stat/'; " +
        "getent passwd ann | cut -d: -f7; id -nG ann; getent passwd bob || echo no bob; dpkg-query -W -f '${db:Status-Status}' cron 2>/dev/null | grep -x installed || echo no cron",
    );

  test("everything that later runs did goes back, secrets by their references, and is held so", async () => {
    expect((await up(world, stack(world1))).outcome?.ok).toBe(true);
    const then = await state();
    expect((await up(world, stack(world2))).outcome?.ok).toBe(true);
    expect(await state()).not.toBe(then);
    const { notes } = await undo(stack(world2), "1");
    expect(await state()).toBe(then);
    expect(notes.join("\n")).toContain("goes back to what run");
    const again = await up(world, stack(world2));
    expect(again.changes).toEqual([]);
    expect(again.plan.notes.join("\n")).toContain("drover up --lift");
  });

  test("lifted, the file decides again; undone without a number, only the last run goes", async () => {
    await using drover = createDrover();
    const options = { signal, secrets: world.secrets, emit: () => {} };
    const plan = await drover.plan(stack(world2), { ...options, lift: true });
    const outcome = await drover.apply(stack(world2), plan, { ...options, allowDelete: false, command: "up" });
    expect(outcome.failures).toEqual([]);
    const second = await state();
    const third = [...world2.slice(1), file("/etc/motd.drover", { content: "third\n" })];
    expect((await up(world, stack(third))).changes).toEqual(["update file:/etc/motd.drover"]);
    const { changes } = await undo(stack(third), undefined);
    expect(changes).toEqual(["update file:/etc/motd.drover"]);
    expect(await state()).toBe(second);
  });

  test("what is kept no more cannot go back, and is named; the rest does, when it alone is asked for", async () => {
    await using drover = createDrover();
    const options = { signal, secrets: world.secrets, emit: () => {} };
    const [motd, issue] = ["file:/etc/motd.drover", "file:/etc/issue.drover"];
    const both = (text: string) =>
      stack([
        file("/etc/motd.drover", { content: `${text}\n` }),
        file("/etc/issue.drover", { content: `issue ${text}\n` }),
        ...world2.slice(1),
      ]);
    const lifted = await drover.plan(both("fourth"), { ...options, lift: true });
    await drover.apply(both("fourth"), lifted, { ...options, allowDelete: false, command: "up" });
    expect((await up(world, both("fifth"))).outcome?.failures).toEqual([]);
    const sum = await out("printf 'fourth\\n' | sha256sum | cut -d ' ' -f 1");
    await out(`rm /var/lib/drover/blobs/${sum}`);
    const plan = await drover.planUndo(both("fifth"), "cmundo", undefined, options);
    expect(plan.problems).toMatchObject([
      {
        id: `cmundo/${motd}`,
        message: expect.stringMatching(
          /^file:\/etc\/motd.drover cannot go back to run \S+: .*keeps no bytes that fit$/,
        ),
        hint: `leave it out: drover undo cmundo --only ${issue}`,
      },
    ]);
    await expect(undo(both("fifth"), undefined, ["file:/etc/motd"])).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(`did you mean ${motd}?`),
    });
    const { changes } = await undo(both("fifth"), undefined, [issue ?? ""]);
    expect(changes).toEqual([`update ${issue}`]);
    expect(await out("cat /etc/motd.drover /etc/issue.drover")).toBe("fifth\nissue fourth");
    // Held is what went back, and nothing else.
    const again = await up(world, both("sixth"));
    expect(again.changes).toEqual([`update ${motd}`]);
  });
});
