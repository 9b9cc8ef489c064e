import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { DroverError } from "../../src/lib/error.ts";
import { formatFault } from "../../src/load/fault.ts";
import { schemasOf } from "../../src/load/schemas.ts";
import { validate } from "../../src/load/validate.ts";
import { providers, resources } from "../../src/registry.ts";
import { cli, folderWith, type Ran, snapshot } from "../cli/harness.ts";
import { HOSTILE, KINDS } from "./hostile.ts";

/**
 * Stack files and flags that are wrong, through the command line with the real engine behind it: each gives a clear error
 * and exit code 1, no stack trace, and nothing is touched.
 */
const GOOD = {
  id: '"gb-7f3k9q"',
  name: '"guestbook"',
  machines: '{ here: local(), web: server("root@203.0.113.7") }',
  resources: '{ here: [{ type: "file", name: "/etc/motd", spec: { content: "hello" } }] }',
  apps: '{ guestbook: app({ source: ".", on: "here", port: 3000, health: "/up" }) }',
};
type Field = keyof typeof GOOD;

function stackText(changes: Partial<Record<Field, string>>, extra = ""): string {
  const fields = Object.entries({ ...GOOD, ...changes }).map(([name, text]) => `  ${name}: ${text},\n`);
  return `import { app, defineStack, local, secret, server } from "drover";\nvoid secret;\nexport default defineStack({\n${fields.join("")}${extra}});\n`;
}

async function refused(files: Record<string, string>, argv: readonly string[] = ["plan"]): Promise<Ran> {
  using folder = folderWith(files);
  const before = snapshot(folder.path);
  await using drover = createDrover();
  const ran = await cli(argv, { cwd: folder.path, drover });
  expect(snapshot(folder.path)).toBe(before);
  expect(existsSync(join(folder.path, "pwned"))).toBe(false);
  expectClear(ran);
  return ran;
}

function expectClear(ran: Ran): void {
  expect(ran.code, ran.err).toBe(1);
  expect(ran.out).toBe("");
  expect(ran.err).toMatch(/^error: .+\n/);
  expect(ran.err).toMatch(/\n {2}fix: .+\n$/);
  expect(ran.err).not.toMatch(/^\s+at .+[:(]/m);
  expect(ran.err).not.toMatch(/bug in Drover|INTERNAL|undefined|\[object/);
  // Nothing that a terminal obeys gets through.
  expect(ran.err).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(ran.err.length).toBeLessThan(20_000);
}

const app = (fields: string): Partial<Record<Field, string>> => ({
  apps: `{ guestbook: app({ source: ".", on: "here", ${fields} } as never) }`,
});
const quoted = (text: string): string => JSON.stringify(text);
const short = (text: string): string => quoted(text).slice(0, 60);

/** So many of them, always the same: each costs a run of the command line. */
function sampleOf<T>(all: readonly T[], count: number): T[] {
  const size = { minLength: count, maxLength: count };
  return fc.sample(fc.shuffledSubarray([...all], size), { seed: 7, numRuns: 1 })[0] ?? [];
}

describe("values of a wrong kind", () => {
  const places: ReadonlyArray<readonly [string, (value: string) => string, readonly string[]]> = [
    ["id", (value) => stackText({ id: value }), ["a text"]],
    ["name", (value) => stackText({ name: value }), []],
    ["machines", (value) => stackText({ machines: value }), []],
    ["machines.here", (value) => stackText({ machines: `{ here: ${value} }` }), []],
    ["resources", (value) => stackText({ resources: value }), []],
    ["apps", (value) => stackText({ apps: value }), []],
    ["apps.guestbook.port", (value) => stackText(app(`port: ${value}`)), ["a number"]],
    ["apps.guestbook.env", (value) => stackText(app(`env: ${value}`)), ["an object"]],
    ["apps.guestbook.processes", (value) => stackText(app(`processes: ${value}`)), []],
    ["apps.guestbook.limits", (value) => stackText(app(`limits: ${value}`)), []],
  ];
  const cases = places.flatMap(([path, text, fine]) =>
    KINDS.filter(([kind]) => !fine.includes(kind)).map(([kind, value]) => [path, kind, text(value)] as const),
  );
  it.each(sampleOf(cases, 100))("%s as %s", async (path, _, text) => {
    const ran = await refused({ "drover.config.ts": text });
    const top = path.split(".")[0] ?? "";
    expect(ran.err).toContain(top);
  });
});

describe("hostile names", () => {
  const cases = HOSTILE.flatMap((name) => [
    ["a stack's name", name, stackText({ name: quoted(name) })] as const,
    ["a machine", name, stackText({ machines: `{ here: local(), [${quoted(name)}]: server("h") }` })] as const,
    ["an app", name, stackText({ apps: `{ [${quoted(name)}]: app({ source: ".", on: "here" }) }` })] as const,
    ["a server's host", name, stackText({ machines: `{ here: local(), web: server(${quoted(name)}) }` })] as const,
  ]);
  const named = cases.filter(([what, name]) => !harmless(what, name));
  const labelled = sampleOf(named, 100).map(([what, name, text]) => [what, short(name), text] as const);
  it.each(labelled)("%s called %s", async (_, __, text) => {
    await refused({ "drover.config.ts": text });
  });
});

/** Odd, but allowed there. */
function harmless(what: string, name: string): boolean {
  return what === "a server's host" ? /^[A-Za-z_]+$/.test(name) && name.length <= 300 : name === "constructor";
}

describe("files that are wrong as a whole", () => {
  it.each<[string, string]>([
    ["is empty", ""],
    ["is not code", "this is not code"],
    ["is JSON", '{ "name": "x" }'],
    ["exports nothing", "export {};"],
    ["exports a class", "export default class {}"],
    ["exports a text", 'export default "x";'],
    ["exports a list", "export default [];"],
    ["exports a Map", "export default new Map();"],
    ["exports a function of nothing", "export default () => {};"],
    ["exports a function that throws", 'export default () => { throw new Error("no"); };'],
    ["exports a function that rejects", 'export default async () => { throw new Error("no"); };'],
    ["throws", 'throw new Error("no");'],
    ["throws null", "throw null;"],
    ["throws a text with escapes", 'throw "\\u001b[2J";'],
    ["throws an object that throws", "throw { toString() { throw 1; } };"],
    [
      "throws an error whose stack throws",
      "const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { throw 1; } }); throw e;",
    ],
    ["exits", "process.exit(0);"],
    ["exits with 13", "process.exit(13);"],
    ["waits for ever", "await new Promise(() => {});"],
    ["rejects unseen", "Promise.reject(new Error('unseen')); await new Promise(() => {});"],
    ["imports what is not there", 'import "./none.ts";'],
    ["imports a package that is not there", 'import "no-such-package-here";'],
    ["imports what drover does not export", 'import { App } from "drover"; export default App;'],
    ["imports itself in a circle", 'import me from "./drover.config.ts"; export default { ...me };'],
    ["has a proxy", 'export default new Proxy({}, { get() { throw new Error("trap"); } });'],
    ["has a getter that throws", "export default { get name() { throw new Error('trap'); } };"],
    ["has a toJSON", "export default { name: 'x', machines: { toJSON: () => ({}) } };"],
    ["refers to itself", "const a = { name: 'x', machines: {} }; a.apps = a; export default a;"],
    [
      "is deeper than deep",
      "let a = {}; for (let n = 0; n < 100000; n++) a = { a }; export default { name: 'x', machines: {}, apps: a };",
    ],
    ["overflows the stack", "function f() { return f() + 1; } export default f();"],
    ["changes prototypes", "Object.prototype.on = 'here'; export default { name: 'x' };"],
    ["is UTF-16", "\ufffe\u0000e\u0000x"],
    ["has a NUL byte", "export default \u0000 {};"],
    ["uses enum", "enum A { B }\nexport default A;"],
    ["uses require", 'const x = require("fs"); export default x;'],
    ["assigns module.exports", "module.exports = {};"],
    ["has a merge conflict", "<<<<<<< HEAD\nexport default {};\n=======\n>>>>>>> x"],
  ])("one that %s", async (_, text) => {
    await refused({ "drover.config.ts": text });
  });

  it("one that is not there, a folder, unreadable text, of a wrong environment", async () => {
    await refused({});
    await refused({ "drover.config.ts": stackText({}) }, ["plan", "-f", "none.ts"]);
    await refused({ "x/y": "" }, ["plan", "-f", "x"]);
    await refused({ "drover.config.ts": stackText({}) }, ["plan", "-e", "../x"]);
    await refused({ "x.json": "{}" }, ["plan", "-f", "x.json"]);
  });
});

describe("mistakes across the file", () => {
  it.each<[string, string, string]>([
    ["port", stackText(app('port: "30OO"')), 'apps.guestbook.port: expected an integer from 1 to 65535, got "30OO"'],
    ["unknown key", stackText(app("prot: 1")), 'apps.guestbook.prot: unknown key; did you mean "port"?'],
    ["unknown top key", stackText({}, "  machine: {},\n"), 'machine: unknown key; did you mean "machines"?'],
    [
      "unknown machine",
      stackText({ apps: '{ a: app({ source: ".", on: "hree" }) }' }),
      'apps.a.on: no machine is called "hree"; did you mean "here"?',
    ],
    [
      "unknown build machine",
      stackText(app('build: { on: "wbe" }')),
      'apps.guestbook.build.on: no machine is called "wbe"; did you mean "web"?',
    ],
    [
      "machine twice",
      stackText({ apps: '{ a: app({ source: ".", on: ["here", "here"] }) }' }),
      'apps.a.on[1]: "here" is there twice',
    ],
    [
      "two default routes",
      stackText({ apps: '{ a: app({ source: ".", on: "here" }), b: app({ source: ".", on: ["web", "here"] }) }' }),
      "apps.b.domains: apps.a has no domains either",
    ],
    [
      "one domain twice",
      stackText({
        apps: '{ a: app({ source: ".", on: "here", domains: ["x.org"] }), b: app({ source: ".", on: "here", domains: ["x.org"] }) }',
      }),
      'apps.b.domains[0]: "x.org" already leads to apps.a on "here"',
    ],
    [
      "a volume twice",
      stackText(app('volumes: { "/a": { name: "v" }, "/b": { name: "v" } }')),
      'apps.guestbook.volumes["/b"]: has the same name as the volume at "/a"',
    ],
    [
      "a source that is none",
      stackText({ apps: '{ a: app({ source: "src", on: "here" }) }' }),
      'apps.a.source: "src" is not a folder',
    ],
    [
      "source and image",
      stackText({ apps: '{ a: app({ source: ".", image: "x", on: "here" }) }' }),
      "apps.a.source: give exactly one of `source` and `image`",
    ],
    [
      "no Dockerfile",
      stackText(app('build: { dockerfile: "Dockerfile.prod" }')),
      'apps.guestbook.build.dockerfile: there is no file "Dockerfile.prod"',
    ],
    ["a health path", stackText(app('health: "up"')), 'apps.guestbook.health: expected a path such as /up, got "up"'],
    [
      "was in use",
      stackText({ apps: '{ a: app({ source: ".", on: "here", was: "b" }), b: app({ source: ".", on: "web" }) }' }),
      'apps.a.was: "b" is still in use: apps.b',
    ],
    [
      "was itself",
      stackText({ apps: '{ a: app({ source: ".", on: "here", was: "a" }) }' }),
      "apps.a.was: is its name now",
    ],
    [
      "was twice",
      stackText({ machines: '{ here: local({ was: "x" }), web: server("h", { was: "x" }) }' }),
      'machines.web.was: machines.here says that it was "x", too',
    ],
    [
      "the same machine",
      stackText({ machines: '{ here: local(), a: server("root@h"), b: server("ann@h") }' }),
      "machines.b: is the same machine as machines.a",
    ],
    [
      "domains without web",
      stackText(app('domains: ["x.org"], processes: { worker: {} }')),
      "apps.guestbook.domains: needs a process called `web`",
    ],
    [
      "resources nowhere",
      stackText({ resources: "{ hre: [] }" }),
      'resources.hre: no machine is called "hre"; did you mean "here"?',
    ],
    [
      "a resource twice",
      stackText({
        resources:
          '{ here: [{ type: "file", name: "/a", spec: { content: "" } }, { type: "file", name: "/a", spec: { content: "" } }] }',
      }),
      "resources.here[1] (file:/a): is there twice",
    ],
    [
      "an unknown type",
      stackText({ resources: '{ here: [{ type: "fiel", name: "/a", spec: {} }] }' }),
      'resources.here[0].type: unknown resource type "fiel"; did you mean "file"?',
    ],
    [
      "names of resources",
      stackText({
        resources:
          '{ here: [{ type: "file", name: "etc/motd", spec: { content: "" } }, { type: "package", name: "-rf", spec: {} }] }',
      }),
      'resources.here[0].name: file "etc/motd": expected an absolute path',
    ],
    [
      "an unknown need",
      stackText({ resources: '{ here: [{ type: "file", name: "/a", spec: { content: "" }, needs: ["file:/b"] }] }' }),
      'resources.here[0].needs[0]: no resource of this machine is "file:/b"',
    ],
    [
      "a circle of needs",
      stackText({
        resources:
          '{ here: [{ type: "file", name: "/a", spec: { content: "" }, needs: ["file:/b"] }, { type: "file", name: "/b", spec: { content: "" }, needs: ["file:/a"] }] }',
      }),
      'resources.here: these need each other: "file:/a" -> "file:/b" -> "file:/a"',
    ],
    [
      "a secret's name",
      stackText(app('env: { A: secret("a b") }')),
      "apps.guestbook.env.A.secret: expected a name such as DB_PASSWORD, got a text",
    ],
    [
      "a secret in the wrong place",
      stackText(app('domains: [secret("X") as never]')),
      "apps.guestbook.domains[0]: expected text, got an object",
    ],
    ["a variable's name", stackText(app('env: { "A B": "x" }')), 'apps.guestbook.env["A B"]: not allowed as a key'],
    [
      "an output of a machine that is not there",
      stackText(app('env: { A: { ref: "hree", output: "address" } }')),
      'apps.guestbook.env.A: no machine is called "hree"; did you mean "here"?',
    ],
    [
      "an output of a resource that is not there",
      stackText({
        apps: "{}",
        resources:
          '{ here: [{ type: "user", name: "ann", spec: {} }, { type: "file", name: "/a", spec: { content: { ref: "user:anne", output: "uid" } } }] }',
      }),
      'no resource of "here" is "user:anne"; did you mean "user:ann"?',
    ],
    [
      "an output that cannot be a mode",
      stackText({
        resources:
          '{ here: [{ type: "file", name: "/a", spec: { content: "", mode: { ref: "here", output: "os" } } }] }',
      }),
      'mode (file:/a): expected an octal mode as a string, such as "0644", got output(...)',
    ],
    [
      "a provider",
      stackText({ machines: '{ here: { provider: "aws" } }' }),
      'machines.here.provider: unknown provider "aws"; known are local, server',
    ],
  ])("%s", async (_, text, message) => {
    expect((await refused({ "drover.config.ts": text })).err).toContain(message);
  });

  it("never shows what may be a secret", async () => {
    const ran = await refused({
      "drover.config.ts": stackText(
        app('env: { API_KEY: 987654321 as never, B: ["hunter2"] as never }, files: { "/x": 123454321 as never }'),
      ),
    });
    expect(ran.err).not.toMatch(/987654321|hunter2|123454321/);
  });
});

describe("hostile flags", () => {
  const file = { "drover.config.ts": stackText({}) };
  const argvs = HOSTILE.filter(
    (text) => !["--help", "constructor", "/etc/passwd", "../../etc/passwd"].includes(text),
  ).flatMap((text) => [
    ["plan", "--on", text],
    ["plan", "--only", text],
    ["plan", "-e", text],
    ["plan", "-f", text],
    ["rollback", text],
    ["history", text],
    ["adopt", text],
    ["logs", "-n", text],
    [text, "plan"],
    ["plan", text],
  ]);
  it.each(sampleOf(argvs, 90).map((argv) => [short(argv.join(" ")), argv] as const))("%s", async (_, argv) => {
    await refused(file, argv);
  });
});

describe("anything at all", () => {
  const schemas = schemasOf(resources, providers);
  const word = fc.oneof(
    fc.constantFrom(...HOSTILE),
    fc.constantFrom(
      "id",
      "name",
      "machines",
      "apps",
      "resources",
      "here",
      "local",
      "provider",
      "on",
      "source",
      "file",
      "type",
      "spec",
    ),
    fc.string(),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      word,
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(word, tie("value"), { maxKeys: 6 }),
    ),
  }));
  const stack = fc.record(
    { id: value, name: value, machines: value, resources: value, apps: value },
    { requiredKeys: [] },
  );

  it("is a stack or a list of faults, and never breaks the checks", () => {
    fc.assert(
      fc.property(fc.oneof(value, stack), (exported) => {
        const result = validate(exported, { schemas, folder: "/nonexistent", environment: "production" });
        if ("stack" in result) return;
        expect(result.faults.length).toBeGreaterThan(0);
        for (const fault of result.faults) expect(formatFault(fault)).not.toMatch(/[\u0000-\u001f\u007f]|undefined/);
      }),
      { seed: 42, numRuns: 3000 },
    );
  });

  it("is never mistaken for one of our errors", () => {
    expect(DroverError.is(Object.create(null))).toBe(false);
  });
});
