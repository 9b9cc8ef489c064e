import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { run } from "./command.ts";
import { send } from "./engine-api.ts";
import {
  type Host,
  type Outcome,
  opsPassword,
  requireEngine,
  requirement,
  sshConfig,
  startHosts,
  sweep,
} from "./index.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 }); // the first run on a machine makes the image

describe.skipIf(await requirement("test hosts", requireEngine))("test hosts", () => {
  let folder: string;
  let config: string;
  let web1: Host;
  let web2: Host;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "drover-machines-"));
    const hosts = await startHosts(["web1", "web2"]);
    config = await sshConfig(hosts, folder);
    [web1, web2] = hosts as [Host, Host]; // one for each name
  });

  afterAll(async () => {
    await Promise.all([web1, web2].map((host) => host?.[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true });
  });

  const ssh = (...args: string[]): Promise<Outcome> =>
    run(["ssh", "-F", config, ...args], { signal: AbortSignal.timeout(60_000) });

  it("are bare: systemd runs, nothing of Docker, no apt lists", async () => {
    expect(await web1.sh("systemctl is-system-running")).toMatchObject({ code: 0, stdout: "running\n" });
    const bare = await web1.sh("command -v docker; ls /var/lib/apt/lists | grep -c _; cat /proc/1/comm; hostname");
    expect(bare).toMatchObject({ code: 0, stdout: "0\nsystemd\nweb1\n" });
  });

  it("have a machine-id and a host key of their own", async () => {
    const [one, two] = await Promise.all([web1, web2].map((host) => host.sh("cat /etc/machine-id")));
    expect(one?.stdout).toMatch(/^[0-9a-f]{32}\n$/);
    expect(one?.stdout).not.toBe(two?.stdout);
    expect(web1.hostKey.split(" ")[2]).not.toBe(web2.hostKey.split(" ")[2]);
    const key = await web1.sh("cat /etc/ssh/ssh_host_*_key.pub");
    expect(web1.hostKey).toBe(`${web1.address} ${key.stdout.trim()}`);
  });

  it("let root in by key", async () => {
    expect(await ssh("web1", "id -un")).toEqual({ code: 0, stdout: "root\n", stderr: "" });
    expect(await ssh("web2", "exit 7")).toMatchObject({ code: 7 });
  });

  it("refuse a host key that is not theirs", async () => {
    const swapped = await sshConfig(
      [{ ...web1, hostKey: `${web1.address} ${web2.hostKey.replace(/^\S+ /, "")}` }],
      `${folder}/x`,
    );
    const refused = await run(["ssh", "-F", swapped, "web1", "true"], { signal: AbortSignal.timeout(60_000) });
    expect(refused.code).toBe(255);
    expect(refused.stderr).toContain("Host key verification failed");
  });

  it("give ops sudo without, opspw with a password", async () => {
    expect(await ssh("ops@web1", "sudo -n id -un")).toMatchObject({ code: 0, stdout: "root\n" });
    expect((await ssh("opspw@web1", "sudo -n id -un")).code).not.toBe(0);
    expect(await ssh("opspw@web1", `echo ${opsPassword} | sudo -S id -un`)).toMatchObject({
      code: 0,
      stdout: "root\n",
    });
  });

  it("reach each other by address", async () => {
    const greeting = await web2.sh(`bash -c 'head -c 8 < /dev/tcp/${web1.address}/22'`);
    expect(greeting).toMatchObject({ code: 0, stdout: "SSH-2.0-" });
  });

  it("can change the kernel's settings for their network, and none of this machine's", async () => {
    const range = "/proc/sys/net/ipv4/ip_local_port_range";
    const before = await readFile(range, "utf8");
    expect(await web1.sh(`echo '20000 50000' > ${range}`)).toMatchObject({ code: 0 });
    expect(await readFile(range, "utf8")).toBe(before);
    expect((await web1.sh("echo 10 > /proc/sys/kernel/panic")).stderr).toContain("Read-only file system");
  });

  it("keep stdout, stderr and exit code apart", async () => {
    const long = await web1.sh("seq 100000; echo oops >&2; exit 3");
    expect(long).toMatchObject({ code: 3, stderr: "oops\n" });
    expect(long.stdout).toMatch(/^1\n2\n(\d+\n)*100000\n$/);
  });

  it("come back from a reboot with their address and files, without what was in /run", async () => {
    const started = "touch /root/kept /run/lost; awk '{ print $22 }' /proc/1/stat";
    const before = await web2.sh(started);
    await web2.reboot();
    expect((await web2.sh("awk '{ print $22 }' /proc/1/stat")).stdout).not.toBe(before.stdout);
    expect(await ssh("web2", "ls -d /root/kept /run/lost")).toMatchObject({ stdout: "/root/kept\n" });
  });

  it("can be switched off, and on again by a reboot", async () => {
    await web2.stop();
    expect((await ssh("-oConnectTimeout=3", "web2", "true")).code).toBe(255);
    await web2.reboot();
    expect((await ssh("web2", "true")).code).toBe(0);
  });

  it("are swept away when the process that started them was killed", async () => {
    const script = `import { startHosts } from "${new URL("./index.ts", import.meta.url).href}";
      const [host] = await startHosts(["orphan"]); console.log(host.id); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [id] = (await once(createInterface(child.stdout), "line")) as [string]; // the first line, by "line"'s contract
    const status = async (): Promise<number | undefined> => {
      const answer = await send({
        method: "GET",
        path: `/containers/${id}/json`,
        signal: AbortSignal.timeout(10_000),
      });
      answer.resume();
      return answer.statusCode;
    };
    await sweep();
    expect(await status()).toBe(200);
    child.kill("SIGKILL");
    await once(child, "exit");
    await sweep();
    expect(await status()).toBe(404);
  });

  it("refuse a name that is no hostname", async () => {
    await expect(startHosts(["a b"])).rejects.toMatchObject({ code: "USAGE" });
  });
});
