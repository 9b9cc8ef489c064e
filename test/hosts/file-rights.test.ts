import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { type DeclaredInput, directory, file, pkg } from "../../src/index.ts";
import { changesOf } from "../../src/model/plan.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("mode and owner of others' files on a real host", requireEngine);
const signal = AbortSignal.timeout(600_000);
const fine = { problems: [], failures: [] };

let folder = "";
let world: World;
let host: Host;

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

const wanted = (id: string, resources: DeclaredInput[]) => stackOf(world, id, { rights: resources });
const run = (id: string, resources: DeclaredInput[]): Promise<Ran> => up(world, wanted(id, resources));
const trouble = ({ plan, outcome }: Ran): unknown => ({ problems: plan.problems, failures: outcome?.failures ?? [] });
const mode = (path: string): Promise<string> => out(`stat -c '%a %U' ${path}`);

async function undo(resources: DeclaredInput[], to?: string): Promise<string[]> {
  await using drover = createDrover();
  const options = { signal, secrets: world.secrets, emit: () => {} };
  const stack = wanted("one", resources);
  const plan = await drover.planUndo(stack, "rights", to, options);
  expect(plan.problems).toEqual([]);
  expect(plan.notes.filter((note) => note.includes("whole"))).toEqual([]);
  const outcome = await drover.apply(stack, plan, { ...options, allowDelete: false, command: "undo" });
  expect(outcome.failures).toEqual([]);
  return changesOf(plan).map(({ action, id }) => `${action} ${id}`);
}

describe.skipIf(missing)("mode and owner of a file that others made", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["rights"], { aptLists: true })) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-rights-"));
    world = { config: await sshConfig([host], folder), signal, secrets: () => undefined };
    await out("printf theirs >/etc/theirs; chmod 640 /etc/theirs; chown games: /etc/theirs; ! test -e /etc/crontab");
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const closed = [
    pkg("cron"),
    file("/etc/crontab", { mode: "0600" }, { needs: ["package:cron"] }),
    file("/etc/theirs", { mode: "0600" }),
    // Empty, and the package's: it must never go as if we had made it.
    directory("/var/spool/cron/crontabs", { mode: "1730", owner: "root:crontab" }, { needs: ["package:cron"] }),
  ];

  test("are set, also when a package of the same run brings it; then there is nothing to do", async () => {
    const ran = await run("one", closed);
    expect(trouble(ran)).toEqual(fine);
    expect([...ran.changes].sort()).toEqual([
      "create directory:/var/spool/cron/crontabs",
      "create file:/etc/crontab",
      "create package:cron",
      "update file:/etc/theirs",
    ]);
    expect(await mode("/etc/crontab /etc/theirs")).toBe("600 root\n600 games");
    expect(await out("dpkg -V cron; grep -c run-parts /etc/crontab; cat /etc/theirs")).toBe("4\ntheirs");
    const again = await run("one", closed);
    expect({ ...(trouble(again) as object), changes: again.changes }).toEqual({ ...fine, changes: [] });
  });

  test("an undo brings back those of before, and lets go of what a package brought with it; lifted, all is set again", async () => {
    const changes = await undo(closed);
    expect([...changes].sort()).toEqual([
      "delete rights/file:/etc/crontab",
      "delete rights/package:cron",
      "update rights/file:/etc/theirs",
    ]);
    expect(await mode("/etc/theirs")).toBe("640 games");
    // Debian has it in a package of its own, which cron had brought along.
    await out("apt-get -qqy purge cron-daemon-common >/dev/null 2>&1; ! test -e /etc/crontab");
    await using drover = createDrover();
    const options = { signal, secrets: world.secrets, emit: () => {} };
    const lifted = await drover.plan(wanted("one", closed), { ...options, lift: true });
    const outcome = await drover.apply(wanted("one", closed), lifted, {
      ...options,
      allowDelete: false,
      command: "up",
    });
    expect(outcome.failures).toEqual([]);
    expect(await mode("/etc/crontab /etc/theirs")).toBe("600 root\n600 games");
  });

  test("a file that no package brings is told by name, and nothing is made", async () => {
    const ran = await run("none", [pkg("logrotate"), file("/etc/nobodys", {}, { needs: ["package:logrotate"] })]);
    expect(ran.outcome?.failures).toMatchObject([
      { id: "file:/etc/nobodys", message: expect.stringContaining("no package brought a file /etc/nobodys") },
    ]);
    expect(await out("ls /etc/nobodys 2>&1 || true")).toContain("No such file");
    expect(trouble(await run("none", []))).toEqual(fine);
  });

  test("another stack that wants them, too, is refused with both names", async () => {
    for (const fields of [{ mode: "0644" }, { content: "ours\n" }]) {
      const { plan } = await run("two", [file("/etc/theirs", fields)]);
      expect(plan.problems).toMatchObject([
        { code: "CONFLICT", message: "file:/etc/theirs belongs to one/test, and two/test wants it, too" },
      ]);
    }
    expect(await mode("/etc/theirs")).toBe("600 games");
  });

  test("changed by hand, they are drift, and are put right", async () => {
    await out("chmod 666 /etc/crontab");
    await using drover = createDrover();
    const options = { signal, secrets: world.secrets, emit: () => {} };
    const [report] = await drover.drift(wanted("one", closed), options);
    expect(report?.managed).toMatchObject([
      { id: "file:/etc/crontab", was: "file mode=600 owner=root:root", is: "file mode=666 owner=root:root" },
    ]);
    expect((await run("one", closed)).changes).toEqual(["update file:/etc/crontab"]);
    expect(await mode("/etc/crontab")).toBe("600 root");
  });

  test("once it left the stack file it stays as it is, and is anybody's", async () => {
    const ran = await run("one", [pkg("cron")]);
    expect(trouble(ran)).toEqual(fine);
    expect([...ran.changes].sort()).toEqual(["delete file:/etc/crontab", "delete file:/etc/theirs"]);
    expect(await mode("/etc/crontab /etc/theirs")).toBe("600 root\n600 games");
    expect(await out("cat /etc/theirs; stat -c ' %a %G' /var/spool/cron/crontabs")).toBe("theirs 1730 crontab");
    expect((await run("one", [pkg("cron")])).changes).toEqual([]);
    expect(trouble(await run("two", [file("/etc/theirs", { mode: "0644" })]))).toEqual(fine);
    expect(await mode("/etc/theirs")).toBe("644 games");
  });
});
