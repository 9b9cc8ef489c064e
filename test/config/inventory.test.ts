import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DroverError } from "../../src/lib/error.ts";
import { loadStack } from "../../src/load/load.ts";
import { schemasOf } from "../../src/load/schemas.ts";
import { factsOf } from "../../src/model/facts.ts";
import type { Stack } from "../../src/model/stack.ts";
import { providers, resources } from "../../src/registry.ts";
import { folderWith } from "../cli/harness.ts";

const schemas = schemasOf(resources, providers);
const signal = AbortSignal.timeout(600_000);
const HEAD = 'import { app, defineStack, file, local, server, sshConfigHosts } from "drover";\n';

interface Loading {
  readonly within?: number;
  readonly environment?: string;
}

async function load(files: string | Record<string, string>, options: Loading = {}): Promise<Stack> {
  const all = typeof files === "string" ? { "drover.config.ts": HEAD + files } : files;
  using folder = folderWith(all);
  return await loadStack(undefined, { cwd: folder.path, schemas, signal, print: () => {}, ...options });
}

async function refusal(files: string | Record<string, string>, options: Loading = {}): Promise<DroverError> {
  const error: unknown = await load(files, options).catch((thrown: unknown) => thrown);
  if (DroverError.is(error)) return error;
  throw new Error(`not refused: ${JSON.stringify(error)}`);
}

const stack = (fields: string): string => `export default defineStack({ name: "shop", ${fields} });`;
const THREE = 'machines: { w1: server("a"), w2: server("b"), db: server("c") }';
const ids = (list: Stack, machine: string): string[] =>
  (list.resources[machine] ?? []).map(({ type, name }) => `${type}:${name}`);

describe("groups", () => {
  it("stand for their machines in resources, in an app's `on` and in other groups", async () => {
    const loaded = await load(
      stack(`${THREE}, groups: { web: ["w*"], most: ["web", "db"], front: { machines: ["w2"], batch: "50%", maxFailures: 1 } },
        resources: { all: [file("/etc/all", {})], most: [file("/etc/most", {})], web: [[file("/etc/web", {})]], w1: [file("/etc/own", {})] },
        apps: { shop: app({ image: "x", on: ["front", "web"] }) }`),
    );
    expect(ids(loaded, "w1")).toEqual(["file:/etc/all", "file:/etc/most", "file:/etc/web", "file:/etc/own"]);
    expect(ids(loaded, "db")).toEqual(["file:/etc/all", "file:/etc/most"]);
    expect(loaded.apps["shop"]?.on).toEqual(["w2", "w1"]);
    expect(loaded.groups).toEqual({
      all: { machines: ["w1", "w2", "db"], maxFailures: 0 },
      web: { machines: ["w1", "w2"], maxFailures: 0 },
      most: { machines: ["w1", "w2", "db"], maxFailures: 0 },
      front: { machines: ["w2"], batch: "50%", maxFailures: 1 },
    });
  });

  it("may want the same of a machine if they want it alike, each of them once", async () => {
    const alike = await load(
      stack(
        `${THREE}, groups: { web: ["w1"] }, resources: { web: [file("/a", { content: "x" })],\n all: [file("/a", { content: "x" })] }`,
      ),
    );
    expect(ids(alike, "w1")).toEqual(["file:/a"]);
    const error = await refusal(
      stack(
        `${THREE}, groups: { web: ["w1"] }, resources: { web: [file("/a", { content: "x" })], all: [file("/a", { content: "y" })] }`,
      ),
    );
    expect(error.evidence).toEqual(["resources.all[0] (file:/a): is there twice, first as resources.web[0]"]);
  });

  it("tell what is wrong at the place where it is written, once for all their machines", async () => {
    const error = await refusal(
      stack(`${THREE}, groups: { w1: ["db"], web: ["w1", "w3", "x-*"], all: ["w1"], a: ["b"], b: { machines: ["a"], maxFailures: 2 },
        one: { machines: ["db"], batch: 1 }, two: { machines: ["db"], batch: 0 }, empty: [] },
        resources: { web: [file("/a", { mode: "9" })], wbe: [] },
        apps: { x: app({ image: "x", on: "weeb" }), y: app({ image: "x", on: "empty" }), z: app({ image: "x", on: "w2", build: { on: "web" } }) }`),
    );
    expect([...error.evidence].sort()).toEqual(
      [
        "groups.w1: machines.w1 has this name: give one of them another",
        'groups.web[1]: no machine or group is called "w3"; did you mean "w1"?',
        'groups.web[2]: no machine matches "x-*"',
        "groups.all: is every machine by itself: give this group another name",
        'groups.a[0]: "b" has "a" in it',
        'groups.b.machines[0]: "a" has "b" in it',
        "groups.b.maxFailures: needs `batch`: without it all machines begin at once",
        'groups.two.batch: "db" is in groups.one, which has `batch`, too',
        "groups.two.batch: expected an integer of at least 1 or text, got 0",
        'resources.web[0].mode (file:/a): expected an octal mode as a string, such as "0644", got "9"',
        'resources.wbe: no machine or group is called "wbe"; did you mean "web"?',
        'apps.x.on: no machine or group is called "weeb"; did you mean "web"?',
        'apps.y.on: no machine is in the group "empty"',
        'apps.z.build.on: "web" is a group: name one machine',
      ].sort(),
    );
  });
});

it("the first example of docs/servers.md is a stack", async () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/servers.md"), "utf8");
  const loaded = await load({ "drover.config.ts": /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? "" });
  expect(ids(loaded, "web-2")).toEqual(["package:chrony", "package:nginx", "service:nginx"]);
});

describe("an inventory", () => {
  it("may be a function, async or not, that knows the environment, or a list of parts", async () => {
    const loaded = await load(
      stack(
        `machines: [{ here: local() }, async ({ environment }) => ({ [environment]: server("a") }), () => [{ x: server("x") }]]`,
      ),
      { environment: "staging" },
    );
    expect(Object.keys(loaded.machines)).toEqual(["here", "staging", "x"]);
  });

  it.each<[string, string, RegExp, string]>([
    ["throws", 'async () => { throw new Error("no CMDB") }', /the stack file threw: no CMDB/, "drover.config.ts:2:"],
    ["gives a list of names", 'async () => ["a", "b"]', /has a mistake/, "drover.config.ts"],
    ["gives nothing", "async () => undefined", /has a mistake/, "drover.config.ts"],
    ["has a key twice", "[{ a: local() }, { a: local() }]", /has a mistake/, "drover.config.ts"],
    [
      "never answers",
      "() => new Promise(() => setTimeout(() => {}, 60_000))",
      /`machines` of the stack file was not done after 8 s/,
      "drover.config.ts",
    ],
  ])("that %s is told with its place", async (_, machines, message, place) => {
    const error = await refusal(stack(`machines: ${machines}`), { within: 8 });
    expect(`${error.message} ${error.evidence.join(" ")}`).toMatch(message);
    expect(error.where.file).toContain(place);
    if (error.evidence.length > 0) expect(error.evidence.join("\n")).toContain("machines");
  });
});

describe("sshConfigHosts", () => {
  const CONFIG = `# mine
Include ~/more/*.conf
Host web-1 web1 10.0.0.5
  HostName 10.0.0.5
Host *.example.com !web-9 web-*
  User deploy
Host="web-2"
Host db
  Include extra
Match host web-7
  Include hidden
Host Big.Example.com # a comment
`;
  const files = (call: string): Record<string, string> => ({
    "drover.config.ts": `${HEAD}process.env.HOME = import.meta.dirname;\n${stack(`machines: ${call}`)}`,
    ".ssh/config": CONFIG,
    "more/a.conf": "Host web-3\nHost elsewhere\n",
    ".ssh/extra": "Host web-4 db\n  Port 23\n",
    ".ssh/hidden": "Host web-7\n",
  });
  const machines = async (call: string): Promise<Record<string, unknown>> => {
    const home = process.env["HOME"];
    try {
      return Object.fromEntries(
        Object.entries((await load(files(call))).machines).map(([key, one]) => [key, one["host"]]),
      );
    } finally {
      if (home !== undefined) process.env["HOME"] = home;
    }
  };

  it("names hosts, and neither patterns nor what is under Match", async () => {
    expect(await machines('sshConfigHosts({ match: "web-*" })')).toEqual({
      "web-1": "web-1",
      "web-2": "web-2",
      "web-3": "web-3",
    });
    expect(await machines("[sshConfigHosts(), { own: local() }]")).toEqual({
      ...{ "web-1": "web-1", "web-2": "web-2", "web-3": "web-3", elsewhere: "elsewhere" },
      ...{ db: "db", "big-example-com": "Big.Example.com", own: undefined },
    });
  });

  it("says when there is none, and where it looked", async () => {
    const error = await machines('sshConfigHosts({ match: "app-*" })').catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/no host in .*\.ssh\/config matches app-\*/);
  });
});

describe("roles", () => {
  const facts = (values: Record<string, string>) =>
    factsOf(new Map(Object.entries(values).map(([name, value]) => [`fact:${name}`, value])));
  const REAL = facts({
    os: "debian",
    release: "trixie",
    "memory-mb": "2048",
    addresses: "10.0.0.1%2010.0.0.2",
    hostname: "h1",
  });
  const ROLE = `const sized: Role = (facts, machine) => [file("/etc/size", { content: \`\${machine.name} \${facts.release} \${facts.memoryMb / 2} \${facts.addresses.length} \${machine.values["n"]} \${machine.groups}\` })];\n`;
  const withRole = `import type { Role } from "drover";\n${ROLE}`;

  it("give what differs from machine to machine, and what follows from its facts once they are known", async () => {
    const loaded = await load(
      `${withRole}${stack('machines: { w1: server("a", { values: { n: 1 } }), w2: server("b", { values: { n: 2 } }) }, groups: { web: ["w1", "w2"] }, resources: { web: [sized, file("/b", {})] }')}`,
    );
    expect(loaded.resources["w1"]?.[0]?.spec).toEqual({ content: "w1 bookworm 2048 1 1 all,web" });
    const now = await loaded.withFacts?.("w2", REAL, signal);
    expect(now?.map(({ spec }) => spec)).toEqual([{ content: "w2 trixie 1024 2 2 all,web" }, {}]);
    expect(loaded.machines["w1"]).toEqual({ provider: "server", host: "a" });
  });

  it("may be async, nested, and JavaScript under node_modules", async () => {
    const loaded = await load({
      "node_modules/roles/package.json": '{ "name": "roles", "type": "module", "exports": "./index.js" }',
      "node_modules/roles/index.js": `import { file } from "drover";
        export const motd = (text) => async (facts, machine) => [file("/etc/motd", { content: text + machine.environment }), () => file("/etc/" + facts.arch, {})];`,
      "drover.config.ts": `${HEAD}import { motd } from "roles";\n${stack('machines: { a: local() }, resources: { a: [motd("hi ")] }')}`,
    });
    expect(ids(loaded, "a")).toEqual(["file:/etc/motd", "file:/etc/x64"]);
    expect(loaded.resources["a"]?.[0]?.spec).toEqual({ content: "hi production" });
  });

  it("in TypeScript under node_modules are refused with what to do", async () => {
    const error = await refusal({
      "node_modules/roles/package.json": '{ "name": "roles", "type": "module", "exports": "./index.ts" }',
      "node_modules/roles/index.ts": "export const a: number = 1;",
      "drover.config.ts": `${HEAD}import { a } from "roles"; void a;\n${stack("machines: {}")}`,
    });
    expect(error.hint).toContain("a package of roles publishes");
  });

  it("must not give other things with facts than without", async () => {
    const loaded = await load(
      stack(
        'machines: { a: local() }, resources: { a: [(facts) => [file("/etc/" + facts.release, {}), file("/same", {})]] }',
      ),
    );
    const error: unknown = await loaded.withFacts?.("a", REAL, signal).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      where: { machine: "a" },
      evidence: ["only with its facts: file:/etc/trixie", "only without its facts: file:/etc/bookworm"],
    });
  });

  it.each<[string, string, RegExp]>([
    ["throw", 'function bad() { throw new Error("boo"); }', /the role bad threw: boo/],
    [
      "give a wrong field",
      '() => file("/a", { mode: "9" })',
      /resources\.a\[0\]\.mode \(file:\/a\): expected an octal mode/,
    ],
    ["give something else", "() => [5]", /resources\.a\[0\]\[0\]: expected an object, got 5/],
    [
      "give a function in a field",
      'function odd() { return [file("/a", { content: () => 1 })]; }',
      /resources\.a\[0\]\[0\]\.spec\.content \(role odd\): is a function/,
    ],
    [
      "give a thing twice",
      '() => [file("/a", {}), file("/a", {})]',
      /resources\.a\[0\]\[1\] \(file:\/a\): is there twice/,
    ],
    ["return themselves", "function again() { return again; }", /more than 32 deep/],
    ["never end", "() => { for (;;) {} }", /a role was not done after 8 s/],
    ["wait for ever", "() => new Promise(() => {})", /a role was not done after 8 s/],
    ["end the process", "() => process.exit(3)", /a role ended the process/],
  ])("that %s are told", async (_, role, message) => {
    const error = await refusal(stack(`machines: { a: local() }, resources: { a: [${role}] } as never`), { within: 8 });
    expect(`${error.message} ${error.evidence.join(" ")}`).toMatch(message);
  });

  it("keep what is wrong with them once facts are known for the machine it is about", async () => {
    const loaded = await load(
      `${stack('machines: { a: local() }, resources: { a: [function late(facts) { if (facts.release === "trixie") throw new Error("not on trixie"); return file("/a", {}); }] }')}`,
    );
    const error: unknown = await loaded.withFacts?.("a", REAL, signal).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: "the role late threw: not on trixie", where: { machine: "a" } });
  });
});
