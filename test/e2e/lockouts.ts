import type { DeclaredInput } from "../../src/authoring/declare.ts";
import { authorizedKeys, firewall, sshd, sudoers, user } from "../../src/index.ts";

/** A way to lock oneself out: what is declared, and whom it is that comes in. */
export interface Lockout {
  readonly name: string;
  readonly login: "root" | "ops";
  readonly resources: DeclaredInput[];
}

const STRANGER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl stranger";

const root = (name: string, ...resources: DeclaredInput[]): Lockout => ({ name, login: "root", resources });
const ops = (name: string, ...resources: DeclaredInput[]): Lockout => ({ name, login: "ops", resources });

export const LOCKOUTS: readonly Lockout[] = [
  root("root may not log in", sshd({ PermitRootLogin: "no" })),
  root("root may run forced commands only", sshd({ PermitRootLogin: "forced-commands-only" })),
  root("keys open nothing", sshd({ PubkeyAuthentication: "no" })),
  root("only somebody else may log in", sshd({ AllowUsers: ["somebody"] })),
  root("only a group that has nobody may log in", sshd({ AllowGroups: ["nobody-of-us"] })),
  root("root is denied", sshd({ DenyUsers: ["root"] })),
  root("root's group is denied", sshd({ DenyGroups: ["root"] })),
  root("sshd moves to another port", sshd({ Port: 2222 })),
  root("sshd listens on the loopback only", sshd({ Port: 22, ListenAddress: ["127.0.0.1"] })),
  root("keys are looked for where none are", sshd({ AuthorizedKeysFile: "/nonexistent/keys" })),
  root("no session is allowed", sshd({ MaxSessions: 0 })),
  root("every command becomes false", sshd({ ForceCommand: "/bin/false" })),
  root("a password is asked for", sshd({ AuthenticationMethods: "password" })),
  root("all keys count as revoked", sshd({ RevokedKeys: "/nonexistent/revoked" })),
  root("sessions begin in a folder that is not there", sshd({ ChrootDirectory: "/nonexistent" })),
  root("nothing comes in", firewall({})),
  root("only the web comes in", firewall({ allow: [{ port: [80, 443] }] })),
  root("ssh comes in from elsewhere only", firewall({ allow: [{ port: 22, from: "192.0.2.0/24" }] })),
  root("ssh is denied", firewall({ policy: "accept", deny: [{ port: 22 }] })),
  root("everybody is denied", firewall({ policy: "accept", deny: [{ from: ["0.0.0.0/0", "::/0"] }] })),
  root("ssh comes in by an interface that is not there", firewall({ allow: [{ port: 22, interface: "nope0" }] })),
  root("ssh comes in by UDP", firewall({ allow: [{ port: 22, proto: "udp" }] })),
  root("root's keys are somebody else's", authorizedKeys("root", { keys: [STRANGER], exclusive: true })),
  ops("our keys are somebody else's", authorizedKeys("ops", { keys: [STRANGER], exclusive: true })),
  ops("our user has expired", user("ops", { expires: "2001-01-01" })),
  ops("our shell lets nobody in", user("ops", { shell: "/usr/sbin/nologin" })),
  ops("our shell is false", user("ops", { shell: "/bin/false" })),
  ops("our user is denied by sshd", sshd({ DenyUsers: ["ops"] })),
  ops("sudo asks for a password", sudoers("zz", { text: "ops ALL=(ALL) ALL\n" })),
  ops("sudo allows nothing", sudoers("zz", { text: "ops ALL=(ALL) !ALL\n" })),
  ops("sudo wants a terminal", sudoers("zz", { text: "Defaults requiretty\n" })),
  ops("sudo finds no command", sudoers("zz", { text: "Defaults secure_path=/nonexistent\n" })),
  ops("sudo lets nothing start a shell", sudoers("zz", { text: "Defaults noexec\n" })),
  ops("several at once", sshd({ DenyUsers: ["ops"] }), sudoers("zz", { text: "ops ALL=(ALL) ALL\n" }), firewall({})),
];
