import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DroverError } from "../../src/lib/error.ts";
import { formatFault } from "../../src/load/fault.ts";
import { schemasOf } from "../../src/load/schemas.ts";
import { validate } from "../../src/load/validate.ts";
import { providers, resources } from "../../src/registry.ts";
import { HOSTILE, KINDS } from "./hostile.ts";
import { app, quoted, refused, sampleOf, short, stackText } from "./refused.ts";

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
