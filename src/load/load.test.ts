import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { DroverError } from "../lib/error.ts";
import local from "../providers/local.ts";
import server from "../providers/server.ts";
import { loadStack } from "./load.ts";
import { schemasOf } from "./schemas.ts";

const root = mkdtempSync(join(tmpdir(), "drover-load-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const schemas = {
  ...schemasOf([], [local, server]),
  resources: { file: z.strictObject({ content: z.string(), mode: z.string().optional() }) },
};
let folders = 0;

/** Puts files into a folder of their own and loads the stack there. */
async function load(files: Record<string, string>, options: { environment?: string; within?: number } = {}) {
  const cwd = join(root, String(folders++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  let printed = "";
  const print = (text: string): void => {
    printed += text;
  };
  const signal = new AbortController().signal;
  const stack = await loadStack(undefined, { cwd, schemas, signal, print, ...options });
  return { stack, printed, cwd };
}

async function failure(files: Record<string, string>, options: { within?: number } = {}): Promise<DroverError> {
  const error: unknown = await load(files, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!DroverError.is(error)) throw error ?? new Error("it loaded");
  expect(error.code).toBe("CONFIG_INVALID");
  return error;
}

const text = (body: string): string => `import { app, defineStack, local, server, secret } from "drover";\n${body}`;
const GOOD = text(`const name: string = "guestbook";
export default defineStack({ id: "gb-1", name, machines: { here: local() },
  apps: { web: app({ source: ".", on: "here", health: "/up", env: { A: secret("A") } }) } });`);

describe("loadStack", () => {
  it("gives the stack with defaults filled in", async () => {
    const { stack, cwd } = await load({ "drover.config.ts": GOOD });
    expect(stack).toMatchObject({ id: "gb-1", hasId: true, name: "guestbook", environment: "production", folder: cwd });
    expect(stack.apps["web"]).toMatchObject({
      port: 3000,
      health: { path: "/up", interval: 1 },
      env: { A: { secret: "A" } },
    });
  });

  it("takes the file and its relative imports as modules whatever package.json says", async () => {
    const { stack } = await load({
      "package.json": '{ "type": "commonjs" }',
      "drover.config.ts":
        text(`import { web } from "./apps/web.ts"; import plain from "./plain.js"; import old from "./old.js";
        export default defineStack({ name: plain.name + old.suffix, machines: { here: local() }, apps: { web } });`),
      "apps/web.ts": `import { app } from "drover"; import type { X } from "./none.ts";
        export const web = app({ source: ".", on: "here" as const });`,
      "plain.js": 'export default { name: "plain" };',
      "old.js": 'module.exports = { suffix: "-old" };',
    });
    expect(stack).toMatchObject({ name: "plain-old", id: "plain-old", hasId: false });
  });

  it("uses the drover that a project has installed", async () => {
    const { stack } = await load({
      "node_modules/drover/package.json": '{ "name": "drover", "type": "module", "exports": "./index.js" }',
      "node_modules/drover/index.js": "export const defineStack = (stack) => ({ ...stack, name: 'installed' });",
      "drover.config.mjs": 'import { defineStack } from "drover"; export default defineStack({ machines: {} });',
    });
    expect(stack.name).toBe("installed");
  });

  it("calls a function with the environment, also an async one, and is found from a folder below", async () => {
    const { cwd } = await load({
      "drover.config.ts": text(
        "export default async ({ environment }: { environment: string }) => defineStack({ name: `gb-${environment}`, machines: {} });",
      ),
      "deep/er/x": "",
    });
    const below = { cwd: join(cwd, "deep/er"), schemas, signal: new AbortController().signal, environment: "staging" };
    expect(await loadStack(undefined, below)).toMatchObject({
      name: "gb-staging",
      environment: "staging",
      folder: cwd,
    });
  });

  it("keeps what the file prints away from stdout, and shares the environment", async () => {
    const { printed } = await load({
      "drover.config.ts": `console.log("hello"); process.env.DROVER_TEST_SHARED = "yes"; ${GOOD}`,
    });
    expect(printed).toBe("hello\n");
    expect(process.env["DROVER_TEST_SHARED"]).toBe("yes");
    delete process.env["DROVER_TEST_SHARED"];
  });

  it("lists all that is wrong, each with its place", async () => {
    const error = await failure({
      "drover.config.ts":
        text(`export default { nmae: "x", name: "x", machines: { here: local(), again: local(), web: server("-oProxyCommand=x") , odd: { provider: "serve" } },
        resources: { her: [], here: [{ type: "file", name: "/a", spec: { contnt: "x" }, needs: ["file:/b"] }, { type: "fiel", name: "x", spec: {} }] },
        apps: { a: app({ source: "nope", on: "heer", port: "30OO", helth: "/" }), b: app({ image: "x", on: "here", health: "up" }), c: app({ image: "x", on: "here" }) } };`),
    });
    expect(error.where).toEqual({ file: "drover.config.ts" });
    expect([...error.evidence].sort()).toEqual(
      [
        'apps.a.helth: unknown key; did you mean "health"?',
        'apps.a.on: no machine is called "heer"; did you mean "here"?',
        'apps.a.port: expected an integer from 1 to 65535, got "30OO"',
        'apps.a.source: "nope" is not a folder beside the stack file',
        'apps.b.health: expected a path such as /up, got "up"',
        'apps.c.domains: apps.b has no domains either: only one app can be the default route of "here"',
        "machines.again: is the same machine as machines.here",
        'machines.odd.provider: unknown provider "serve"; did you mean "server"?',
        'machines.web.host: expected "user@host", a host name, an address or an alias of your ssh config, got "-oProxyCommand=x"',
        'nmae: unknown key; did you mean "name"?',
        'resources.her: no machine is called "her"; did you mean "here"?',
        "resources.here[0].content (file:/a): is missing: expected text",
        'resources.here[0].contnt (file:/a): unknown key; did you mean "content"?',
        'resources.here[0].needs[0]: no resource of this machine is "file:/b"; did you mean "file:/a"?',
        'resources.here[1].type: unknown resource type "fiel"; did you mean "file"?',
      ].sort(),
    );
  });

  it.each<[string, string, string | RegExp, string | undefined]>([
    ["a syntax error", "const a = 1;\nconst b = {\n  a: 1 b: 2\n};", /syntax error: Expected/, "drover.config.ts:3:8"],
    ["an enum", "\nenum A { B }", /syntax error: TypeScript enum/, "drover.config.ts:2:1"],
    ["no default export", "export const stack = {};", "the stack file has no default export, only stack", undefined],
    ["nothing", "", "the stack file exports nothing", undefined],
    [
      "a throw",
      "\n\nfunction f() { throw new Error('boo') }\nf();",
      "the stack file threw: boo",
      "drover.config.ts:3:22",
    ],
    ["a thrown text", "throw 'boo'", "the stack file threw: boo", undefined],
    [
      "a late throw",
      "setTimeout(() => { throw new Error('late') }, 1); await new Promise(() => {});",
      "the stack file threw: late",
      "drover.config.ts:1:26",
    ],
    ["an exit", "process.exit(0)", "the stack file ended its process (process.exit(0))", undefined],
    [
      "a wait for ever",
      "export default await new Promise(() => {})",
      "the stack file waits for something that never happens",
      undefined,
    ],
    [
      "a missing import",
      'import a from "./apps";',
      "drover.config.ts imports apps, which is not there",
      "drover.config.ts:1:15",
    ],
    [
      "an unknown name",
      'import { ap } from "drover";',
      "`drover` exports no ap; did you mean app?",
      "drover.config.ts:1:10",
    ],
    ["a number", "export default 5", "the stack file has a mistake", undefined],
  ])("says what is wrong with %s", async (_, body, message, file) => {
    const error = await failure({ "drover.config.ts": body });
    if (typeof message === "string") expect(error.message).toContain(message);
    else expect(error.message).toMatch(message);
    expect(error.where.file).toBe(file ?? "drover.config.ts");
    expect(error.hint).toBeTruthy();
  });

  it("gives the place of a syntax error in JavaScript, also in an import", async () => {
    const error = await failure({ "drover.config.mjs": 'import "./b.mjs";', "b.mjs": "\nconst a = = 1;" });
    expect(error.where.file).toBe("b.mjs:2:11");
    expect(error.evidence.join("\n")).toContain("const a = = 1;");
  });

  it("ends a file that loops for ever", async () => {
    const error = await failure({ "drover.config.ts": "for (;;) {}" }, { within: 1 });
    expect(error.message).toBe("the stack file was not done after 1 s");
  });

  it.each<[string, string, string]>([
    ["a getter", "{ get name() { return 'x' }, machines: {} }", "name: is a getter: give the value itself"],
    ["a proxy", "{ name: 'x', machines: new Proxy({}, {}) }", "machines: is a proxy: give a plain object"],
    ["a function", "{ name: 'x', machines: { a: local } }", "machines.a: is a function: give its result"],
    ["a promise", "{ name: 'x', machines: { a: Promise.resolve(1) } }", "machines.a: is a promise: await it"],
    ["a Map", "{ name: 'x', machines: new Map() }", "machines: is a Map: give a plain object, a list or a text"],
    ["a Date", "{ name: new Date(), machines: {} }", "name: is a Date: give a plain object, a list or a text"],
    ["a symbol", "{ name: 'x', [Symbol('s')]: 1, machines: {} }", "has a symbol as a key (Symbol(s)): use text"],
    ["a bigint", "{ name: 'x', machines: {}, id: 5n }", "id: is a bigint: use text or a number"],
    ["__proto__", "{ name: 'x', machines: { ['__proto__']: local() } }", "machines.__proto__: this key is not allowed"],
    ["half a surrogate", "{ name: '\\ud800', machines: {} }", "name: holds a broken surrogate pair"],
    [
      "NaN",
      "{ name: 'x', machines: {}, apps: { a: app({ source: '.', on: 'b', drain: NaN }) } }",
      "apps.a.drain: expected a finite number, got NaN",
    ],
    [
      "a cycle",
      "(() => { const a = { name: 'x', machines: {} }; a.apps = { a }; return a; })()",
      "apps.a: refers to an object that it is in: a cycle",
    ],
    [
      "depth",
      "(() => { let a = {}; for (let i = 0; i < 200; i++) a = { a }; return { name: 'x', machines: {}, apps: { a } }; })()",
      "is nested deeper than 64 levels",
    ],
  ])("refuses %s as part of the stack", async (_, body, expected) => {
    const error = await failure({ "drover.config.ts": text(`export default ${body};`) });
    expect(error.evidence.join("\n")).toContain(expected);
  });

  it("says what to do where there is no file", async () => {
    const error = await failure({ "other.txt": "" });
    expect(error.hint).toBe("drover init");
  });
});
