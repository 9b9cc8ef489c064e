import { describe, expect, it } from "vitest";
import { recipe } from "../recipe.ts";
import { qemuCommand } from "./qemu.ts";
import { imageName, vmRecipe } from "./recipe.ts";

const image = { disk: "/c/disk", kernel: "/c/kernel", initrd: "/c/initrd", hostKey: "ssh-ed25519 A" };

describe("qemuCommand", () => {
  const argv = qemuCommand({ image, folder: "/run", forwards: { 22: 4022, 8080: 4080 }, disks: 2 });
  it("emulates, whatever this machine could do", () => {
    expect(argv.join(" ")).toContain("-accel tcg");
    expect(argv.join(" ")).not.toMatch(/kvm/);
  });
  it("has its own disk first, then empty ones, all with the guest's flushes honoured", () => {
    const drives = argv.filter((_, index) => argv[index - 1] === "-drive");
    expect(drives.map((drive) => drive.split(",")[0])).toEqual([
      "file=/run/root.qcow2",
      "file=/run/disk0.qcow2",
      "file=/run/disk1.qcow2",
    ]);
    expect(drives.every((drive) => drive.endsWith("cache=writeback"))).toBe(true);
  });
  it("can be reached on loopback only", () => {
    expect(argv).toContain("user,id=net,hostfwd=tcp:127.0.0.1:4022-:22,hostfwd=tcp:127.0.0.1:4080-:8080");
  });
});

describe("vmRecipe", () => {
  it("is named by all that it is made from, and is no container's", () => {
    const one = vmRecipe("", "ssh-ed25519 A\n");
    expect(imageName(one)).toMatch(/^vm-[0-9a-f]{16}$/);
    expect(imageName(vmRecipe("", "ssh-ed25519 A\n"))).toBe(imageName(one));
    expect(imageName(vmRecipe("", "ssh-ed25519 B\n"))).not.toBe(imageName(one));
    expect(one.packages).toEqual(
      expect.arrayContaining([
        ...recipe({ release: "bookworm", shell: "dash", init: "systemd", packages: "apt" }, "").packages,
        "linux-image-cloud-amd64",
      ]),
    );
  });
});
