import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname as machineName, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unword } from "../../src/model/answer.ts";
import caCertificate from "../../src/resources/ca-certificate.ts";
import filesystem from "../../src/resources/filesystem.ts";
import hostname from "../../src/resources/hostname.ts";
import hostsEntry from "../../src/resources/hosts-entry.ts";
import kernelModule from "../../src/resources/kernel-module.ts";
import locale from "../../src/resources/locale.ts";
import logicalVolume from "../../src/resources/logical-volume.ts";
import mount from "../../src/resources/mount.ts";
import swap from "../../src/resources/swap.ts";
import sysctl from "../../src/resources/sysctl.ts";
import timezone from "../../src/resources/timezone.ts";
import volumeGroup from "../../src/resources/volume-group.ts";
import { askHere, SHELLS } from "./ask.ts";

const types = [caCertificate, filesystem, hostname, hostsEntry, kernelModule, locale, logicalVolume, mount, swap];
const askers = Object.assign({}, ...[...types, sysctl, timezone, volumeGroup].map((type) => type.askers));

let root = "";

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "drover-system-askers-")));
  writeFileSync(join(root, "a b"), "precious");
  writeFileSync(join(root, "empty"), "");
  const page = Buffer.alloc(8192);
  page.write("SWAPSPACE2", 4096 - 10);
  writeFileSync(join(root, "swap"), page, { mode: 0o600 });
  symlinkSync("swap", join(root, "link"));
  mkdirSync(join(root, "folder"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.each(SHELLS)("in $name", (shell) => {
  function ask(kind: string, ...args: string[]): (string | undefined)[] {
    const queries = args.map((arg) => ({ kind, arg }));
    const answers = askHere(shell, askers, queries);
    return args.map((arg) => answers.get(`${kind}:${arg}`));
  }

  test("settings of the kernel are read together, white space and all", () => {
    const keys = ["vm.swappiness", "kernel.ostype", "net.ipv4.ip_local_port_range", "kernel.random.uuid"];
    const seen = ask("sysctl", ...keys, "no.such.key", "net.ipv4", "net.ipv4.conf.lo.forwarding");
    for (const [at, key] of keys.slice(0, 3).entries()) {
      const value = readFileSync(`/proc/sys/${key.replaceAll(".", "/")}`, "utf8")
        .trim()
        .split(/\s+/)
        .join(" ");
      const said = /^set value=(\S*) access=r[ow]$/.exec(seen[at] ?? "")?.[1];
      expect(unword(said ?? "")).toBe(value);
    }
    expect(seen[3]).toMatch(/^set value=[0-9a-f-]{36} access=/);
    expect(seen.slice(4, 6)).toEqual(["absent", "absent"]);
    expect(seen[6]).toMatch(/^set value=[01] access=/);
    expect(ask("sysctl-conf", "no.such.key")).toEqual(["conf"]);
  });

  test("five hundred settings are as one", () => {
    const keys = Array.from({ length: 500 }, (_, at) => `net.ipv4.x${at}`);
    expect(new Set(ask("sysctl", ...keys, "vm.swappiness").slice(0, 500))).toEqual(new Set(["absent"]));
  });

  test("names, zones, languages, modules, authorities", () => {
    expect(ask("hostname", "system")[0]).toMatch(new RegExp(`^name file=\\S* kernel=${machineName()}( |$)`));
    expect(ask("hosts", "203.0.113.77", "127.0.0.1")[0]).toBe("absent");
    expect(ask("hosts-file", "/etc/hosts", join(root, "none"))[1]).toBe("absent");
    expect(ask("timezone", "system")[0]).toMatch(/^zone link=\S* file=\S*$/);
    expect(ask("zoneinfo", "Mars/Olympus")).toEqual(["absent"]);
    expect(ask("locale", "C.UTF-8", "xx_XX.UTF-8")).toEqual([
      expect.stringMatching(/^locale gen=builtin made=(yes|no) lang=(yes|no) file=\S+$/),
      expect.stringMatching(/^locale gen=(no|none) made=no lang=no file=\S+$/),
    ]);
    expect(ask("module", "no_such_module")[0]).toMatch(/^missing can=(yes|no)$/);
    expect(ask("ca", "drover-no-such")[0]).toMatch(/^(absent|none)$/);
    expect(ask("vg", "drover-none")[0]).toMatch(/^(absent|none|unknown .*)$/);
    expect(ask("lv", "drover-none/x")[0]).toMatch(/^(absent|none|unknown .*)$/);
  });

  test("files that are swap, and those that are none", () => {
    const names = ["a b", "empty", "swap", "link", "folder", "nothing", "no/folder/x"];
    const seen = ask("swap", ...names.map((name) => join(root, name)));
    expect(seen[0]).toMatch(/^file size=8 mode=\d+ owner=\S+ holds=other active=no on=\S+/);
    expect(seen[1]).toMatch(/^file size=0 mode=\d+ owner=\S+ holds=nothing active=no /);
    expect(seen[2]).toMatch(/^file size=8192 mode=600 owner=\S+ holds=swap active=no /);
    expect(seen.slice(3, 5)).toEqual(["other", "other"]);
    expect(seen[5]).toMatch(/^absent on=\S+/);
    expect(seen[6]).toMatch(/^absent on=\S+/);
  });

  test("what is mounted, and what is no device", () => {
    const [proc, none] = ask("mount", "/proc", join(root, "folder"));
    expect(proc).toMatch(/^mounted by=other options=same times=\d+( can=no)?$/);
    expect(none).toMatch(/^absent( can=no)?$/);
    const extra = ["=", "proc", "proc", "!nosuch rw"];
    const [known] = askHere(shell, askers, [{ kind: "mount", arg: "/proc", extra }]).values();
    expect(known).toMatch(/^mounted by=same options=same /);
    const wrong = askHere(shell, askers, [{ kind: "mount", arg: "/proc", extra: ["=", "x", "ext4", "nosuch"] }]);
    expect([...wrong.values()][0]).toMatch(/^mounted by=other options=other /);
    expect(ask("filesystem", "/dev/null", "/dev/drover-none")).toEqual(["other", "absent"]);
    expect(ask("device-size", "/dev/null", "/dev/drover-none")).toEqual(["absent", "absent"]);
    expect(ask("fstab", join(root, "folder"), "swap=/drover/none")).toEqual(["absent", "absent"]);
  });
});
