import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DeclaredInput, file, kernelModule, pkg, reboot, secret } from "../../src/index.ts";
import { stackOf, up } from "../hosts/world.ts";
import { requirement, requireVirtualMachines } from "../machines/index.ts";
import { journalOf } from "./cut.ts";
import { type Bench, bench, fine, trouble } from "./machine.ts";

const missing = await requirement("boots of a virtual machine", requireVirtualMachines);
const SECRET = "it's $(secret) of boots";

describe.skipIf(missing)("a run that boots a virtual machine", () => {
  let at: Bench;
  const out = (script: string): Promise<string> => at.out(script);
  beforeAll(async () => {
    at = await bench("vmboot", { disks: [] }, (name) => (name === "TOKEN" ? SECRET : undefined));
  });
  afterAll(() => at?.[Symbol.asyncDispose]());

  const booting = (what: string): DeclaredInput[] => [
    file(`/srv/before-${what}`, { content: "before\n" }),
    kernelModule("dummy"),
    reboot({ when: "changed", of: [what], back: 1800 }, { needs: [`file:/srv/before-${what}`] }),
    file(`/srv/booted-${what}`, { content: secret("TOKEN"), mode: "0600" }, { needs: ["reboot:main"] }),
  ];

  test("goes on by itself in the new boot, with what was on tmpfs, and boots once", async () => {
    const before = await at.vm.bootId();
    const ran = await at.run("vm-boot", booting("one"));
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toContain("update reboot:main");
    const booted = await at.vm.bootId();
    expect(booted).not.toBe(before);
    expect(await out("cat /srv/booted-one; ls /run/drover; cat /sys/module/dummy/initstate")).toBe(`${SECRET}live`);
    const run = (await journalOf(at)).at(-1)?.run;
    const kinds = (await journalOf(at)).filter((seen) => seen.run === run).map(({ t }) => t);
    expect(kinds.filter((t) => t === "begin" || t === "end")).toEqual(["begin", "end"]);
    expect((await at.run("vm-boot", booting("one"))).changes).toEqual([]);
    expect(await at.vm.bootId()).toBe(booted);
  });

  test("when the client is killed meanwhile, the next run finishes, and boots no more", async () => {
    const before = await at.vm.bootId();
    const gone = new AbortController();
    const stack = stackOf(at.world, "vm-boot", { vmboot: booting("two") });
    const first = up({ ...at.world, signal: gone.signal }, stack).then(
      () => "went on",
      (error: unknown) => (error as { code?: string }).code, // of a DroverError, else undefined
    );
    await at.vm.isGoingDown();
    gone.abort();
    expect(await first).toBe("CANCELLED");
    await at.vm.bootedAfter(before);
    expect(await out("ls /srv/before-two /srv/booted-two 2>/dev/null || true")).toBe("/srv/before-two");
    const booted = await at.vm.bootId();
    const ran = await at.run("vm-boot", booting("two"));
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes.filter((change) => !change.startsWith("delete"))).toEqual(["create file:/srv/booted-two"]);
    expect(await at.vm.bootId()).toBe(booted);
    expect(await out("cat /srv/booted-two; ls /run/drover")).toBe(SECRET);
  });

  test("when its power goes while it boots, the run goes on after that", async () => {
    const before = await at.vm.bootId();
    const running = at.run("vm-boot", booting("three"));
    await at.vm.isGoingDown();
    await at.vm.off();
    await at.vm.boot();
    const ran = await running;
    expect(trouble(ran)).toEqual(fine);
    expect(await at.vm.bootId()).not.toBe(before);
    expect(await out("cat /srv/booted-three; ls /run/drover")).toBe(SECRET);
    expect((await at.run("vm-boot", booting("three"))).changes).toEqual([]);
  });

  test("a boot that a package asks for is done, and its request is over with it", async () => {
    const before = await at.vm.bootId();
    await out("echo '*** System restart required ***' >/run/reboot-required");
    const asked = [pkg("kmod"), reboot({ back: 1800 })];
    const ran = await at.run("vm-asked", asked);
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toContain("update reboot:main");
    const booted = await at.vm.bootId();
    expect(booted).not.toBe(before);
    expect((await at.run("vm-asked", asked)).changes).toEqual([]);
    expect(await at.vm.bootId()).toBe(booted);
  });
});
