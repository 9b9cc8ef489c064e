import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Header, pack } from "tar-stream";
import { must } from "./command.ts";
import type { HostOptions } from "./host.ts";

/** What is one host's own, decided before its first boot. */
export interface Identity {
  machineId: string;
  privateKey: string;
  /** Type and key, without a comment. */
  publicKey: string;
}

/** A new machine-id and ssh host key. */
export async function newIdentity(signal: AbortSignal): Promise<Identity> {
  const folder = await mkdtemp(join(tmpdir(), "drover-host-key-"));
  try {
    const file = join(folder, "key");
    await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file], { signal });
    const [privateKey, publicKey] = await Promise.all([readFile(file, "utf8"), readFile(`${file}.pub`, "utf8")]);
    return { machineId: randomBytes(16).toString("hex"), privateKey, publicKey: publicKey.trim() };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The users that the test key opens: home folder and uid, as the image has them. */
const homes = [
  ["root", 0],
  ["home/ops", 1000],
  ["home/opspw", 1001],
] as const;

/** The files that turn the image into this host, as a tar to unpack over it before it starts. */
export async function identityFiles(own: Identity, userKey: string, options: HostOptions): Promise<Buffer> {
  const tar = pack();
  const add = (name: string, content: string, header: Partial<Header> = {}): void => {
    tar.entry({ name, mode: 0o644, ...header }, content);
  };
  if (options.init !== "sysv") add("etc/machine-id", `${own.machineId}\n`, { mode: 0o444 });
  add("etc/ssh/ssh_host_ed25519_key", own.privateKey, { mode: 0o600 });
  add("etc/ssh/ssh_host_ed25519_key.pub", `${own.publicKey}\n`);
  for (const [home, uid] of homes) {
    tar.entry({ name: `${home}/.ssh`, type: "directory", mode: 0o700, uid, gid: uid });
    add(`${home}/.ssh/authorized_keys`, userKey, { mode: 0o600, uid, gid: uid });
  }
  const shell = options.shell ?? "dash";
  if (shell !== "dash") tar.entry({ name: "usr/bin/sh", type: "symlink", linkname: shell });
  if (options.ca)
    add("etc/ssl/certs/ca-certificates.crt", await readFile("/etc/ssl/certs/ca-certificates.crt", "utf8"));
  tar.finalize();
  return buffer(tar);
}
