import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { firewall } from "../../src/index.ts";
import { requirement, requireVirtualMachines } from "../machines/index.ts";
import { type Bench, bench, fine, trouble } from "./machine.ts";

const missing = await requirement("the firewall of a virtual machine", requireVirtualMachines);

/** It greets whoever comes in, from before the network is there. */
const GREETER = `[Unit]
DefaultDependencies=no
Before=network-pre.target
Wants=network-pre.target
[Service]
ExecStart=/usr/bin/perl -MSocket -e 'socket(S,PF_INET,SOCK_STREAM,6); setsockopt(S,SOL_SOCKET,SO_REUSEADDR,1); bind(S,sockaddr_in(8080,INADDR_ANY)); listen(S,9); while(accept(C,S)) { syswrite(C,"hello"); close C }'
[Install]
WantedBy=sysinit.target
`;

describe.skipIf(missing)("the firewall of a virtual machine", () => {
  let at: Bench;
  const out = (script: string): Promise<string> => at.out(script);
  beforeAll(async () => {
    at = await bench("vmfire", { disks: [], ports: [8080] });
    await out(`cat >/etc/systemd/system/greeter.service <<'END'\n${GREETER}END\nsystemctl enable -q --now greeter`);
  });
  afterAll(() => at?.[Symbol.asyncDispose]());

  /** Whether it greets; QEMU itself takes every connection, and ends those that the machine does not take. */
  function greets(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port: at.vm.portOf(8080) });
      const end = (answer: boolean): void => {
        socket.destroy();
        resolve(answer);
      };
      socket.setTimeout(2000, () => end(false));
      socket.on("error", () => end(false)).on("close", () => end(false));
      socket.once("data", () => end(true));
    });
  }

  /** Asks all the time while something happens; answers how often it was asked, and how often it greeted. */
  async function during(work: Promise<void>): Promise<{ asked: number; greeted: number }> {
    const seen = { asked: 0, greeted: 0 };
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      seen.asked += 1;
      if (await greets()) seen.greeted += 1;
      await new Promise((next) => setTimeout(next, 50));
    }
    await over;
    return seen;
  }

  const ssh = firewall({ allow: [{ port: 22 }] });
  const LIST = "nft -s list table inet drover; sha256sum /etc/drover-firewall.nft /var/lib/drover/firewall";
  const WHEN = "for u in drover-firewall card ssh; do systemctl show -p ActiveEnterTimestampMonotonic --value $u; done";

  test("without rules it can be reached while it boots, before ssh can", async () => {
    const { greeted } = await during(at.vm.reboot());
    expect(greeted).toBeGreaterThan(0);
  });

  test("with rules never, neither while it boots nor after: they are the same as before, and there before the network", async () => {
    expect(trouble(await at.run("vm-fire", [ssh]))).toEqual(fine);
    expect(await greets()).toBe(false);
    const before = await out(LIST);
    const seen = await during(at.vm.reboot());
    expect(seen.asked).toBeGreaterThan(5);
    expect(seen.greeted).toBe(0);
    expect(await out("systemctl is-active greeter")).toBe("active");
    expect(await out(LIST)).toBe(before);
    const when = (await out(WHEN)).split("\n").map(Number);
    expect(when).toHaveLength(3);
    expect(when).toEqual(when.toSorted((a, b) => a - b));
    expect((await at.run("vm-fire", [ssh])).changes).toEqual([]);
  });

  test("rules that lock us out are put back by the next boot when power goes before anyone came in", async () => {
    const before = await out(LIST);
    const gone = at.run("vm-fire", [firewall({ allow: [{ port: 80 }] })]);
    const ended = gone.then(
      ({ outcome }) => outcome?.failures.map(({ code }) => code) ?? [],
      (error: unknown) => [String(error)],
    );
    await isLockedOut();
    await at.vm.cutPower();
    expect(await ended).not.toEqual([]);
    expect(await out(LIST)).toBe(before);
    expect((await at.run("vm-fire", [ssh])).changes).toEqual([]);
  });

  /** The rules are loaded: what came in by ssh anew does not any more. */
  async function isLockedOut(): Promise<void> {
    for (let look = 0; look < 1200; look += 1) {
      // Over the connection that is there, which goes on.
      const { stdout } = await at.vm.sh("nft list table inet drover; ls /var/lib/drover/guard/armed");
      if (stdout.includes("tcp dport 80 accept") && stdout.includes("armed")) return;
      await new Promise((next) => setTimeout(next, 200));
    }
    throw new Error("the rules were never loaded");
  }

  test("what leaves the file is not there after a boot, either", async () => {
    expect(trouble(await at.run("vm-fire", []))).toEqual(fine);
    await at.vm.reboot();
    expect(await out("nft list tables")).toBe("");
    expect(await greets()).toBe(true);
  });
});
