import { describe, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { aptPin, aptRepository, type DeclaredInput, pkg } from "../../src/index.ts";
import { requireEngine, requirement } from "../machines/index.ts";
import { aptHost, fine, secrets, signal, trouble, URL } from "./apt-host.ts";

const missing = await requirement("packages on real hosts", requireEngine);

describe.skipIf(missing)("packages of a repository", () => {
  const { out, run, stack } = aptHost();
  let lab: DeclaredInput;
  const versionOf = (name: string) =>
    out(`dpkg-query -W -f '\${db:Status-Abbrev}\${Version}' ${name} 2>/dev/null || echo none`);

  test("with an epoch, held, at another version and still held, let go, and removed", async () => {
    const key = await out("cat /srv/lab.asc");
    lab = aptRepository("lab", { uris: [URL], suites: ["stable"], key });
    const at = (version: string, hold?: boolean) =>
      run("pk", [lab, pkg("lab-tool", hold === undefined ? { version } : { version, hold })]);
    expect(trouble(await at("1:1.0-1", true))).toEqual(fine);
    expect(await versionOf("lab-tool")).toBe("hi 1:1.0-1");
    expect(await out("apt-mark showhold; apt-get -qq -y upgrade >/dev/null 2>&1; dpkg-query -W lab-tool")).toContain(
      "1:1.0-1",
    );
    expect((await at("1:1.0-1", true)).changes).toEqual([]);
    expect((await at("1:1.0-1")).changes).toEqual([]);
    expect((await at("1:2.0-1")).plan.problems[0]?.message).toContain("is on hold at 1:1.0-1");
    expect(trouble(await at("1:2.0-1", true))).toEqual(fine);
    expect(await versionOf("lab-tool")).toBe("hi 1:2.0-1");
    const lifted = await at("1:2.0-1", false);
    expect(lifted.plan.hosts[0]?.changes[0]?.diff).toEqual([{ path: "hold", from: "yes", to: "no" }]);
    expect(trouble(lifted)).toEqual(fine);
    expect(await versionOf("lab-tool")).toBe("ii 1:2.0-1");
    await out("apt-mark hold lab-tool");
    expect(trouble(await run("pk", [lab]))).toEqual(fine);
    expect(await versionOf("lab-tool")).toMatch(/^(none|un ?)$/);
  });

  test("whose configuration is left count as not there; one changed by hand stays, and that is said", async () => {
    await out(
      "for v in 1 2; do d=$(mktemp -d); mkdir $d/etc $d/DEBIAN; echo $v >$d/etc/lab.conf; echo /etc/lab.conf >$d/DEBIAN/conffiles; pack lab-conf $v '' $d; done; publish stable; apt-get -qq update",
    );
    expect(trouble(await run("pk", [lab, pkg("lab-conf", { version: "1" })]))).toEqual(fine);
    await out("echo mine >/etc/lab.conf");
    const ran = await run("pk", [lab, pkg("lab-conf", { version: "2" })]);
    expect(trouble(ran)).toEqual(fine);
    expect(await out("cat /etc/lab.conf /etc/lab.conf.dpkg-dist")).toBe("mine\n2");
    expect(JSON.stringify(ran.events)).toContain("/etc/lab.conf was changed here and stays so");
    expect(trouble(await run("pk", [lab]))).toEqual(fine);
    expect(await versionOf("lab-conf")).toBe("rc 2");
    const again = await run("pk", [lab, pkg("lab-conf")]);
    expect(again.changes).toEqual(["create package:lab-conf"]);
    expect(trouble(again)).toEqual(fine);
    expect(trouble(await run("pk", [lab]))).toEqual(fine);
  });

  test("that would take another away are refused, and the other stays", async () => {
    await out("pack lab-enemy 1 'Conflicts: lab-more\\n'; publish stable; apt-get -qq update");
    expect(trouble(await run("pk", [lab, pkg("lab-more")]))).toEqual(fine);
    const ran = await run("pk", [lab, pkg("lab-more"), pkg("lab-enemy")]);
    expect(JSON.stringify(ran.outcome?.failures)).toContain("remove is disabled");
    expect(await versionOf("lab-more")).toBe("ii 1");
    expect(trouble(await run("pk", [lab]))).toEqual(fine);
  });

  test("go in after what a cut-off dpkg left is finished, which is said", async () => {
    await out("dpkg --unpack /srv/repo/pool/lab-tool_1_2.0-1.deb");
    const ran = await run("pk", [lab, pkg("lab-more")]);
    expect(ran.plan.hosts[0]?.changes[0]?.diff).toContainEqual({ path: "dpkg", from: "interrupted", to: "finished" });
    expect(trouble(ran)).toEqual(fine);
    expect(await versionOf("lab-tool")).toBe("ii 1:2.0-1");
    expect(trouble(await run("pk", [lab]))).toEqual(fine);
    await out("dpkg --remove lab-tool");
  });

  test("wait for another dpkg, and tell whom for when they give up", async () => {
    const hold = (seconds: number) =>
      out(`rm -f /srv/held
perl -e 'use Fcntl; open(my $f, ">>", "/var/lib/dpkg/lock-frontend"); my $p = pack("s s l! l! i x![l]", F_WRLCK, 0, 0, 0, 0); fcntl($f, F_SETLK, $p) or die; open(my $h, ">", "/srv/held"); close $h; $0 = "someone"; sleep ${seconds}' </dev/null >/dev/null 2>&1 &
for i in $(seq 300); do [ ! -e /srv/held ] || exit 0; sleep 0.1; done; exit 1`);
    await hold(6);
    expect(trouble(await run("pk", [lab, pkg("lab-more")]))).toEqual(fine);
    expect(trouble(await run("pk", [lab]))).toEqual(fine);
    await hold(60);
    const wanted = stack("pk", [lab, pkg("lab-more")]);
    await using drover = createDrover();
    const options = { signal, secrets };
    const plan = await drover.plan(wanted, { ...options, emit: () => undefined });
    // As planned, but for the limit: nobody waits ten minutes here.
    const hosts = plan.hosts.map((one) => ({
      ...one,
      changes: one.changes.map((change) => ({
        ...change,
        steps: change.steps.map((step) => (step.kind === "wait" ? { ...step, within: 3 } : step)),
      })),
    }));
    const outcome = await drover.apply(
      wanted,
      { ...plan, hosts },
      { ...options, emit: () => undefined, allowDelete: false, command: "up", only: [] },
    );
    expect(outcome.failures.map(({ message }) => message).join()).toMatch(
      /in use by something else within 3 s \(busy by=(someone|perl)\[\d+\]\)/,
    );
    await out("pkill -x someone || pkill -x perl");
    expect(trouble(await run("pk", [lab]))).toEqual(fine);
  });

  test("are taken in the version that a pin prefers", async () => {
    const pin = (fields: { pin: string; priority: number }) => aptPin("lab", { packages: ["lab-t*"], ...fields });
    const ran = await run("pk", [lab, pkg("lab-tool"), pin({ pin: "version 1:1.*", priority: 990 })]);
    expect(trouble(ran)).toEqual(fine);
    expect(await versionOf("lab-tool")).toBe("ii 1:1.0-1");
    expect(await out("apt-cache policy lab-tool")).toMatch(/Candidate: 1:1\.0-1[\s\S]*1:1\.0-1 990/);
    expect((await run("pk", [lab, pkg("lab-tool"), pin({ pin: "version 1:1.*", priority: 990 })])).changes).toEqual([]);
    expect(trouble(await run("pk", [lab]))).toEqual(fine);
    expect(await out("ls /etc/apt/preferences.d")).toBe("");
  });
});
