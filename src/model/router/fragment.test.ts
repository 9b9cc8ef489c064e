import { expect, test } from "vitest";
import { DroverError } from "../../lib/error.ts";
import { routeAnswer, routerAnswer } from "./answer.ts";
import { baseConfig, baseGeneration } from "./base.ts";
import { fragment, hostsMap } from "./fragment.ts";
import { startArgv, unitFile } from "./service.ts";
import type { RouteSpec } from "./spec.ts";

const spec: RouteSpec = {
  name: "gb-7f3k9q-web",
  owner: "gb-7f3k9q/production",
  domains: ["www.example.com", "*.example.com", "www.example.com"],
  servers: [
    { name: "r2-web-2", address: "fd00:0:0::2", port: 3000 },
    { name: "r2-web-1", address: "10.210.0.2", port: 3000 },
  ],
  drainSeconds: 30,
};

test("a route becomes one backend and its lines of the map", () => {
  expect(fragment(spec)).toBe(
    [
      "# owner=gb-7f3k9q/production drain=30",
      "backend gb-7f3k9q-web from _app",
      "  http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
      "  server r2-web-1 10.210.0.2:3000",
      "  server r2-web-2 [fd00::2]:3000",
      "",
    ].join("\n"),
  );
  expect(hostsMap(spec)).toBe("*.example.com gb-7f3k9q-web\nwww.example.com gb-7f3k9q-web\n");
});

test("no host names, or `*`: the default route", () => {
  expect(hostsMap({ ...spec, domains: [] })).toBe("* gb-7f3k9q-web\n");
  expect(hostsMap({ ...spec, domains: ["*"] })).toBe("* gb-7f3k9q-web\n");
});

test("the answers promise what state prints", () => {
  expect(routeAnswer(spec)).toMatch(
    /^served owner=gb-7f3k9q\/production config=[0-9a-f]{12}\.[0-9a-f]{12} runtime=r2-web-1@10\.210\.0\.2:3000,r2-web-2@\[fd00::2\]:3000 leaving= domains=%2a\.example\.com,www\.example\.com$/,
  );
  expect(routerAnswer()).toMatch(/^running version=\* pid=\* config=[0-9a-f]{12} loaded=[0-9a-f]{12} hosts=assembled$/);
});

test.each([
  [{ name: "../x" }, /name/],
  [{ name: "_none" }, /name/],
  [{ name: "a b" }, /name/],
  [{ name: "" }, /name/],
  [{ owner: "a\nbackend x" }, /owner/],
  [{ domains: ["a.b\nx y"] }, /domains\.0/],
  [{ domains: ["A.b"] }, /domains\.0/],
  [{ domains: ["a.*.b"] }, /domains\.0/],
  [{ servers: [{ name: "s", address: "localhost", port: 80 }] }, /servers\.0\.address/],
  [{ servers: [{ name: "s", address: "fe80::1%eth0", port: 80 }] }, /servers\.0\.address/],
  [{ servers: [{ name: "s", address: "::ffff:10.0.0.1", port: 80 }] }, /servers\.0\.address/],
  [{ servers: [{ name: "s", address: "10.0.0.1", port: 70_000 }] }, /servers\.0\.port/],
  [{ servers: [1, 2].map((port) => ({ name: "s", address: "10.0.0.1", port })) }, /two servers of one name/],
  [{ drainSeconds: -1 }, /drainSeconds/],
])("refuses %j", (part, message) => {
  expect(() => fragment({ ...spec, ...part })).toThrow(DroverError);
  expect(() => fragment({ ...spec, ...part })).toThrow(message);
});

test("the base names its own generation, which every option moves", () => {
  expect(baseConfig()).toContain(`description "drover ${baseGeneration()}"`);
  expect(baseGeneration({ idleSeconds: 61 })).not.toBe(baseGeneration());
  expect(baseConfig({ listen: [{ address: "::", port: 80 }] })).toContain("  bind [::]:80 v6only\n");
  expect(() => baseConfig({ dir: "/var/lib/x y" })).toThrow(/dir/);
  expect(() => baseConfig({ user: "root\n" })).toThrow(/user/);
});

test("unit and argument list agree", () => {
  expect(startArgv()).toEqual([
    "haproxy",
    "-W",
    "-S",
    "/run/drover/router/master.sock,mode,600",
    "-f",
    "/var/lib/drover/router/conf.d",
    "-p",
    "/run/drover/router/pid",
  ]);
  expect(unitFile()).toContain(`ExecStart=/usr/sbin/haproxy -Ws ${startArgv().slice(2).join(" ")}\n`);
  expect(unitFile()).toContain("RuntimeDirectory=drover/router drover/router/jail\n");
});
