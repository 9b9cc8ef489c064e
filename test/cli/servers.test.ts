import { describe, expect, it } from "vitest";
import type { ApplyOptions, RunEvent } from "../../src/api.ts";
import { DroverError } from "../../src/lib/error.ts";
import { cli, folderWith } from "./harness.ts";
import { changeOf, DONE, planOf, scripted } from "./scripted.ts";

const THREE = `machines: { w1: server("a"), w2: server("b"), db: server("c") }, groups: { web: ["w*"] }`;
const STACK = `import { app, defineStack, file, secret, server, text } from "drover";
export default defineStack({ id: "gb-1", name: "guestbook", ${THREE}, apps: { web: app({ image: "x", on: "web", env: { KEY: secret("API_KEY") } }) } });`;
const files = { "drover.config.ts": STACK };

/** An engine that says what a command says on machines, and remembers what it was asked. */
function running(events: readonly RunEvent[]) {
  const asked: unknown[] = [];
  const more = {
    async *run(_stack: unknown, argv: readonly string[], options: object) {
      asked.push([argv, options]);
      yield* events;
    },
  };
  return { asked, drover: scripted({ more }) };
}

describe("run", () => {
  const EVENTS: RunEvent[] = [
    { event: "line", machine: "w1", stream: "stdout", text: "up\t1 \u001b[2Jday" },
    { event: "line", machine: "db", stream: "stderr", text: "oops" },
    { event: "unrecorded", machine: "w2", why: "No space left on device" },
    { event: "exit", machine: "w1", code: 0 },
    { event: "exit", machine: "db", code: 4 },
    { event: "failed", machine: "w2", error: new DroverError("UNREACHABLE", "no way to w2", { hint: "ping it" }) },
  ];

  it("shows every line with its machine, and how it ended", async () => {
    using folder = folderWith(files);
    const { drover } = running(EVENTS);
    const ran = await cli(["run", "--", "uptime"], { cwd: folder.path, drover });
    expect(ran.code).toBe(1);
    expect(ran.out).toBe(`w1 | up\t1 \\u001b[2Jday
db | oops
w2 ! the journal does not record this: No space left on device
db ✘ exit 4
error: no way to w2
  fix: ping it
`);
    expect(ran.err).toBe("✘ exit 0 on 1 machine; exit 4 on 1 machine: db; failed on 1 machine: w2\n");
  });

  it("prints an object a line with --json", async () => {
    using folder = folderWith(files);
    const { drover } = running(EVENTS);
    const ran = await cli(["run", "--json", "--", "uptime"], { cwd: folder.path, drover });
    const lines = ran.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      ...JSON.parse(JSON.stringify(EVENTS)),
      { event: "outcome", ok: false, exits: { w1: 0, db: 4 }, failed: ["w2"] },
    ]);
    expect(ran.err).toBe("");
  });

  it("takes what is after -- as it is, and gives the engine what it needs", async () => {
    using folder = folderWith(files);
    const { drover, asked } = running([{ event: "exit", machine: "w1", code: 0 }]);
    const argv = [
      "run",
      "--on",
      "web",
      "--user",
      "www-data",
      "--concurrency",
      "2",
      "--",
      "x",
      "--help",
      "--json",
      "",
      "key: abcdefgh",
    ];
    const ran = await cli(argv, { cwd: folder.path, drover, env: { API_KEY: "abcdefgh" } });
    expect(ran.code).toBe(0);
    expect(asked).toMatchObject([
      [
        ["x", "--help", "--json", "", "key: abcdefgh"],
        {
          on: ["web"],
          user: "www-data",
          concurrency: 2,
          recorded: ["x", "--help", "--json", "", "key: secret(API_KEY)"],
        },
      ],
    ]);
  });

  it("ends with 130 when it was stopped", async () => {
    using folder = folderWith(files);
    const controller = new AbortController();
    const { drover } = running([{ event: "exit", machine: "w1", code: 143 }]);
    const more = {
      ...drover,
      run: async function* () {
        controller.abort("SIGINT");
        yield { event: "exit", machine: "w1", code: 143 } as const;
      },
    };
    const ran = await cli(["run", "--", "sleep", "9"], { cwd: folder.path, drover: more, signal: controller.signal });
    expect(ran.code).toBe(130);
  });

  it.each<[string[], string]>([
    [["run"], "COMMAND... is missing"],
    [["run", "--on", "wbe", "--", "x"], '--on: no machine or group is called "wbe"; did you mean web?'],
    [["run", "--concurrency", "0", "--", "x"], "--concurrency: expected at least 1"],
    [["run", "--user", "-root", "--", "x"], "--user needs a value"],
    [["run", "--user", "a b", "--", "x"], '--user: "a b" is not a user\'s name'],
    [["run", "ls", "-la"], "unknown flag -l"],
  ])("%j is refused", async (argv, message) => {
    using folder = folderWith(files);
    const { drover, asked } = running([]);
    const ran = await cli(argv, { cwd: folder.path, drover });
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(message);
    expect(asked).toEqual([]);
  });
});

describe("a group in place of a machine", () => {
  it("is every machine in it, for adopt and forget and history", async () => {
    using folder = folderWith(files);
    const asked: unknown[] = [];
    const history = async (_stack: unknown, { on }: { readonly on?: readonly string[] }) => {
      asked.push(on);
      return [];
    };
    const drover = scripted({ more: { history } });
    const options = { cwd: folder.path, drover };
    expect((await cli(["adopt", "--yes", "web/file:/a", "db/file:/a"], options)).code).toBe(0);
    expect((await cli(["forget", "--yes", "web/file:/a"], options)).code).toBe(0);
    expect(drover.calls.filter((call) => !call.startsWith("apply"))).toEqual([
      "adopt w1/file:/a w2/file:/a db/file:/a",
      "forget w1/file:/a w2/file:/a",
    ]);
    expect((await cli(["history", "web"], options)).code).toBe(0);
    expect(asked).toEqual([["web"]]);
    expect((await cli(["forget", "web"], options)).err).toContain('"web" is not an id');
    expect((await cli(["history", "wbe"], options)).err).toContain(
      'no machine or group is called "wbe"; did you mean web?',
    );
  });
});

describe("up in batches", () => {
  const plan = planOf([changeOf("create", "/etc/a")]);
  const upWith = async (flags: readonly string[]) => {
    using folder = folderWith(files);
    const seen: Partial<ApplyOptions>[] = [];
    const left = [
      { machine: "w2", why: "1 of web failed, and none may" },
      { machine: "db", why: "1 of web failed, and none may" },
    ];
    const failures = [
      { machine: "w1", id: "file:/etc/a", code: "STEP_FAILED", message: "no space", evidence: [], hint: "" },
    ];
    const { apply: _, ...rest } = scripted({ plan });
    const apply = async (_stack: unknown, _plan: unknown, options: ApplyOptions) => {
      seen.push(options);
      return { ...DONE, ok: false, failures, left };
    };
    return { ran: await cli(["up", "--yes", ...flags], { cwd: folder.path, drover: { ...rest, apply } }), seen };
  };

  it("gives the engine what the flags say, and names the machines that did not begin", async () => {
    const { ran, seen } = await upWith(["--batch", "2", "--max-failures", "1"]);
    expect(seen).toMatchObject([{ batch: 2, maxFailures: 1 }]);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain("not begun: w2, db; 1 of web failed, and none may\n✘ failed");
    expect((await upWith(["--batch", "25%"])).seen).toMatchObject([{ batch: "25%", maxFailures: 0 }]);
    expect((await upWith([])).seen[0]).not.toHaveProperty("batch");
  });

  it.each<[string[], string]>([
    [["--batch", "0"], '--batch: expected a number of machines or a share such as 25%, got "0"'],
    [["--batch", "x"], "--batch: expected a number"],
    [["--max-failures", "1"], "--max-failures needs --batch"],
  ])("%j is refused", async (flags, message) => {
    const { ran, seen } = await upWith(flags);
    expect(ran.err).toContain(message);
    expect(seen).toEqual([]);
  });
});

describe("diff", () => {
  const both = (staging: string, production: string): string =>
    `import { app, defineStack, file, local, secret, server, text } from "drover";
const stacks = { staging: { ${staging} }, production: { ${production} } };
export default ({ environment }: { environment: "staging" | "production" }) => defineStack({ id: "s-1", name: "shop", ...stacks[environment] } as never);`;
  const diff = async (staging: string, production: string, ...flags: string[]) => {
    using folder = folderWith({ "drover.config.ts": both(staging, production) });
    return await cli(["diff", "staging", "production", ...flags], { cwd: folder.path, env: { DB_B: "warnwarn" } });
  };
  const SMALL = 'machines: { web: server("s1") }, resources: { web: [file("/a", { content: "x" })] }';

  it("says nothing of what is the same, and exits with 0", async () => {
    const ran = await diff(SMALL, SMALL, "--detailed-exitcode");
    expect(ran).toEqual({ code: 0, err: "", out: "staging → production\nno difference\n" });
  });

  it("names machines, resources and apps by their ids, with the fields that differ", async () => {
    const ran = await diff(
      `${SMALL}, apps: { shop: app({ image: "shop:1", on: "web", env: { LEVEL: "debug", API_KEY: "abc", DB: secret("DB_A") } }) }`,
      `machines: { web: server("p1", { port: 2222 }), db: server("p2") }, resources: { web: [file("/a", { content: "yy", mode: "0600" }), file("/b", {})], db: [file("/c", {})] },
       apps: { shop: app({ image: "shop:1", on: ["web", "db"], env: { LEVEL: "warnwarn", API_KEY: "xyz", DB: secret("DB_B") } }), jobs: app({ image: "j", on: "db", processes: { jobs: {} } }) }`,
      "--detailed-exitcode",
    );
    expect(ran.code).toBe(2);
    expect(ran.out).toBe(`staging → production

machines
  ~ web
      host  "s1" → "p1"
      port  not set → 2222
  + db  only in production

resources
  ~ web/file:/a
      content  1 bytes → 2 bytes
      mode     not set → "0600"
  + web/file:/b  only in production

apps
  ~ shop
      on           ["web"] → ["web", "db"]
      env.LEVEL    "debug" → "secret(DB_B)"
      env.API_KEY  3 bytes → 3 bytes, other ones
      env.DB       secret(DB_A) → secret(DB_B)
  + jobs  only in production

6 differences
`);
  });

  it("compares machines of other keys by the groups that both have", async () => {
    const ran = await diff(
      'machines: { s1: server("s1") }, groups: { web: ["s1"] }, resources: { web: [file("/a", {}), (_: unknown, machine: { name: string }) => file("/n", { content: machine.name })] }, apps: { a: app({ image: "a", on: "web" }) }',
      'machines: { p1: server("p1"), p2: server("p2") }, groups: { web: ["p*"] }, resources: { web: [file("/a", {}), (_: unknown, machine: { name: string }) => file("/n", { content: machine.name })], p1: [file("/x", {})] }, apps: { a: app({ image: "a", on: "web" }) }',
      "--json",
    );
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toEqual({
      from: "staging",
      to: "production",
      differences: [
        { kind: "group", id: "web", fields: [{ path: "machines", from: "1", to: "2" }] },
        {
          kind: "resource",
          id: "web/file:/n",
          fields: [{ path: "content", from: "2 bytes", to: "2 bytes or 2 bytes" }],
        },
        { kind: "resource", id: "web/file:/x", only: "to", fields: [] },
      ],
    });
  });

  it("refuses what names no environments, and what does not load", async () => {
    using folder = folderWith({ "drover.config.ts": both(SMALL, "machines: 5") });
    const options = { cwd: folder.path };
    expect((await cli(["diff"], options)).err).toContain(
      "error: which two environments?\n  fix: drover diff staging production",
    );
    expect((await cli(["diff", "staging", "no name"], options)).err).toContain(
      '"no name" is not a name for an environment',
    );
    expect((await cli(["diff", "staging", "production"], options)).err).toContain(
      "machines: expected an object, got 5",
    );
    expect((await cli(["diff", "staging", "staging", "--env", "x"], options)).err).toContain("unknown flag --env");
  });
});
