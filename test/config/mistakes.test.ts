import { describe, expect, it } from "vitest";
import { app, refused, stackText } from "./refused.ts";

/** Mistakes as people make them, with the exact words that tell of them. */
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
    [
      "seconds",
      stackText(app('drain: "5s"')),
      'apps.guestbook.drain: expected seconds as a number, such as 5, got "5s"',
    ],
    [
      "a capability",
      stackText(app('capabilities: ["NET_BIND"]')),
      'apps.guestbook.capabilities[0]: expected one of 41 words such as "AUDIT_CONTROL", got "NET_BIND"; did you mean "NET_BIND_SERVICE"?',
    ],
    [
      "the root as a volume",
      stackText(app('volumes: { "/": {} }')),
      'volumes["/"]: not allowed as a key: expected a path below /',
    ],
    ["an app that vanishes", stackText({ apps: "{ a: app() }" }), "apps.a: has no value: give it one"],
    ["a machine that vanishes", stackText({ machines: "{ here: undefined }" }), "machines.here: has no value"],
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
      "resources.here[1] (file:/a): is there twice, first as resources.here[0]",
    ],
    [
      "a path that is to be absent and to be there",
      stackText({
        resources:
          '{ here: [{ type: "file", name: "/a", spec: { content: "" } }, { type: "absent", name: "/a", spec: {} }] }',
      }),
      "resources.here[0] (file:/a): nothing is to be there, as resources.here[1] says",
    ],
    [
      "something in a folder that is to be absent",
      stackText({
        resources:
          '{ here: [{ type: "absent", name: "/a", spec: { tree: true } }, { type: "line", name: "/a/b:c", spec: { line: "x" } }] }',
      }),
      "resources.here[1] (line:/a/b:c): nothing is to be at /a, as resources.here[0] says",
    ],
    [
      "a whole file and a block of it",
      stackText({
        resources:
          '{ here: [{ type: "block", name: "/a:b", spec: { content: "x" } }, { type: "file", name: "/a", spec: { content: "" } }] }',
      }),
      "resources.here[0] (block:/a:b): resources.here[1] says all that is in /a: they would undo each other",
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
