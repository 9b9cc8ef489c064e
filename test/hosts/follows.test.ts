import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { block, type DeclaredInput, file, line, link, secret, service, text, unit } from "../../src/index.ts";
import { sha256 } from "../../src/lib/digest.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { stackOf, up, type World } from "./world.ts";

const missing = await requirement("what services follow on a real host", requireEngine);
const signal = AbortSignal.timeout(600_000);

let folder = "";
let world: World;
let host: Host;
let token: string | undefined = "first canary";
/** All that a person or a file could be told. */
const told: unknown[] = [];

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/** Runs without trouble, and then has nothing more to do; gives what it changed, and whether the service was restarted. */
async function settled(resources: DeclaredInput[]): Promise<{ changes: string[]; restarted: boolean }> {
  const stack = stackOf(world, "follows", { follows: resources });
  const before = await invocation();
  const ran = await up(world, stack);
  told.push(ran.plan, ran.events);
  expect(ran.plan.problems).toEqual([]);
  expect(ran.outcome?.failures).toEqual([]);
  const restarted = (await invocation()) !== before;
  expect((await up(world, stack)).changes).toEqual([]);
  return { changes: ran.changes.filter((change) => !change.includes("service:")).sort(), restarted };
}

const invocation = (): Promise<string> => out("systemctl show --value -p InvocationID follower");

const wanted = ({ mode = "0600", port = "1", to = "a" } = {}): DeclaredInput[] => [
  unit("follower.service", { Service: { ExecStart: "/usr/bin/sleep infinity" } }),
  file("/etc/f.env", { content: text`PW=${secret("TOKEN")}\n`, mode }),
  line("/etc/f.conf", "port", { line: `port ${port}`, match: "^port " }),
  line("/etc/f.pw", "pw", { line: text`pw ${secret("TOKEN")}`, match: "^pw " }),
  block("/etc/f.block", "all", { content: text`x ${secret("TOKEN")}\n` }),
  link("/etc/f.link", { to }),
  service("follower", {
    follows: [
      "file:/etc/f.env",
      "line:/etc/f.conf:port",
      "line:/etc/f.pw:pw",
      "block:/etc/f.block:all",
      "link:/etc/f.link",
    ],
    enabled: false,
  }),
];

describe.skipIf(missing)("what a service follows", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["follows"])) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-follows-"));
    const config = await sshConfig([host], folder);
    world = { config, signal, secrets: (name) => (name === "TOKEN" ? token : undefined) };
    await out("touch /etc/f.conf; (umask 077; touch /etc/f.pw /etc/f.block)");
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test("is all there before it starts, in one run", async () => {
    const { changes } = await settled(wanted());
    expect(changes).toHaveLength(6);
    expect(await out("systemctl is-active follower")).toBe("active");
  });

  test.each([
    ["a line", { port: "2" }, ["update line:/etc/f.conf:port"]],
    ["a link", { port: "2", to: "b" }, ["update link:/etc/f.link"]],
  ])("restarts it when it is another: %s", async (_what, fields, changes) => {
    expect(await settled(wanted(fields))).toEqual({ changes, restarted: true });
  });

  test("restarts it when a secret in it is another, and not when only its mode is", async () => {
    const fields = { port: "2", to: "b" };
    token = "second canary";
    const changes = ["update block:/etc/f.block:all", "update file:/etc/f.env", "update line:/etc/f.pw:pw"];
    expect(await settled(wanted(fields))).toEqual({ changes, restarted: true });
    const closed = await settled(wanted({ ...fields, mode: "0640" }));
    expect(closed).toEqual({ changes: ["update file:/etc/f.env"], restarted: false });
  });

  test("is told by no digest that a value could be tried against", async () => {
    expect(await out("stat -c %a /var/lib/drover/key")).toBe("600");
    for (const value of ["first canary", "second canary"]) {
      const texts = [value, `PW=${value}\n`, `pw ${value}`, `x ${value}\n`];
      for (const part of [value, ...texts.map(sha256), ...texts.map((one) => sha256(one).slice(0, 16))]) {
        expect(JSON.stringify(told)).not.toContain(part);
        expect(await out(`grep -rlF -- '${part}' /var/lib/drover /run/drover /var/log || true`)).toBe("");
      }
    }
  });

  test("without the value here, a service that follows a file with it goes on as it is", async () => {
    const stack = stackOf(world, "valueless", {
      follows: [
        unit("other.service", { Service: { ExecStart: "/usr/bin/sleep infinity" } }),
        file("/etc/other.env", { content: text`PW=${secret("TOKEN")}\n`, mode: "0600" }),
        service("other", { follows: ["file:/etc/other.env"], enabled: false }),
      ],
    });
    expect((await up(world, stack)).outcome?.failures).toEqual([]);
    token = undefined;
    const { plan, changes } = await up(world, stack);
    expect({ changes, problems: plan.problems }).toEqual({ changes: [], problems: [] });
  });
});
