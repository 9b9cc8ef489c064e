import { describe, expect, it } from "vitest";
import local from "./local.ts";
import server, { serverSchema } from "./server.ts";

describe("local", () => {
  it("reaches this machine", () => {
    expect(local.reach("here", { provider: "local", was: "old" })).toEqual({
      transport: "local",
      machine: "here",
      address: "127.0.0.1",
      options: { sudo: true },
    });
  });
});

describe("server", () => {
  it("gives the ssh transport what it needs", () => {
    const options = {
      port: 2222,
      identity: "~/.ssh/id",
      jump: "me@door:22,inner",
      sudo: { password: { secret: "PW" } },
    };
    expect(server.reach("web", { provider: "server", host: "deploy@db.example.com", ...options })).toEqual({
      transport: "ssh",
      machine: "web",
      address: "db.example.com",
      options: { destination: "deploy@db.example.com", connectTimeout: 15, persist: 60, ...options },
    });
  });

  it.each(["root@203.0.113.7", "web", "web_1.internal", "a.b@host", "root@2001:db8::1", "::1", "0x.org."])(
    "takes %s",
    (host) => {
      expect(serverSchema.safeParse({ host }).success).toBe(true);
    },
  );

  it.each([
    "",
    "-oProxyCommand=id",
    "root@-oProxyCommand=id",
    "-l@host",
    "a b",
    "host;id",
    "$(id)",
    "`id`",
    "host\nid",
    "root@",
    "@host",
    "host:22",
    "a/b",
    "höst",
    "host\u0000",
  ])("refuses %j", (host) => {
    expect(serverSchema.safeParse({ host }).success).toBe(false);
  });

  it.each([
    { jump: "-oProxyCommand=id" },
    { jump: "a,,b" },
    { identity: "-x" },
    { identity: "a\nb" },
    { config: "" },
    { port: 0 },
    { port: "22" },
    { sudo: "yes" },
    { sudo: { password: "plain" } },
    { hostname: "x" },
  ])("refuses %j", (options) => {
    expect(serverSchema.safeParse({ host: "h", ...options }).success).toBe(false);
  });
});
