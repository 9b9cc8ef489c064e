import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A small image with a shell and a web server, from Debian's static busybox. Kept on the engine between runs. */
export const BUSYBOX = "drover-test/busybox:2";

export function sh(file: string, ...args: string[]): string {
  return execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

export function docker(...args: string[]): string {
  return sh("docker", "-H", "unix:///var/run/docker.sock", ...args).trim();
}

export function makeBusybox(): void {
  if (docker("images", "-q", BUSYBOX) !== "") return;
  const folder = mkdtempSync(join(tmpdir(), "drover-busybox-"));
  try {
    execFileSync("apt-get", ["download", "-q", "busybox-static"], { cwd: folder, stdio: "ignore" });
    const deb = readdirSync(folder).find((name) => name.endsWith(".deb")) ?? "";
    execFileSync("dpkg-deb", ["-x", deb, "deb"], { cwd: folder });
    const root = join(folder, "root");
    for (const name of ["bin", "www", "tmp", "etc", "usr/bin"]) mkdirSync(join(root, name), { recursive: true });
    const found = ["usr/bin/busybox", "bin/busybox"].map((path) => join(folder, "deb", path));
    for (const path of found) {
      try {
        copyFileSync(path, join(root, "bin/busybox"));
      } catch {
        // It lies at one of the two, depending on the release.
      }
    }
    chmodSync(join(root, "bin/busybox"), 0o755);
    for (const name of ["sh", "httpd", "sleep", "cat", "ls", "stat", "id", "touch", "env", "wget", "mount"]) {
      symlinkSync("busybox", join(root, "bin", name));
    }
    chmodSync(join(root, "tmp"), 0o1777);
    writeFileSync(join(root, "www/up"), "ok\n");
    execFileSync("sh", [
      "-c",
      'tar -C "$1" --owner=0 --group=0 -c . | docker -H unix:///var/run/docker.sock import - "$2"',
      "sh",
      root,
      BUSYBOX,
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
