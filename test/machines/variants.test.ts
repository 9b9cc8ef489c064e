import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { run } from "./command.ts";
import { type Host, type Outcome, requireEngine, requirement, sshConfig, startHosts } from "./index.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 }); // the first run on a machine makes the images

describe.skipIf(await requirement("test hosts", requireEngine))("test hosts, when asked,", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "drover-variants-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("run without an init system", async () => {
    await using host = (await startHosts(["plain"], { init: "none" }))[0] as Host;
    const bare = "ps -o comm= 1; test -d /run/systemd/system; echo $?; command -v docker";
    expect((await host.sh(bare)).stdout).toBe("sh\n1\n");
    const reaped = "(sleep 0.1 &); sleep 0.2; timeout 30 sh -c 'while ps -eo stat= | grep -q Z; do sleep 0.1; done'";
    expect((await host.sh(reaped)).code).toBe(0);
    await host.sh("kill $(cat /run/sshd.pid)");
    await host.reboot();
    const path = await sshConfig([host], join(folder, "plain"));
    const signal = AbortSignal.timeout(60_000);
    expect(await run(["ssh", "-F", path, "ops@plain", "sudo -n id -un"], { signal })).toMatchObject({
      stdout: "root\n",
    });
  });

  it.each(["bookworm", "trixie"] as const)(
    "run sysvinit on %s, from boot to halt, and nothing of systemd",
    async (release) => {
      await using host = (await startHosts(["sysv"], { init: "sysv", release }))[0] as Host;
      const init =
        "ps -o comm= 1; runlevel; test -e /etc/machine-id; echo $?; command -v systemctl; dpkg -l systemd | grep ^ii";
      expect((await host.sh(init)).stdout).toBe("init\nN 2\n1\n");
      expect((await host.sh("service ssh status")).stdout).toContain("sshd is running");
      const path = await sshConfig([host], join(folder, `sysv-${release}`));
      const signal = AbortSignal.timeout(300_000);
      const come = () => run(["ssh", "-F", path, "ops@sysv", "sudo -n id -un"], { signal });
      expect(await come()).toMatchObject({ stdout: "root\n" });
      expect(
        (await host.sh(`bash -c 'exec 3<>/dev/tcp/$(ip route | sed -n "s/^default via \\([^ ]*\\).*/\\1/p")/1'`))
          .stderr,
      ).toContain("refused");
      // Scripts of the runlevels for halt and boot run, in the order that their headers say.
      const words = `$network $local_fs`;
      const header = `#!/bin/sh\n### BEGIN INIT INFO\n# Provides: probe\n# Required-Start: ${words}\n# Required-Stop: ${words}\n# Default-Start: 2 3 4 5\n# Default-Stop: 0 1 6\n### END INIT INFO\n`;
      const probe = `cat >/etc/init.d/probe <<'E'\n${header}echo "$1" >>/var/log/probe\nE\nchmod 755 /etc/init.d/probe; update-rc.d probe defaults; touch /run/lost`;
      expect((await host.sh(probe)).code).toBe(0);
      await host.reboot();
      expect((await host.sh("cat /var/log/probe; ls /run/lost; cat /proc/sys/kernel/hostname")).stdout).toBe(
        "stop\nstart\nsysv\n",
      );
      expect(await come()).toMatchObject({ stdout: "root\n" });
      await host.stop();
      await host.reboot();
      expect((await host.sh("cat /var/log/probe")).stdout).toBe("stop\nstart\nstop\nstart\n");
    },
  );

  it("have another shell", async () => {
    const [bash, busybox] = await Promise.all([
      startHosts(["bash"], { shell: "bash" }),
      startHosts(["busybox"], { shell: "busybox" }),
    ]);
    await using both = new AsyncDisposableStack();
    for (const host of [...bash, ...busybox]) both.use(host);
    const path = await sshConfig([...bash, ...busybox], join(folder, "shells"));
    const ask = (target: string, command: string): Promise<Outcome> =>
      run(["ssh", "-F", path, target, command], { signal: AbortSignal.timeout(60_000) });
    expect((await ask("bash", "readlink /bin/sh; sh -c 'echo $POSIXLY_CORRECT$BASH'")).stdout).toMatch(
      /^bash\n.*\/sh\n$/,
    );
    expect((await ask("busybox", "readlink /bin/sh; command -v stat")).stdout).toBe(
      "busybox\n/usr/lib/busybox/bin/stat\n",
    );
    expect((await ask("ops@busybox", "sudo sh -c 'command -v stat'")).stdout).toBe("/usr/lib/busybox/bin/stat\n");
  });

  it("are Debian 13", async () => {
    await using host = (await startHosts(["next"], { release: "trixie" }))[0] as Host;
    expect((await host.sh(". /etc/os-release; echo $VERSION_CODENAME")).stdout).toBe("trixie\n");
  });

  it("have rpm and dnf in place of dpkg and apt", async () => {
    await using host = (await startHosts(["rpmhost"], { packages: "rpm" }))[0] as Host;
    const looks = ". /etc/os-release; echo $ID_LIKE; rpm -qa; dnf --version | head -n 1; command -v dpkg apt-get";
    expect((await host.sh(looks)).stdout).toBe("rhel fedora\n4.14.0\n");
  });

  it("trust what this machine trusts", async () => {
    await using host = (await startHosts(["trusting"], { ca: true }))[0] as Host;
    const bundle = "/etc/ssl/certs/ca-certificates.crt";
    expect((await host.sh(`cat ${bundle}`)).stdout).toBe(await readFile(bundle, "utf8"));
  });

  it.each(["bookworm", "trixie"] as const)("take Docker on %s, its containers reached and bounded", async (release) => {
    await using host = (await startHosts(["docker"], { docker: true, aptLists: true, release }))[0] as Host;
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
  });
});
