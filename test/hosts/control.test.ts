import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import {
  assert,
  command,
  type DeclaredInput,
  directory,
  file,
  pkg,
  reboot,
  secret,
  user,
  waitFor,
} from "../../src/index.ts";
import { changesOf } from "../../src/model/plan.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("programs, waits and assertions on real hosts", requireEngine);
const signal = AbortSignal.timeout(3_600_000);
const SECRET = "it's $(secret) of control";

let folder = "";
let world: World;
let host: Host;

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

/** The host goes down by itself, and its container with it. */
async function isOff(): Promise<void> {
  for (let look = 0; look < 240; look += 1) {
    const answer = await host.sh("true").catch(() => undefined);
    if (answer?.code !== 0) return;
    await new Promise((next) => setTimeout(next, 500));
  }
  throw new Error("the host did not go down");
}

const fine = { problems: [], failures: [] };

describe.skipIf(missing)("control on real hosts", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["control"], { aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-control-"));
    world = {
      config: await sshConfig([host], folder),
      signal,
      secrets: (name) => (name === "TOKEN" ? SECRET : undefined),
    };
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const stack = (...resources: DeclaredInput[]) => stackOf(world, "cm-control", { control: resources });
  const build = (word: string) => [
    user("app"),
    directory("/srv/app", { owner: "app" }),
    file("/srv/build", {
      content: '#!/bin/sh\nread -r token\nprintf "%s %s" "$1" "$MODE" >it\nid -un >who\n',
      mode: "0755",
    }),
    command("build", {
      run: ["/srv/build", word],
      check: ["grep", "-qxF", `${word} it's $(x)`, "it"],
      user: "app",
      cwd: "/srv/app",
      env: { MODE: "it's $(x)" },
      stdin: secret("TOKEN"),
    }),
  ];

  test("a program whose user, folder and file come before it runs in the same run, and not again", async () => {
    const ran = await up(world, stack(...build("one")));
    expect(trouble(ran)).toEqual(fine);
    expect(await out("cat /srv/app/it /srv/app/who")).toBe("one it's $(x)app");
    expect(JSON.stringify([ran.plan, ran.events])).not.toContain("of control");
    expect(await out("grep -rc 'of control' /var/lib/drover /var/log | grep -v ':0$' || true")).toBe("");
    expect((await up(world, stack(...build("one")))).changes).toEqual([]);
  });

  test("its check runs without a trace: no file is written by a plan", async () => {
    await out("touch /run/before; sleep 0.1");
    expect((await up(world, stack(...build("one")))).changes).toEqual([]);
    const written = await out(
      "find / -xdev -newer /run/before -type f ! -path '/proc/*' ! -path '/sys/*' ! -path '/var/log/journal/*' 2>/dev/null",
    );
    expect(
      written.split("\n").filter((path) => !/^\/(run|tmp|var\/log|var\/lib\/systemd)\//.test(path) && path !== ""),
    ).toEqual([]);
    expect(await out("journalctl --no-pager -o cat | grep -c 'for user app' || true")).toBe("0");
  });

  test("what its check finds undone is done again, and only that", async () => {
    await out("rm /srv/app/it");
    const ran = await up(world, stack(...build("one")));
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual(["create command:build"]);
  });

  test("one that does not do what its check wants has failed, with the check's words, and is undone", async () => {
    const wrong = command("wrong", {
      run: ["touch", "/srv/half"],
      check: ["sh", "-c", "echo 'it is not so'; exit 4"],
      undo: ["rm", "-f", "/srv/half"],
    });
    const ran = await up(world, stack(...build("one"), wrong));
    expect(ran.outcome?.failures[0]?.evidence.join("\n")).toContain("it is not so");
    expect(await out("ls /srv")).not.toContain("half");
    const late = command("late", { run: ["sleep", "60"], creates: "/srv/never", within: 1 });
    const slow = await up(world, stack(...build("one"), late));
    expect(slow.outcome?.failures[0]?.message).toContain("no end within 1 s");
  });

  test("what waits goes on when it is reached, and blocks what needs it when it is not", async () => {
    const wait = (within: number) => [
      waitFor("there", { path: "/run/reached", within }),
      file("/srv/after", { content: "after\n" }, { needs: ["wait-for:there"] }),
    ];
    const blocked = await up(world, stack(...build("one"), ...wait(1)));
    expect(blocked.outcome?.failures.map((failure) => failure.id)).toContain("wait-for:there");
    expect(blocked.outcome?.failures[0]?.message).toContain("/run/reached was not reached within 1 s");
    expect(await out("ls /srv")).not.toContain("after");
    await out("systemd-run --quiet --collect sh -c 'sleep 3; touch /run/reached'");
    const went = await up(world, stack(...build("one"), ...wait(60)));
    expect(trouble(went)).toEqual(fine);
    expect(await out("cat /srv/after")).toBe("after");
    expect((await up(world, stack(...build("one"), ...wait(60)))).changes).toEqual([]);
  });

  test("what a wait asks with may come with a package of the same run", async () => {
    const url = [
      pkg("curl"),
      waitFor("web", { url: "http://127.0.0.1:8099/", within: 60 }, { needs: ["package:curl"] }),
    ];
    const answer = 'sysread(C,$b,999); syswrite(C,"HTTP/1.0 204 No\\r\\n\\r\\n"); close C';
    const listen = "socket(S,PF_INET,SOCK_STREAM,6); bind(S,sockaddr_in(8099,INADDR_LOOPBACK)); listen(S,5)";
    await out(`systemd-run --quiet --collect perl -MSocket -e '${listen}; while(accept(C,S)) { ${answer} }'`);
    const ran = await up(world, stack(...build("one"), ...url));
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toContain("create wait-for:web");
    expect((await up(world, stack(...build("one"), ...url))).changes).toEqual([]);
  });

  test("an assertion that does not hold refuses the plan, with the evidence", async () => {
    const ok = assert("debian", { fact: "os", is: ["debian"], says: "made for Debian" });
    expect(trouble(await up(world, stack(...build("one"), ok)))).toEqual(fine);
    const bad = assert("disk", {
      command: ["sh", "-c", "echo /data is not mounted; exit 32"],
      says: "attach the disk",
    });
    const ran = await up(world, stack(...build("two"), bad));
    expect(ran.outcome).toBeUndefined();
    expect(ran.plan.problems.map((problem) => problem.message)).toEqual([
      "assert:disk does not hold: attach the disk (sh -c echo /data is not mounted; exit 32 ended with 32: /data is not mounted)",
    ]);
    expect(await out("cat /srv/app/it")).toBe("one it's $(x)");
  });

  const started = () => out("sed 's/.*) //' /proc/1/stat | cut -d ' ' -f 20");
  const booting = (what: string) => [
    ...build("one"),
    file(`/srv/before-${what}`, { content: "before\n" }),
    reboot({ when: "changed", of: [what] }, { needs: [`file:/srv/before-${what}`] }),
    file(`/srv/booted-${what}`, { content: secret("TOKEN"), mode: "0600" }, { needs: ["reboot:main"] }),
    file(`/srv/also-${what}`, { content: "also\n" }, { needs: ["reboot:main"] }),
  ];

  test("the run goes on after a boot, with what was on tmpfs, and boots once", async () => {
    const before = await started();
    const running = up(world, stack(...booting("kernel-2")));
    await isOff();
    await host.reboot();
    const ran = await running;
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual([
      "create file:/srv/before-kernel-2",
      "update reboot:main",
      "create file:/srv/booted-kernel-2",
      "create file:/srv/also-kernel-2",
    ]);
    expect(await out("cat /srv/booted-kernel-2")).toBe(SECRET);
    const booted = await started();
    expect(booted).not.toBe(before);
    const run = await out('tail -n 1 /var/lib/drover/journal | sed \'s/.*"run":"\\([^"]*\\)".*/\\1/\'');
    const lines = await out(
      `grep '"run":"${run}"' /var/lib/drover/journal | sed 's/.*"t":"\\([a-z]*\\)".*/\\1/' | sort | uniq -c`,
    );
    expect(lines.split("\n").map((line) => line.trim().split(" ").reverse().join(" "))).toEqual(
      expect.arrayContaining(["begin 1", "start 4", "done 4", "end 1"]),
    );
    expect(await out("ls /run/drover")).toBe("");
    expect((await up(world, stack(...booting("kernel-2")))).changes).toEqual([]);
    expect(await started()).toBe(booted);
  });

  test("a boot whose client is gone is finished by the next run, which boots no more", async () => {
    const gone = new AbortController();
    const first = up({ ...world, signal: gone.signal }, stack(...booting("kernel-3"))).then(
      () => "went on",
      (error: unknown) => (error as { code?: string }).code,
    );
    await isOff();
    gone.abort();
    expect(await first).toBe("CANCELLED");
    await host.reboot();
    expect(await out("ls /srv/before-kernel-3 /srv/booted-kernel-3 2>/dev/null || true")).toBe("/srv/before-kernel-3");
    const booted = await started();
    const second = await up(world, stack(...booting("kernel-3")));
    expect(trouble(second)).toEqual(fine);
    expect(second.changes.filter((change) => !change.startsWith("delete"))).toEqual([
      "create file:/srv/booted-kernel-3",
      "create file:/srv/also-kernel-3",
    ]);
    expect(await started()).toBe(booted);
  });

  test("a boot that a package asks for is planned, and only then", async () => {
    const asked = stack(...build("one"), reboot());
    expect(trouble(await up(world, asked))).toEqual(fine);
    expect((await up(world, asked)).changes).toEqual([]);
    await out("touch /run/reboot-required");
    await using drover = createDrover();
    const plan = await drover.plan(asked, { signal, secrets: world.secrets, emit: () => undefined });
    expect(changesOf(plan).map(({ action, id }) => `${action} ${id}`)).toEqual(["update control/reboot:main"]);
    await out("rm /run/reboot-required");
  });

  test("what leaves the file leaves nothing to do", async () => {
    expect(trouble(await up(world, stack()))).toEqual(fine);
    expect((await up(world, stack())).changes).toEqual([]);
  });
});
