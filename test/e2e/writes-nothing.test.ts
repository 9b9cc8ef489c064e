import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changesOf, type Plan } from "../../src/model/plan.ts";
import { resources } from "../../src/registry.ts";
import { requireEngine, requirement } from "../machines/index.ts";
import { EVERY_TYPE, EVERY_TYPE_BEFORE } from "./every-type.ts";
import { openBareStage, type Stage, seed } from "./stage.ts";
import type { Seen } from "./strace.ts";
import { installWitness, watched } from "./witness.ts";

const missing = await requirement("a look at what plan writes", requireEngine);
const signal = AbortSignal.timeout(1_500_000);

/** An app that brings a resource of every type that its place has. */
const APP = `tiny: app({ source: "tiny", on: "web", domains: ["tiny.test"], drain: 1, stop: 5, env: { TOKEN: secret("TOKEN") },
  files: { "/run/secrets/token": secret("TOKEN") }, volumes: { "/data": { mode: "shared" } },
  health: { path: "/up", interval: 0.2, start: 120 } })`;
/** And one of every type that is declared. */
const declared = (word: string, more = ""): string => `resources: { web: [
  pkg("cron"), user("deploy", { groups: ["adm"], comment: "${word}" }), directory("/srv/site", { owner: "deploy" }), ${more}
  file("/srv/site/.token", { content: { concat: ["${word} ", secret("TOKEN"), "\\n"] }, mode: "0600" }),
  service("cron", { config: "${word}" }, { needs: ["package:cron"] }),
] }`;
const ONE = declared("one", 'file("/srv/site/word", { content: "one\\n" }),');
/** What the place of the app brings. */
const PLACE = ["container", "container-engine", "image", "network", "route", "router", "volume"];
/** All of it changes, and a file leaves. */
const TWO = declared("two");

/** What a shell may do to files, and what its tools do unasked; everything that the witness has to see of it. */
const CONTROL = `cd /srv; : >opened; mkdir made; mv opened moved; ln moved linked; ln -s moved pointer; mkfifo pipe
  chmod 600 moved; chown 1 moved; touch moved; rm linked; rmdir made; apt-cache policy cron >/dev/null
  bash -c 'cat >/dev/null <<END
$(head -c 200000 /dev/zero | tr "\\0" x)
END'`;
const CONTROL_SEEN = [
  ...[/^open\w* \/srv\/opened by/, /^mkdir\w* .*made by/, /^rename\w* .*opened .*moved by/, /^link\w* .*linked by/],
  ...[/^symlink\w* .*pointer by/, /^mknod\w* .*pipe by/, /^f?chmod\w* .*moved by/, /^f?chown\w* .*moved by/],
  ...[/^utimensat .*moved by/, /^unlink\w* .*linked by/, /^(rmdir|unlinkat) .*made by/],
  ...[/^open\w* \/var\/cache\/apt\/pkgcache\.bin/, /^open\w* \/tmp\/sh-thd/],
];

/** What keeps records of its own about who logged in and became root. */
const ASIDE = ["/usr/sbin/sshd", "/usr/bin/sudo"];

/** Calls that touch, or would if the kernel let them, anything outside /run and /dev: the call and its paths. */
function outside({ writes }: Seen): string[] {
  return writes
    .filter(({ program }) => !ASIDE.includes(program))
    .filter(({ paths }) => !paths.every((path) => /^\/(run|dev)\//.test(path)))
    .map(({ program, call, paths }) => `${call} ${paths.join(" ")} by ${program}`);
}

describe.skipIf(missing)("what plan writes on a target", () => {
  const users = ["root", "ops"];
  let stage: Stage;

  beforeAll(async () => {
    stage = await openBareStage(["web"], { signal });
    stage.env["TOKEN"] = "an open secret";
    await installWitness(stage.host);
  }, 600_000);
  afterAll(() => stage?.[Symbol.asyncDispose]());

  /** Runs a script as the product would: in a shell over SSH, by sudo where the user is not root. */
  async function overSsh(user: string, script: string): Promise<number> {
    const config = `${stage.place.folder}/ssh_config`;
    const argv = ["-F", config, `${user}@web`, user === "root" ? "sh" : "sudo -n -- sh"];
    const child = spawn("ssh", argv, { stdio: ["pipe", "ignore", "pipe"] });
    const ended = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
    child.stdin.end(script);
    const errors = await text(child.stderr);
    if ((await ended) !== 0) throw new Error(errors);
    return ended;
  }

  async function planned(fields: string, user: string): Promise<{ plan: Plan; seen: Seen }> {
    await stage.stack(APP, { user, fields });
    const { result, ...seen } = await watched(stage.host, () => stage.must("plan", "--json"));
    return { plan: JSON.parse(result.stdout), seen };
  }

  /** The shell and what it started was looked at, all the way down. */
  function expectLook(seen: Seen, user: string): void {
    const expected = ["/bin/sh", "/usr/bin/stat", "/usr/bin/dpkg-query", ...(user === "root" ? [] : ["/usr/bin/sudo"])];
    expect(seen.programs).toEqual(expect.arrayContaining(expected));
  }

  test.each(users)("would be seen: the witness sees all that a shell of %s does to files", async (user) => {
    const seen = await watched(stage.host, () => overSsh(user, CONTROL));
    const found = outside(seen);
    expect(CONTROL_SEEN.filter((call) => !found.some((line) => call.test(line)))).toEqual([]);
    await stage.sh("rm -rf /srv/* /var/cache/apt/*.bin");
  });

  test.each(users)("is nothing where it asks about every type that can be declared, as %s", async (user) => {
    await stage.stack("", { user, fields: EVERY_TYPE, before: EVERY_TYPE_BEFORE });
    // Some cannot be had on a bare host: that is told as a problem, and nothing is written for it either.
    const { result, ...seen } = await watched(stage.host, () => stage.run("plan", "--json"));
    const plan = JSON.parse(result.stdout) as Plan;
    const ids = [...changesOf(plan).map(({ id }) => id), ...plan.problems.map(({ id = "" }) => id)];
    const types = new Set(ids.map((id) => id.replace(/^web\/([a-z-]+):.*$/s, "$1")));
    // What holds already is no change.
    const quiet = ["assert", "wait-for", "reboot"];
    const declared = resources.map(({ type }) => type).filter((type) => !PLACE.includes(type));
    expect(declared.filter((type) => !types.has(type) && !quiet.includes(type))).toEqual([]);
    for (const type of quiet) expect(EVERY_TYPE).toContain(`${type === "wait-for" ? "waitFor" : type}(`);
    expectLook(seen, user);
    expect(outside(seen)).toEqual([]);
  });

  test.each(users)("is nothing on a bare host, as %s, with an app and all that it brings in the plan", async (user) => {
    const { plan, seen } = await planned(ONE, user);
    const types = [...new Set(changesOf(plan).map(({ type }) => type))].sort();
    expect(types).toEqual([...PLACE, "directory", "file", "package", "service", "user"].sort());
    expectLook(seen, user);
    expect(outside(seen)).toEqual([]);
    expect(await stage.sh("ls -d /var/lib/drover /var/cache/apt/*.bin /var/lib/apt/lists/* 2>/dev/null; :")).toBe("");
  });

  describe("on a host where all of it is up", () => {
    beforeAll(async () => {
      await seed(stage, { signal });
      await stage.stack(APP, { fields: ONE });
    }, 600_000);

    test("is seen when it is an up: the witness sees what the product itself writes", async () => {
      const seen = await watched(stage.host, () => stage.must("up", "--yes"));
      expect(outside(seen).filter((line) => line.includes(" /var/lib/drover/runs/")).length).toBeGreaterThan(5);
      await stage.source("tiny", { "version.txt": "second\n" });
    });

    test.each(users)("is nothing, as %s, with everything changed and a file to be removed", async (user) => {
      const { plan, seen } = await planned(TWO, user);
      expect([...new Set(changesOf(plan).map(({ action }) => action))].sort()).toEqual(["create", "delete", "update"]);
      expectLook(seen, user);
      expect(seen.programs).toEqual(expect.arrayContaining(["/usr/bin/docker", "/usr/bin/socat"]));
      expect(outside(seen)).toEqual([]);
    });

    test("is nothing where bash, which puts here-documents into files, is the shell", async () => {
      await stage.sh("ln -sf bash /usr/bin/sh");
      const { seen } = await planned(TWO, "root");
      await stage.sh("ln -sf dash /usr/bin/sh");
      expectLook(seen, "root");
      expect(outside(seen)).toEqual([]);
    });
  });
});
