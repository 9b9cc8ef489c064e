import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { HostStatus, LogLine, ReleaseEntry } from "../../src/api.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { appSchema } from "../../src/model/app.ts";
import { cli, folderWith, snapshot } from "./harness.ts";
import { changeOf, planOf, scripted } from "./scripted.ts";

const STACK = `import { app, defineStack, local, secret } from "drover";
export default defineStack({ id: "gb-1", name: "guestbook", machines: { here: local() },
  apps: { web: app({ image: "x", on: "here", env: { KEY: secret("API_KEY") } }) } });`;
const files = { "drover.config.ts": STACK };
const PLAN = planOf([
  changeOf("create", "/etc/a", { diff: [{ path: "mode", from: "", to: "0644" }] }),
  changeOf("update", "/etc/b", { diff: [{ path: "content", from: "old", to: "new" }], notes: ["a gap of 2 s"] }),
  changeOf("delete", "/etc/c"),
]);
const LOSS = planOf([changeOf("delete", "/data", { destroys: "the volume data" })]);

describe("plan", () => {
  it("shows what would change and exits with 0, or with 2 when asked to tell", async () => {
    using folder = folderWith(files);
    const options = { cwd: folder.path, drover: scripted({ plan: PLAN }) };
    const ran = await cli(["plan"], options);
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.out).toContain(`
here
  + file:/etc/a
      mode  0644
  ~ file:/etc/b
      content  old → new
      note: a gap of 2 s
  - file:/etc/c

1 to create, 1 to update, 1 to delete, 2 unchanged
`);
    expect((await cli(["plan", "--detailed-exitcode"], options)).code).toBe(2);
    const nothing = { cwd: folder.path, drover: scripted({}) };
    expect(await cli(["plan", "--detailed-exitcode"], nothing)).toMatchObject({ code: 0 });
  });

  it("prints one JSON document with --json", async () => {
    using folder = folderWith(files);
    const ran = await cli(["--json", "plan"], { cwd: folder.path, drover: scripted({ plan: PLAN }) });
    expect(JSON.parse(ran.out)).toEqual(JSON.parse(JSON.stringify(PLAN)));
  });

  it("exits with 1 when it has problems, and tells them", async () => {
    using folder = folderWith(files);
    const problem = {
      code: "FOREIGN",
      message: "the file is not ours",
      hint: "drover adopt here/file:/x",
      id: "here/file:/x",
    } as const;
    const ran = await cli(["plan"], { cwd: folder.path, drover: scripted({ plan: planOf([], {}, [problem]) }) });
    expect(ran.code).toBe(1);
    expect(ran.out).toContain("problem: the file is not ours\n  in here/file:/x\n  fix: drover adopt here/file:/x\n");
  });

  it("shows escape sequences instead of obeying them", async () => {
    using folder = folderWith(files);
    const plan = planOf([
      changeOf("create", "/etc/\u001b[2Jx", { diff: [{ path: "content", from: "", to: "a\r\nb" }] }),
    ]);
    const ran = await cli(["plan"], { cwd: folder.path, drover: scripted({ plan }) });
    expect(ran.out).toContain("+ file:/etc/\\u001b[2Jx\n      content  a\\u000d\\u000ab\n");
  });
});

describe("up", () => {
  it("needs --yes where nobody can be asked, and touches nothing without", async () => {
    using folder = folderWith(files);
    const drover = scripted({ plan: PLAN });
    const ran = await cli(["up"], { cwd: folder.path, drover });
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(
      "error: there is nobody to ask here: 1 to create, 1 to update, 1 to delete, 2 unchanged\n  fix: add --yes",
    );
    expect(drover.calls).toEqual(["plan"]);
  });

  it("applies what was shown", async () => {
    using folder = folderWith(files);
    const drover = scripted({
      plan: PLAN,
      outcome: {
        ok: true,
        changed: 3,
        failures: [],
        urls: [{ url: "http://x.localhost/", app: "web", from: "client", status: 200 }],
      },
    });
    const ran = await cli(["deploy", "--yes"], { cwd: folder.path, drover });
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("✔ done, 3 changes\n→ http://x.localhost/  web answers (200)\n");
    expect(drover.calls).toEqual(["plan", "apply up same false"]);
  });

  it("proves without asking when there is nothing to do", async () => {
    using folder = folderWith(files);
    const drover = scripted({});
    const ran = await cli(["up"], { cwd: folder.path, drover });
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.out).toBe("✔ nothing to do, 2 unchanged\n");
    expect(drover.calls).toEqual(["plan", "apply up same false"]);
  });

  it("destroys data with --allow-delete only", async () => {
    using folder = folderWith(files);
    const drover = scripted({ plan: LOSS });
    const refused = await cli(["up", "--yes"], { cwd: folder.path, drover });
    expect(refused.code).toBe(1);
    expect(refused.out).toContain("destroys the volume data (needs consent: --allow-delete)");
    expect(refused.err).toContain(
      "error: this plan destroys data\n  | here/file:/data: the volume data\n  fix: add --allow-delete",
    );
    expect(drover.calls).toEqual(["plan"]);
    expect((await cli(["up", "--yes", "--allow-delete"], { cwd: folder.path, drover })).code).toBe(0);
    expect(drover.calls.at(-1)).toBe("apply up same true");
  });

  it("tells failures with place, evidence and fix, and exits with 1", async () => {
    using folder = folderWith(files);
    const failure = {
      machine: "here",
      id: "container:web",
      code: "PROBE_FAILED",
      message: "web never answered",
      evidence: ["exit code 3", "boom"],
      hint: "drover logs web",
    };
    const drover = scripted({ plan: PLAN, outcome: { ok: false, changed: 1, failures: [failure], urls: [] } });
    const ran = await cli(["up", "-y"], { cwd: folder.path, drover });
    expect(ran.code).toBe(1);
    expect(ran.out).toContain(
      "failed: web never answered\n  in here container:web\n  | exit code 3\n  | boom\n  fix: drover logs web\n",
    );
  });

  it("prints events as NDJSON with --json", async () => {
    using folder = folderWith(files);
    const ran = await cli(["up", "--yes", "--json"], { cwd: folder.path, drover: scripted({ plan: PLAN }) });
    const events = ran.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).event);
    expect(events).toEqual(["planned", "done", "outcome"]);
  });

  it("never shows the value of a secret", async () => {
    using folder = folderWith(files);
    const value = "hunter2-hunter2";
    const failure = {
      machine: "here",
      id: "x",
      code: "STEP_FAILED",
      message: `it said ${value}`,
      evidence: [`{"k":"${value}"}`],
      hint: "",
    };
    const drover = scripted({ plan: PLAN, outcome: { ok: false, changed: 0, failures: [failure], urls: [] } });
    for (const flags of [[], ["--json"]]) {
      const ran = await cli(["up", "--yes", ...flags], { cwd: folder.path, drover, env: { API_KEY: value } });
      expect(ran.out + ran.err).not.toContain(value);
      expect(ran.out).toContain("it said secret(API_KEY)");
    }
  });
});

describe("a kept plan", () => {
  it("is run as it is", async () => {
    using folder = folderWith(files);
    const drover = scripted({ plan: PLAN });
    expect((await cli(["plan", "--out", "p.json"], { cwd: folder.path, drover })).code).toBe(0);
    expect((await cli(["up", "p.json", "--yes"], { cwd: folder.path, drover })).code).toBe(0);
    expect(drover.calls).toEqual(["plan", "apply up same false"]);
  });

  const kept = JSON.parse(JSON.stringify(PLAN));
  const { digest: _, ...body } = kept;
  const sealed = (other: object): string => JSON.stringify({ ...other, digest: digestOf(other) });
  it.each<[string, string, string]>([
    ["edited", JSON.stringify({ ...kept, stack: "other" }), "the plan was changed since it was written"],
    ["newer", JSON.stringify({ ...kept, format: 99 }), "the plan has format 99, this Drover knows up to 1"],
    [
      "of another stack",
      sealed({ ...body, owner: "x/production" }),
      "the plan is for x/production, the stack file is gb-1/production",
    ],
    ["something else", "{}", "this is not a plan"],
    ["not JSON", "plan: {", "this is not a plan: it is not JSON"],
  ])("that is %s is refused", async (_, text, message) => {
    using folder = folderWith({ ...files, "p.json": text });
    const drover = scripted({ plan: PLAN });
    const ran = await cli(["up", "p.json", "--yes"], { cwd: folder.path, drover });
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(`error: ${message}`);
    expect(drover.calls).toEqual([]);
  });

  it("that is not there is refused", async () => {
    using folder = folderWith(files);
    const ran = await cli(["up", "none.json"], { cwd: folder.path, drover: scripted({}) });
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.err).toContain("error: the plan cannot be read: there is no such file\n  in none.json");
  });
});

const RUN_HEADER = {
  ...{ owner: "gb-1/production", stack: "guestbook", by: "me@here", command: "up", machines: {}, machine: "here" },
};
const NOTHING = { facts: {}, processes: [], routes: [], pins: {}, pending: 0, problems: [] };

describe("the other commands", () => {
  it("rollback takes the only app, adopt and forget check ids", async () => {
    using folder = folderWith(files);
    const drover = scripted({ plan: PLAN });
    const options = { cwd: folder.path, drover };
    expect((await cli(["rollback", "--yes"], options)).code).toBe(0);
    expect((await cli(["rollback", "web", "3fa2c1d0", "--yes"], options)).code).toBe(0);
    expect((await cli(["adopt", "here/volume:data", "--yes"], options)).code).toBe(0);
    expect((await cli(["forget", "here/volume:data", "here/file:/a", "--yes"], options)).code).toBe(0);
    expect((await cli(["down", "--yes", "--purge"], options)).code).toBe(0);
    const plans = drover.calls.filter((call) => !call.startsWith("apply"));
    expect(plans).toEqual([
      "planRollback web ",
      "planRollback web 3fa2c1d0",
      "adopt here/volume:data",
      "forget here/volume:data here/file:/a",
      "planDown",
    ]);
    expect(await cli(["rollback", "wep"], options)).toMatchObject({
      code: 1,
      err: expect.stringContaining('no app is called "wep"; did you mean web?'),
    });
    expect(await cli(["adopt", "hare/volume:data"], options)).toMatchObject({
      code: 1,
      err: expect.stringContaining("did you mean here?"),
    });
    expect(await cli(["forget", "volume:data"], options)).toMatchObject({
      code: 1,
      err: expect.stringContaining('"volume:data" is not an id'),
    });
    expect(await cli(["forget"], options)).toMatchObject({ code: 1, err: expect.stringContaining("ID... is missing") });
  });

  it("status tells what runs and exits with 1 when a machine is gone", async () => {
    using folder = folderWith(files);
    const processes = [
      { app: "web", process: "web", release: "3fa2c1d0", name: "c", state: "running", address: "172.30.0.2" },
    ];
    const base = {
      facts: { os: "debian" },
      routes: [{ app: "web", domains: ["*"], servers: ["a"] }],
      pins: { web: "3fa2c1d0" },
      pending: 1,
      problems: [{ code: "FOREIGN", message: "file:/a is there already and is not ours", hint: "" }] as const,
      lastRun: { ...RUN_HEADER, run: "r1", time: "2026-11-27T05:15:21Z", failed: true },
    };
    const hosts: HostStatus[] = [
      { machine: "here", reachable: true, processes, ...base },
      { machine: "far", reachable: false, why: "root@far cannot be reached: no route", ...NOTHING },
    ];
    const ran = await cli(["status"], { cwd: folder.path, drover: scripted({ more: { status: async () => hosts } }) });
    expect(ran.code).toBe(1);
    expect(ran.out).toBe(`here  debian
  ✘ file:/a is there already and is not ours
  ! 1 change to make: drover plan
  pinned web to release 3fa2c1d0
  web.web  running  3fa2c1d0  172.30.0.2
  route all other host names → web (1 server)
  last run: up by me@here, 2026-11-27T05:15:21Z, failed: drover history here

far  root@far cannot be reached: no route
`);
    const json = await cli(["ps", "--json"], {
      cwd: folder.path,
      drover: scripted({ more: { status: async () => hosts } }),
    });
    expect(JSON.parse(json.out)).toEqual(hosts);
  });

  it("logs keep what apps print from the terminal", async () => {
    using folder = folderWith(files);
    const line: LogLine = {
      machine: "here",
      app: "web",
      process: "web",
      stream: "stdout",
      text: "\u001b[31mred\u001b[0m \u001b[2Jgone",
    };
    const more = {
      logs: async function* () {
        yield line;
      },
    };
    const ran = await cli(["logs", "-n", "5", "-f", "web"], { cwd: folder.path, drover: scripted({ more }) });
    expect(ran).toEqual({ code: 0, out: "here web.web | red \\u001b[2Jgone\n", err: "" });
    const json = await cli(["logs", "--json"], { cwd: folder.path, drover: scripted({ more }) });
    expect(JSON.parse(json.out)).toEqual(line);
  });

  it("releases and history are tables", async () => {
    using folder = folderWith(files);
    const record = {
      app: "web",
      release: "3fa2c1d0",
      spec: appSchema.parse({ image: "x", on: "here" }),
      input: "i",
      image: "x",
    };
    const entry: ReleaseEntry = {
      record,
      run: "r1",
      time: "2026-01-01T00:00:00Z",
      by: "ann@box",
      failed: false,
      machine: "here",
      app: "web",
      current: true,
    };
    const header = {
      owner: "gb-1/production",
      stack: "guestbook",
      by: "ann@box",
      command: "up",
      machine: "here",
      machines: {},
    };
    const line = { seq: 1, time: "2026-01-01T00:00:00Z", run: "r1" };
    const lines = [
      { ...line, t: "begin", format: 1, header },
      { ...line, t: "done", n: 1, id: "file:/a", action: "create", owner: "o", skipped: false, answers: {} },
      { ...line, t: "failed", n: 2, id: "file:/b", code: "STEP_FAILED", message: "no space", exit: 1, output: "" },
      { ...line, t: "end", ok: false, failed: 1 },
    ] as const;
    const more = { releases: async () => [entry], history: async () => [{ machine: "here", lines }] };
    const options = { cwd: folder.path, drover: scripted({ more }) };
    expect((await cli(["releases"], options)).out).toContain(
      "web  3fa2c1d0  current  here     2026-01-01T00:00:00Z  ann@box",
    );
    expect((await cli(["history", "here"], options)).out).toBe(`here
  #1  2026-01-01T00:00:00Z  up of gb-1/production by ann@box  1 failed
    + file:/a
    ✘ file:/b: no space
`);
    expect(await cli(["history", "hre"], options)).toMatchObject({
      code: 1,
      err: expect.stringContaining("did you mean here?"),
    });
  });

  it("doctor works without a stack file and exits with 1 when something is missing", async () => {
    using folder = folderWith();
    const findings = [
      { where: "this machine", ok: false, what: "ssh is missing", fix: "apt-get install openssh-client" },
    ];
    const ran = await cli(["doctor"], {
      cwd: folder.path,
      drover: scripted({ more: { doctor: async () => findings } }),
    });
    expect(ran).toEqual({
      code: 1,
      err: "",
      out: "✘ this machine  ssh is missing\n    fix: apt-get install openssh-client\n1 to mend\n",
    });
  });

  it("is cancelled with 130", async () => {
    using folder = folderWith(files);
    const controller = new AbortController();
    const drover = scripted({
      more: {
        plan: async () => {
          controller.abort("SIGINT");
          throw new Error("aborted");
        },
      },
    });
    const ran = await cli(["plan"], { cwd: folder.path, drover, signal: controller.signal });
    expect(ran.code).toBe(130);
  });

  it("calls what it did not expect a bug, without a stack trace unless asked for", async () => {
    using folder = folderWith(files);
    const drover = scripted({
      more: {
        plan: async () => {
          throw new TypeError("x is not a function");
        },
      },
    });
    const ran = await cli(["plan"], { cwd: folder.path, drover });
    expect(ran).toMatchObject({
      code: 1,
      err: expect.stringContaining("error: x is not a function\n  fix: this is a bug in Drover"),
    });
    expect(ran.err).not.toMatch(/^\s+at /m);
    const debug = await cli(["plan"], { cwd: folder.path, drover, env: { DROVER_DEBUG: "1" } });
    expect(debug.err).toMatch(/^\s+at /m);
  });
});

describe("the types for editors", () => {
  it("are put back by any command where the stack file refers to them, and only there", async () => {
    using referring = folderWith({ "drover.config.ts": `/// <reference path=".drover/drover.d.ts" />\n${STACK}` });
    await cli(["plan"], { cwd: referring.path, drover: scripted({}) });
    expect(readFileSync(join(referring.path, ".drover/drover.d.ts"), "utf8")).toContain('declare module "drover"');
    writeFileSync(join(referring.path, ".drover/drover.d.ts"), "old");
    await cli(["status"], { cwd: referring.path, drover: scripted({}) });
    expect(readFileSync(join(referring.path, ".drover/drover.d.ts"), "utf8")).toContain("export function app");
    using plain = folderWith(files);
    const before = snapshot(plain.path);
    await cli(["plan"], { cwd: plain.path, drover: scripted({}) });
    expect(snapshot(plain.path)).toBe(before);
  });
});
