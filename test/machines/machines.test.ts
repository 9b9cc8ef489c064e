import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

const minutes = (count: number): number => count * 60_000;

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
  }, minutes(10));

  afterAll(async () => {
    await Promise.all([web1, web2].map((host) => host?.[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true });
  }, minutes(2));

  const ssh = (...args: string[]): Promise<Outcome> =>
    run(["ssh", "-F", config, ...args], { signal: AbortSignal.timeout(minutes(1)) });

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
    const refused = await run(["ssh", "-F", swapped, "web1", "true"], { signal: AbortSignal.timeout(minutes(1)) });
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

  it("keep stdout, stderr and exit code apart", async () => {
    const long = await web1.sh("seq 100000; echo oops >&2; exit 3");
    expect(long).toMatchObject({ code: 3, stderr: "oops\n" });
    expect(long.stdout).toMatch(/^1\n2\n(\d+\n)*100000\n$/);
  });

  it(
    "come back from a reboot with their address and files, without what was in /run",
    async () => {
      const started = "touch /root/kept /run/lost; awk '{ print $22 }' /proc/1/stat";
      const before = await web2.sh(started);
      await web2.reboot();
      expect((await web2.sh("awk '{ print $22 }' /proc/1/stat")).stdout).not.toBe(before.stdout);
      expect(await ssh("web2", "ls -d /root/kept /run/lost")).toMatchObject({ stdout: "/root/kept\n" });
    },
    minutes(4),
  );

  it(
    "can be switched off, and on again by a reboot",
    async () => {
      await web2.stop();
      expect((await ssh("-oConnectTimeout=3", "web2", "true")).code).toBe(255);
      await web2.reboot();
      expect((await ssh("web2", "true")).code).toBe(0);
    },
    minutes(4),
  );

  it(
    "run without an init system",
    async () => {
      await using host = (await startHosts(["plain"], { init: "none" }))[0] as Host;
      const bare =
        "ps -o comm= 1; test -d /run/systemd/system; echo $?; (sleep 0.1 &) ; sleep 0.5; ps -eo stat= | grep -c Z";
      expect((await host.sh(bare)).stdout).toBe("sh\n1\n0\n");
      await host.sh("kill $(cat /run/sshd.pid)");
      await host.reboot();
      const path = await sshConfig([host], join(folder, "plain"));
      const signal = AbortSignal.timeout(minutes(1));
      expect(await run(["ssh", "-F", path, "ops@plain", "sudo -n id -un"], { signal })).toMatchObject({
        stdout: "root\n",
      });
    },
    minutes(5),
  );

  it(
    "have the shell that was asked for",
    async () => {
      const [bash, busybox] = await Promise.all([
        startHosts(["bash"], { shell: "bash" }),
        startHosts(["busybox"], { shell: "busybox" }),
      ]);
      await using both = new AsyncDisposableStack();
      for (const host of [...bash, ...busybox]) both.use(host);
      const path = await sshConfig([...bash, ...busybox], join(folder, "shells"));
      const ask = (target: string, command: string): Promise<Outcome> =>
        run(["ssh", "-F", path, target, command], { signal: AbortSignal.timeout(minutes(1)) });
      expect((await ask("bash", "readlink /bin/sh; sh -c 'echo $POSIXLY_CORRECT$BASH'")).stdout).toMatch(
        /^bash\n.*\/sh\n$/,
      );
      expect((await ask("busybox", "readlink /bin/sh; command -v stat")).stdout).toBe(
        "busybox\n/usr/lib/busybox/bin/stat\n",
      );
      expect((await ask("ops@busybox", "sudo sh -c 'command -v stat'")).stdout).toBe("/usr/lib/busybox/bin/stat\n");
    },
    minutes(10),
  );

  it(
    "are Debian 13 when asked",
    async () => {
      await using host = (await startHosts(["next"], { release: "trixie" }))[0] as Host;
      expect((await host.sh(". /etc/os-release; echo $VERSION_CODENAME")).stdout).toBe("trixie\n");
    },
    minutes(10),
  );

  it(
    "trust what this machine trusts, when asked",
    async () => {
      await using host = (await startHosts(["trusting"], { ca: true }))[0] as Host;
      const bundle = "/etc/ssl/certs/ca-certificates.crt";
      expect((await host.sh(`cat ${bundle}`)).stdout).toBe(await readFile(bundle, "utf8"));
    },
    minutes(5),
  );

  it(
    "take Docker, whose containers are reached at the host's address and bounded",
    async () => {
      await using host = (await startHosts(["docker"], { docker: true, aptLists: true }))[0] as Host;
      const installed = await host.sh("DEBIAN_FRONTEND=noninteractive apt-get install -y -qq docker.io");
      expect(installed.code, installed.stderr).toBe(0);
      expect(await host.sh("docker info --format '{{.Driver}}'")).toMatchObject({ code: 0, stdout: "overlay2\n" });
      const image = await host.sh(
        "cd / && tar c $(ls -d bin lib lib64 usr/lib64 usr/lib/ld-* usr/lib/*-linux-gnu usr/bin/perl) | docker import - probe",
      );
      expect(image.code, image.stderr).toBe(0);
      const greeter = `$|=1; $s=IO::Socket::INET->new(Listen=>5,LocalPort=>80); print "up\\n"; while($c=$s->accept){print $c "hello"}`;
      const started = await host.sh(`
      docker run -d --name probe -m 100m -p 8080:80 probe perl -MIO::Socket::INET -e '${greeter}'
      timeout 30 sh -c 'until docker logs probe | grep -q up; do sleep 0.1; done'
      docker stats --no-stream --format '{{.MemUsage}}' probe; systemctl is-system-running`);
      expect(started.stdout, started.stderr).toMatch(/ \/ 100MiB\nrunning\n$/);
      const socket = connect(8080, host.address);
      expect(String((await once(socket, "data"))[0])).toBe("hello");
      socket.destroy();
    },
    minutes(10),
  );

  it(
    "are swept away when the process that started them was killed",
    async () => {
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
    },
    minutes(5),
  );

  it("refuse a name that is no hostname", async () => {
    await expect(startHosts(["a b"])).rejects.toMatchObject({ code: "USAGE" });
  });
});
