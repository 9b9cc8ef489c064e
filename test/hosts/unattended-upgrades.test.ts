import { describe, expect, test } from "vitest";
import { pkg, unattendedUpgrades } from "../../src/index.ts";
import { requireEngine, requirement } from "../machines/index.ts";
import { aptHost, fine, trouble } from "./apt-host.ts";

const missing = await requirement("unattended upgrades on real hosts", requireEngine);

describe.skipIf(missing)("unattended upgrades", () => {
  const { out, run } = aptHost();
  test("upgrades by itself, as the package understands it", async () => {
    await out("cp /srv/sources.list /etc/apt/sources.list");
    const wanted = [
      pkg("unattended-upgrades"),
      unattendedUpgrades({ reboot: "03:30", blacklist: ["lab-\\d", "linux-"], mail: "ops@example.com" }),
    ];
    const ran = await run("pk", wanted);
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual(["create package:unattended-upgrades", "create unattended-upgrades:main"]);
    const dump = await out("apt-config dump");
    const shown = dump.match(
      /^Unattended-Upgrade::(Origins-Pattern|Package-Blacklist|Automatic-Reboot-Time|Mail)(::)? ".+"/gm,
    );
    expect([...(shown ?? [])].sort()).toEqual([
      'Unattended-Upgrade::Automatic-Reboot-Time "03:30"',
      'Unattended-Upgrade::Mail "ops@example.com"',
      'Unattended-Upgrade::Origins-Pattern:: "origin=Debian,codename=${distro_codename},label=Debian-Security"',
      'Unattended-Upgrade::Origins-Pattern:: "origin=Debian,codename=${distro_codename}-security,label=Debian-Security"',
      'Unattended-Upgrade::Origins-Pattern:: "origin=Ubuntu,archive=${distro_codename}-security"',
      'Unattended-Upgrade::Package-Blacklist:: "lab-\\d"',
      'Unattended-Upgrade::Package-Blacklist:: "linux-"',
    ]);
    expect(dump).toMatch(/^APT::Periodic::Unattended-Upgrade "1";$/m);
    const said = await out("unattended-upgrade --dry-run --debug 2>&1");
    expect(said).toContain("origin=Debian,codename=bookworm-security,label=Debian-Security");
    expect(said).not.toMatch(/label=Debian(,|\s|$)(?!-Security)/);
    expect((await run("pk", wanted)).changes).toEqual([]);
    expect(trouble(await run("pk", []))).toEqual(fine);
    expect(await out("ls /etc/apt/apt.conf.d | grep -c drover || true")).toBe("0");
  });
});
