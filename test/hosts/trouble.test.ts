import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type DeclaredInput, directory, file, user } from "../../src/index.ts";
import { FORMAT } from "../../src/model/journal.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("hosts in trouble", requireEngine);
const signal = AbortSignal.timeout(3_600_000);
const fine = { problems: [], failures: [] };

function trouble({ plan, outcome }: Ran): { problems: readonly unknown[]; failures: readonly unknown[] } {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

/** A host that is full, may not be written to, is held by somebody else, is newer or in another time: what is said, and what stays. */
describe.skipIf(missing)("a host in trouble", () => {
  let folder = "";
  let world: World;
  let host: Host;

  beforeAll(async () => {
    [host] = (await startHosts(["trouble"])) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-trouble-"));
    world = { config: await sshConfig([host], folder), signal, secrets: () => undefined };
    expect(trouble(await up(world, stack(...resources("one"))))).toEqual(fine);
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  // A test that failed half-way leaves the others alone.
  afterEach(async () => void (await host.sh("umount /var/lib/drover /srv/small; rm -f /usr/local/sbin/date")));

  async function out(script: string): Promise<string> {
    const { stdout, stderr, code } = await host.sh(script);
    if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
    return stdout.trim();
  }

  const stack = (...list: DeclaredInput[]) => stackOf(world, "cm-trouble", { trouble: list });
  const resources = (word: string, size = 10) => [
    directory("/srv/small"),
    file("/srv/small/it", { content: `${word} `.repeat(size) }),
    file("/srv/other", { content: word }),
    user("guest"),
  ];

  test("a full disk: the file stays whole as it was, the rest is done, and the next run finishes", async () => {
    await out(
      "cp -a /srv/small /srv/kept && mount -t tmpfs -o size=16k tmpfs /srv/small && cp -a /srv/kept/. /srv/small/",
    );
    const before = await out("sha256sum </srv/small/it");
    const ran = await up(world, stack(...resources("two", 20_000)));
    expect(ran.outcome?.failures).toMatchObject([
      { id: "file:/srv/small/it", code: "STEP_FAILED", message: expect.stringContaining("No space left on device") },
    ]);
    expect(await out("sha256sum </srv/small/it")).toBe(before);
    expect(await out("cat /srv/other")).toBe("two");
    await out("mount -o remount,size=1m /srv/small");
    expect(trouble(await up(world, stack(...resources("two", 20_000))))).toEqual(fine);
    expect(await out("ls -A /srv/small")).toBe("it");
    expect((await up(world, stack(...resources("two", 20_000)))).changes).toEqual([]);
    await out("cp -a /srv/small/it /srv/kept/it && umount /srv/small && cp -a /srv/kept/. /srv/small/");
  });

  test("a disk with no room for what Drover remembers: refused before anything is touched", async () => {
    await out(
      "cp -a /var/lib/drover /srv/memory && mount -t tmpfs -o size=64k tmpfs /var/lib/drover && cp -a /srv/memory/journal /srv/memory/machine-id /var/lib/drover/",
    );
    const ran = await up(world, stack(...resources("three")));
    expect(ran.plan.problems).toMatchObject([
      { code: "PREFLIGHT", message: expect.stringMatching(/MB of disk are free/) },
    ]);
    expect(await out("cat /srv/other")).toBe("two");
    await out("umount /var/lib/drover; rm -rf /srv/memory");
  });

  test("a root that may not be written to: refused with what to do, and nothing is touched", async () => {
    await out("mount --bind /var/lib/drover /var/lib/drover && mount -o remount,ro,bind /var/lib/drover");
    const ran = await up(world, stack(...resources("three")));
    expect(ran.outcome?.failures).toMatchObject([
      {
        code: "RIGHTS",
        message: "the runner could not be started on trouble",
        evidence: [expect.stringContaining("Read-only file system")],
      },
    ]);
    expect(await out("cat /srv/other")).toBe("two");
    await out("umount /var/lib/drover");
    expect(trouble(await up(world, stack(...resources("three"))))).toEqual(fine);
  });

  test("somebody else at work: told who, and what to do", async () => {
    const slow = [...resources("four"), file("/srv/last", { content: "x" })];
    // Holds the lock as a run of a colleague does.
    await out(`printf '{"run":"r1","by":"ann@laptop","command":"up","stack":"other"}' >/var/lib/drover/holder
      setsid sh -c 'exec 9>>/var/lib/drover/lock; flock 9; sleep 600' </dev/null >/dev/null 2>&1 & echo $! >/srv/pid; sleep 1`);
    expect((await up(world, stack(...slow))).outcome?.failures).toMatchObject([
      { code: "LOCKED", message: "another run holds this machine: ann@laptop with `drover up` of other (run r1)" },
    ]);
    expect(await out("cat /srv/other")).toBe("three");
    await out("kill -- -$(cat /srv/pid); sleep 0.5");
    expect(trouble(await up(world, stack(...slow)))).toEqual(fine);
  });

  test("a journal that a newer Drover wrote is read, and not written", async () => {
    await out("cp -a /var/lib/drover/journal /srv/journal");
    const line = `{"seq":'$(($(wc -l </var/lib/drover/journal) + 1))',"time":"2099-01-01T00:00:00Z","run":"r9","t":"begin","format":${FORMAT + 1},"header":{"owner":"o","stack":"s","by":"b","command":"up","machine":"m","machines":{}}}`;
    await out(`echo '${line}' >>/var/lib/drover/journal; rm -f /var/lib/drover/checkpoint`);
    const before = await out("sha256sum </var/lib/drover/journal");
    const ran = await up(world, stack(...resources("five"))).catch((error: unknown) => error);
    const said = ran instanceof Error ? ran : (ran as Ran).plan.problems[0];
    expect(said).toMatchObject({ code: "FORMAT_NEWER", hint: expect.stringContaining("that version or a newer one") });
    expect(await out("sha256sum </var/lib/drover/journal")).toBe(before);
    expect(await out("cat /srv/other")).toBe("four");
    await out("mv /srv/journal /var/lib/drover/journal");
  });

  test("a clock that is hours off: said, and nothing is decided by it", async () => {
    // The runner and the questions find it first.
    await out(
      `printf '#!/bin/sh\\nexec /bin/date -d "now + 5 hours" "$@"\\n' >/usr/local/sbin/date; chmod 755 /usr/local/sbin/date`,
    );
    const ran = await up(world, stack(...resources("six")));
    expect(trouble(ran)).toEqual(fine);
    expect(ran.plan.notes).toContainEqual(expect.stringMatching(/^trouble: its clock is 5 hours off/));
    expect((await up(world, stack(...resources("six")))).changes).toEqual([]);
    await out("rm /usr/local/sbin/date");
    const back = await up(world, stack(...resources("seven")));
    expect(trouble(back)).toEqual(fine);
    expect(back.plan.notes).toEqual([]);
    expect(await out("cat /srv/other")).toBe("seven");
  });
});
