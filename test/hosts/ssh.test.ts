import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { ShellSession } from "../../src/engine/session/shell.ts";
import { file } from "../../src/index.ts";
import { schemasOf } from "../../src/load/schemas.ts";
import { validate } from "../../src/load/validate.ts";
import type { Reach } from "../../src/model/session.ts";
import { providers, resources as shelf } from "../../src/registry.ts";
import { share } from "../../src/transports/ssh.shared.ts";
import ssh, { sshOptions } from "../../src/transports/ssh.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";

const run = promisify(execFile);
const missing = await requirement("a server over SSH", requireEngine);
const signal = AbortSignal.timeout(280_000);
const none = (): undefined => undefined;
let hosts: Host[] = [];
let folder = "";
let config = "";

describe.skipIf(missing)("a server over SSH", () => {
  beforeAll(async () => {
    hosts = await startHosts(["web", "gate"], {});
    folder = await mkdtemp(join(tmpdir(), "drover-ssh-"));
    config = await sshConfig(hosts, folder);
  });
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  const reach = (destination: string, more: Record<string, unknown> = {}): Reach => ({
    transport: "ssh",
    machine: "web",
    address: "web",
    options: { destination, config, ...more },
  });

  test.each([
    ["root", {}],
    ["ops", {}],
    ["opspw", { sudo: { password: { secret: "SUDO" } } }],
  ])("%s becomes root, and asks facts in one exchange", async (user, more) => {
    const secrets = (name: string): string | undefined => (name === "SUDO" ? "drover-test" : undefined);
    const channel = await ssh.connect(reach(`${user}@web`, more), secrets, signal);
    await using session = new ShellSession("web", channel, {}, none);
    const answers = await session.ask(
      [
        { kind: "fact", arg: "all" },
        { kind: "journal", arg: "head" },
      ],
      signal,
    );
    expect(session.exchanges).toBe(1);
    expect(answers.get("fact:user")).toBe("root");
    expect(answers.get("fact:init")).toBe("systemd");
    expect(answers.get("fact:release")).toBe("bookworm");
    expect(answers.get("fact:addresses")).toContain(hosts[0]?.address);
    expect(answers.get("journal:head")).toBe("0");
    const stream = await session.open({ argv: ["cat"] }, signal);
    stream.end("through a second stream\n");
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    expect(text).toBe("through a second stream\n");
  });

  test.each([
    ["the user's own ssh config", (proxied: string) => ({ config: proxied })],
    ["the machine's `jump`", () => ({ jump: "gate" })],
  ])("is reached through another host that %s names", async (_how, more) => {
    const proxied = join(folder, "proxied");
    const text = await readFile(config, "utf8");
    await writeFile(proxied, text.replace("Host web\n", "Host web\n  ProxyJump gate\n"));
    await using session = new ShellSession(
      "web",
      await ssh.connect(reach("web", more(proxied)), none, signal),
      {},
      none,
    );
    const answers = await session.ask([{ kind: "fact", arg: "all" }], signal);
    expect(answers.get("fact:hostname")).toBe("web");
    const peer = await hosts[0]?.sh("ss -tnH state established '( sport = :22 )' | awk '{ print $4 }'");
    expect(peer?.stdout).toContain(hosts[1]?.address);
    const stream = await session.open({ argv: ["uname", "-n"] }, signal);
    stream.end();
    let said = "";
    for await (const chunk of stream) said += String(chunk);
    expect(said).toBe("web\n");
  });

  describe("a connection that is kept", () => {
    const logins = async (): Promise<number> =>
      Number((await hosts[0]?.sh("journalctl -q -u ssh | grep -c 'Accepted publickey'"))?.stdout);
    const ask = async (persist: number): Promise<string | undefined> => {
      const more = { persist };
      await using session = new ShellSession("web", await ssh.connect(reach("web", more), none, signal), {}, none);
      return (await session.ask([{ kind: "fact", arg: "all" }], signal)).get("fact:hostname");
    };

    test("serves the next command without another login; without `persist` each logs in anew", async () => {
      expect(await ask(30)).toBe("web");
      const after = await logins();
      expect(await ask(30)).toBe("web");
      expect(await logins()).toBe(after);
      expect(await ask(0)).toBe("web");
      expect(await logins()).toBe(after + 1);
    });

    test("that does not answer any more is given up for a new one", async () => {
      expect(await ask(31)).toBe("web");
      const socket = (await share(sshOptions.parse(reach("web", { persist: 31 }).options))).args;
      const { stderr } = await run("ssh", [...socket, "-O", "check", "--", "web"]);
      const master = Number(/pid=(\d+)/.exec(stderr)?.[1]);
      process.kill(master, "SIGSTOP");
      try {
        expect(await ask(31)).toBe("web");
      } finally {
        process.kill(master, "SIGKILL");
      }
    });

    test.each([
      ["the beginning", "read -t 1 -r eaten"],
      ["all", "timeout 2 cat >/dev/null"],
    ])("whose login reads %s of what is sent ahead is asked anew", async (_, reads) => {
      await hosts[0]?.sh(
        `cp /root/.bashrc /root/.bashrc.kept; { echo 'echo "some noise"; ${reads}'; cat /root/.bashrc.kept; } >/root/.bashrc`,
      );
      try {
        expect(await ask(32)).toBe("web");
        const after = await logins();
        expect(await ask(32)).toBe("web");
        expect(await logins()).toBe(after + 1);
      } finally {
        await hosts[0]?.sh("mv /root/.bashrc.kept /root/.bashrc");
      }
    });
  });

  test("a user who may not become root is told so", async () => {
    // Over a connection that is kept, too, where what is asked travels ahead of that.
    for (const persist of [0, 60]) {
      const asked = async (): Promise<void> => {
        const channel = await ssh.connect(reach("opspw@web", { persist }), none, signal);
        await using session = new ShellSession("web", channel, {}, none);
        await session.ask([{ kind: "fact", arg: "all" }], signal);
      };
      await expect(asked()).rejects.toMatchObject({ code: "RIGHTS" });
    }
  });

  test("an unknown host key is refused with its fingerprint", async () => {
    const strange = join(folder, "strange");
    await writeFile(
      strange,
      `Host strange\n  HostName ${hosts[0]?.address}\n  User root\n  IdentityFile ${hosts[0]?.keyFile}\n  UserKnownHostsFile /dev/null\n`,
    );
    const failure = await ssh
      .connect({ ...reach("strange"), options: { destination: "strange", config: strange } }, none, signal)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "HOST_KEY" });
    expect((failure as { evidence: string[] }).evidence.join("\n")).toMatch(/SHA256:/);
  });

  test("machines that let nobody in are left out and told, and the others go on", async () => {
    const machines = {
      web: { provider: "server", host: "root@web", config },
      closed: { provider: "server", host: "root@127.0.0.1", port: 1, connectTimeout: 5 },
      wrong: { provider: "server", host: "opspw@gate", config, sudo: { password: { secret: "SUDO" } } },
    };
    const resources = Object.fromEntries(
      Object.keys(machines).map((name) => [name, [file("/etc/motd.drover", { content: "x" })]]),
    );
    const checked = validate(
      { id: "ssh-left-out", name: "test", machines, resources },
      { schemas: schemasOf(shelf, providers), folder: "/", environment: "test" },
    );
    if (!("stack" in checked)) throw new Error(JSON.stringify(checked.faults));
    await using drover = createDrover();
    const options = { signal, secrets: (name: string) => (name === "SUDO" ? "not it" : undefined), emit: () => {} };
    const plan = await drover.plan(checked.stack, options);
    expect(plan.problems).toEqual([]);
    expect(plan.unreached?.map(({ machine, code }) => `${machine} ${code}`)).toEqual([
      "closed UNREACHABLE",
      "wrong RIGHTS",
    ]);
    const outcome = await drover.apply(checked.stack, plan, { ...options, allowDelete: false, command: "up" });
    expect(outcome.ok).toBe(false);
    expect(outcome.failures.map(({ machine }) => machine)).toEqual(["closed", "wrong"]);
    expect((await hosts[0]?.sh("cat /etc/motd.drover"))?.stdout).toBe("x");
  });

  test("an address where nobody is ends within the connect limit", async () => {
    const failure = ssh.connect(
      { ...reach("x"), options: { destination: "root@127.0.0.1", port: 1, connectTimeout: 5 } },
      none,
      signal,
    );
    await expect(failure).rejects.toMatchObject({ code: "UNREACHABLE" });
  });
});
