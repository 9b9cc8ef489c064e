import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect } from "vitest";
import { matches } from "../../src/model/answer.ts";
import { routerAnswer } from "../../src/model/router/answer.ts";
import { fragment, hostsMap } from "../../src/model/router/fragment.ts";
import { ask } from "./clients.ts";
import { exec, freePort, type RouterHost, routerHost } from "./host.ts";
import { routerTest } from "./needs.ts";
import { route, succeed } from "./route.ts";
import { startUpstream } from "./upstream.ts";

const name = "gb-app";

/** Everything there is: the files' digests, and what runs. */
async function everything(router: RouterHost): Promise<string> {
  const files = await exec(["sh", "-c", 'find "$1" -type f -exec sha256sum {} + | sort', "sh", router.dir]);
  return `${files.stdout}${[...(await router.state())].join("\n")}`;
}

routerTest("what HAProxy or the script refuses changes nothing", { timeout: 120_000 }, async () => {
  await using router = await routerHost();
  await using one = await startUpstream("r1");
  const spec = route(name, "app.localhost", [one]);
  await router.base();
  await succeed(router.apply(spec));
  await succeed(router.apply(route("gb-other", "other.localhost", [one])));
  const before = await everything(router);
  const [good, map] = [fragment(spec), hostsMap(spec)];
  const cases: [
    what: string,
    args: (files: [string, string]) => string[],
    text: string,
    map: string,
    code: number,
    says: RegExp,
  ][] = [
    [
      "an unknown keyword",
      ([f, m]) => ["apply", name, f, m, "1"],
      `${good}  bogus on\n`,
      map,
      10,
      /unknown keyword 'bogus'/,
    ],
    [
      "another section",
      ([f, m]) => ["apply", name, f, m, "1"],
      `${good}global\n  user root\n`,
      map,
      10,
      /nothing else/,
    ],
    ["another backend", ([f, m]) => ["apply", name, f, m, "1"], `${good}backend x\n`, map, 10, /nothing else/],
    ["another name", ([f, m]) => ["apply", "gb-x", f, m, "1"], good, map, 10, /not the backend gb-x/],
    [
      "a foreign host name",
      ([f, m]) => ["apply", name, f, m, "1"],
      good,
      `other.localhost ${name}\n`,
      13,
      /other\.localhost is served by gb-other of gb-7f3k9q\/production/,
    ],
    [
      "a map to elsewhere",
      ([f, m]) => ["apply", name, f, m, "1"],
      good,
      "x.localhost gb-other\n",
      10,
      /leads x\.localhost to gb-other/,
    ],
    ["a name with a path", ([f, m]) => ["apply", "../x", f, m, "1"], good, map, 2, /not a route's name/],
    ["a name like an option", ([f, m]) => ["apply", "-x", f, m, "1"], good, map, 2, /not a route's name/],
    ["no time", ([f, m]) => ["apply", name, f, m, "soon"], good, map, 2, /not a number of seconds/],
    ["a bad base", ([f]) => ["base", f], "global\n  nonsense\n", map, 10, /unknown keyword 'nonsense'/],
    ["no such command", () => ["destroy"], good, map, 2, /usage/],
  ];
  for (const [what, args, text, mapText, code, says] of cases) {
    const files: [string, string] = [join(router.dir, "../bad"), join(router.dir, "../bad.map")];
    await writeFile(files[0], text);
    await writeFile(files[1], mapText);
    const result = await router.sync(args(files));
    expect({ what, code: result.code, stderr: result.stderr }).toEqual({
      what,
      code,
      stderr: expect.stringMatching(says),
    });
    expect(await everything(router), what).toBe(before);
  }
});

routerTest("a reload that fails leaves the router as it was, and says why", { timeout: 60_000 }, async () => {
  await using router = await routerHost();
  await using one = await startUpstream("r1");
  await router.base();
  await succeed(router.apply(route(name, "app.localhost", [one])));
  const port = await freePort();
  const foreign = createServer();
  await new Promise<void>((resolve) => foreign.listen({ port, host: "127.0.0.1" }, resolve));
  const listen = [
    { address: "127.0.0.1", port: router.port },
    { address: "127.0.0.1", port },
  ];
  await expect(router.base({ listen })).rejects.toThrow(
    /the reload failed.*cannot bind socket \(Address already in use\)/s,
  );
  expect((await ask({ port: router.port, host: "app.localhost" })).release).toBe("r1");
  expect(matches(routerAnswer(router.options), (await router.state()).get("router") ?? "")).toBe(true);
  foreign.close();
  await router.base({ listen });
  expect((await ask({ port, host: "app.localhost" })).release).toBe("r1");
});

routerTest("preflight names who listens", { timeout: 60_000 }, async () => {
  await using router = await routerHost();
  await router.base();
  const foreign = createServer();
  await new Promise<void>((resolve) => foreign.listen({ port: 0, host: "::" }, resolve));
  const at = foreign.address();
  if (typeof at !== "object" || at === null) throw new Error("no port");
  const free = await freePort();
  const comm = (await readFile(`/proc/${process.pid}/comm`, "utf8")).trim();
  const seen = await router.sync(["preflight", String(at.port), String(router.port), String(free)]);
  foreign.close();
  expect(seen.code).toBe(14);
  const lines = seen.stdout.trimEnd().split("\n");
  expect(lines[0]).toBe(`${at.port} foreign ${process.pid} ${comm}`);
  expect(lines.slice(1, -1).every((line) => line.startsWith(`${router.port} own `) && line.endsWith(" haproxy"))).toBe(
    true,
  );
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.at(-1)).toBe(`${free} free`);
  expect((await router.sync(["preflight", String(router.port)])).code).toBe(0);
});
