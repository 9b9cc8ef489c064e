import { pkg, type Role, sshd } from "drover";

/** Keys of sshd_config and their values. */
export type SshSettings = Parameters<typeof sshd>[0];

/** After dev-sec's baseline; root still comes in by its key, as what sets machines up does. */
const BASELINE: SshSettings = {
  PermitRootLogin: "prohibit-password",
  PubkeyAuthentication: true,
  PasswordAuthentication: false,
  KbdInteractiveAuthentication: false,
  PermitEmptyPasswords: false,
  HostbasedAuthentication: false,
  IgnoreRhosts: true,
  StrictModes: true,
  PermitUserEnvironment: false,
  UsePAM: true,
  MaxAuthTries: 4,
  MaxSessions: 10,
  MaxStartups: "10:30:60",
  LoginGraceTime: "30s",
  ClientAliveInterval: 300,
  ClientAliveCountMax: 3,
  TCPKeepAlive: false,
  Compression: false,
  AllowTcpForwarding: false,
  AllowAgentForwarding: false,
  X11Forwarding: false,
  PermitTunnel: false,
  GatewayPorts: false,
  LogLevel: "VERBOSE",
  Ciphers: ["chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr"],
  MACs: ["hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "umac-128-etm@openssh.com"],
  KexAlgorithms: [
    "sntrup761x25519-sha512@openssh.com",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "diffie-hellman-group-exchange-sha256",
  ],
};

/** sshd as narrow as a server can have it; `settings` go over the baseline. */
export function hardenedSsh(settings: SshSettings = {}): Role {
  return () => [pkg("openssh-server"), sshd({ ...BASELINE, ...settings })];
}

export default hardenedSsh();
