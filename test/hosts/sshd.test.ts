import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sshd } from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("sshd of real hosts", requireEngine);
const signal = AbortSignal.timeout(3_600_000);
type SshdFields = Parameters<typeof sshd>[0];

const DROP_IN = "/etc/ssh/sshd_config.d/00-drover.conf";

let folder = "";
let world: World;
let host: Host;
let bare: Host;

async function out(on: Host, script: string): Promise<string> {
  const { stdout, stderr, code } = await on.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

const fine = { problems: [], failures: [] };
const problem = (ran: Ran): string => ran.plan.problems.map(({ message }) => message).join();

describe.skipIf(missing)("sshd of real hosts", () => {
  beforeAll(async () => {
    [[host], [bare]] = (await Promise.all([
      startHosts(["sshdhost"]),
      startHosts(["sshdbare"], { init: "none", release: "trixie" }),
    ])) as [[Host], [Host]];
    folder = await mkdtemp(join(tmpdir(), "drover-sshd-"));
    world = { config: await sshConfig([host, bare], folder), signal, secrets: () => undefined };
  }, 600_000);
  afterAll(async () => {
    await Promise.all([host, bare].map((one) => one?.[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true, force: true });
  });

  const run = (fields?: SshdFields, on = "sshdhost") =>
    up(world, stackOf(world, "cm-sshd", { [on]: fields === undefined ? [] : [sshd(fields)] }));
  const strict: SshdFields = {
    PermitRootLogin: "prohibit-password",
    PasswordAuthentication: false,
    LoginGraceTime: "2m",
    X11Forwarding: false,
  };
  /** What a new connection meets: the daemon's own words, not its files. */
  const banner = () => out(host, "timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/22; head -n 1 <&3' || true");

  test("its keys are set, the daemon has read them, and its connections stay", async () => {
    const before = await out(host, "systemctl show -p MainPID ssh");
    const ran = await run(strict);
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual(["create sshd:main"]);
    const said = await out(host, "sshd -T");
    for (const line of [
      "permitrootlogin without-password",
      "passwordauthentication no",
      "logingracetime 120",
      "x11forwarding no",
    ])
      expect(said.split("\n")).toContain(line);
    expect(await out(host, "systemctl show -p MainPID ssh")).toBe(before);
    expect(await out(host, "journalctl --no-pager -o cat -u ssh | grep -c 'Received SIGHUP'")).toBe("1");
    expect(await banner()).toMatch(/^SSH-2.0/);
  });

  test("then there is nothing to do", async () => {
    const ran = await run(strict);
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual([]);
  });

  test("what sshd does not accept is refused by the plan, in sshd's words, and nothing moves", async () => {
    const before = await out(host, `sha256sum ${DROP_IN}`);
    expect(problem(await run({ ...strict, PermitRotLogin: "no" }))).toContain("PermitRotLogin");
    expect(problem(await run({ ...strict, Ciphers: ["none-such"] }))).toContain("none-such");
    expect(await out(host, `sha256sum ${DROP_IN}`)).toBe(before);
  });

  test("what is not accepted together with the rest never takes its place", async () => {
    await out(host, "printf 'Match User nobody\\n  NoSuchKey yes\\n' >/etc/ssh/sshd_config.d/50-broken.conf");
    const ran = await run({ ...strict, MaxAuthTries: 3 });
    expect(ran.outcome?.failures[0]?.message).toContain("does not accept");
    expect(await out(host, `cat ${DROP_IN}`)).not.toContain("MaxAuthTries");
    await out(host, "rm /etc/ssh/sshd_config.d/50-broken.conf");
    expect((await run(strict)).changes).toEqual([]);
  });

  test("drift by hand, a broken drop-in, and a reload that was cut off are put right", async () => {
    for (const drift of [
      `echo 'PermitTunnel yes' >>${DROP_IN}`,
      `echo 'NoSuchKey yes' >>${DROP_IN}`,
      `rm ${DROP_IN}; echo cut >/var/lib/drover/sshd`,
    ]) {
      await out(host, drift);
      const ran = await run(strict);
      expect(trouble(ran)).toEqual(fine);
      expect([drift, ran.changes]).toEqual([drift, ["update sshd:main"]]);
      expect((await run(strict)).changes).toEqual([]);
    }
    expect(await out(host, "sshd -T | grep permittunnel")).toBe("permittunnel no");
  }, 900_000);

  test("a change that fails after it was moved is taken back to the byte", async () => {
    const before = await out(host, `sha256sum ${DROP_IN} /var/lib/drover/sshd; sshd -T | sha256sum`);
    await out(host, "mkdir /var/lib/drover/.sshd");
    const ran = await run({ ...strict, MaxAuthTries: 2 });
    expect(ran.outcome?.failures.map(({ code }) => code)).toContain("STEP_FAILED");
    await out(host, "rmdir /var/lib/drover/.sshd");
    expect(await out(host, `sha256sum ${DROP_IN}; sshd -T | sha256sum`)).toBe(
      before
        .split("\n")
        .filter((line) => !line.includes("drover/sshd"))
        .join("\n"),
    );
    expect((await run(strict)).changes.length).toBeLessThan(2);
    expect((await run(strict)).changes).toEqual([]);
  });

  test("a further port is listened on; lists and addresses are heard", async () => {
    const fields: SshdFields = {
      ...strict,
      Port: [22, 2222],
      ListenAddress: ["0.0.0.0"],
      AllowUsers: ["root", "ops"],
      AcceptEnv: "LANG",
    };
    const refused = await run(fields);
    expect(problem(refused)).toMatch(
      /acceptenv is set there as well, and values add up: line \d+ of \/etc\/ssh\/sshd_config/,
    );
    const { AcceptEnv: _, ...rest } = fields;
    const ran = await run(rest);
    expect(trouble(ran)).toEqual(fine);
    expect(await out(host, "sshd -T | grep -E '^(port|allowusers|listenaddress)' | sort")).toBe(
      "allowusers ops\nallowusers root\nlistenaddress 0.0.0.0:22\nlistenaddress 0.0.0.0:2222\nport 22\nport 2222",
    );
    expect(await out(host, "timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/2222; head -n 1 <&3' || true")).toMatch(
      /^SSH-2.0/,
    );
    expect((await run(rest)).changes).toEqual([]);
    expect(trouble(await run(strict))).toEqual(fine);
  }, 900_000);

  test("a line before the drop-in, and a missing Include, are refused with their place", async () => {
    await out(
      host,
      "cp -p /etc/ssh/sshd_config /root/kept; sed -i '1i PasswordAuthentication yes' /etc/ssh/sshd_config",
    );
    expect(problem(await run(strict))).toContain(
      "passwordauthentication is set before the drop-in, and the first value wins: line 1 of /etc/ssh/sshd_config",
    );
    await out(host, "sed -i '1d; /^Include/d' /etc/ssh/sshd_config");
    expect(problem(await run(strict))).toContain("does not include its drop-ins");
    await out(host, "{ echo 'Match User nobody'; cat /root/kept; } >/etc/ssh/sshd_config");
    expect(problem(await run(strict))).toContain("within a Match block");
    await out(host, "cp -p /root/kept /etc/ssh/sshd_config");
    expect((await run(strict)).changes).toEqual([]);
  });

  test("what leaves the file leaves sshd as it was", async () => {
    const ran = await run();
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual(["delete sshd:main"]);
    expect(await out(host, `ls ${DROP_IN} /var/lib/drover/sshd 2>/dev/null || true`)).toBe("");
    expect(await out(host, "sshd -T | grep x11forwarding")).toBe("x11forwarding yes");
    expect((await run()).changes).toEqual([]);
  });

  test("without systemd, and of another release, the daemon reads it by its signal", async () => {
    const pid = await out(bare, "cat /run/sshd.pid");
    expect(trouble(await run({ MaxAuthTries: 4 }, "sshdbare"))).toEqual(fine);
    expect(await out(bare, "cat /run/sshd.pid")).toBe(pid);
    expect(await out(bare, "sshd -T | grep maxauthtries")).toBe("maxauthtries 4");
    expect((await run({ MaxAuthTries: 4 }, "sshdbare")).changes).toEqual([]);
    expect(trouble(await run(undefined, "sshdbare"))).toEqual(fine);
    expect(await out(bare, "sshd -T | grep maxauthtries")).toBe("maxauthtries 6");
  });
});
