import { file, pkg, type Role, service } from "drover";

export interface HaproxyOptions {
  readonly port?: number;
  /** Servers by name, each with its address and port; those that do not answer get nothing. */
  readonly servers?: Readonly<Record<string, string>>;
  /** What they are asked for, to tell whether they work. */
  readonly health?: string;
}

const config = ({ port, servers, health }: Required<HaproxyOptions>): string => `global
  user haproxy
  group haproxy
  chroot /var/lib/haproxy
  stats socket /run/haproxy/admin.sock mode 660 level admin
  log stdout format raw local0 notice

defaults
  mode http
  log global
  option httplog
  option forwardfor
  timeout connect 5s
  timeout client 30s
  timeout server 30s

frontend web
  bind :${port}
  http-request return status 200 content-type text/plain string "up" if { path /haproxy-health }
  default_backend servers

backend servers
  balance leastconn
  option httpchk GET ${health}
  default-server check inter 2s fall 2 rise 1
${Object.entries(servers)
  .map(([name, address]) => `  server ${name} ${address}\n`)
  .join("")}`;

/** HAProxy in front of some servers; its configuration is checked before it takes the old one's place. */
export function haproxy({
  port = 80,
  servers = { one: "127.0.0.1:8001", two: "127.0.0.1:8002" },
  health = "/",
}: HaproxyOptions = {}): Role {
  const path = "/etc/haproxy/haproxy.cfg";
  return () => [
    pkg("haproxy"),
    file(
      path,
      { content: config({ port, servers, health }), check: ["haproxy", "-c", "-f", "{}"] },
      { needs: ["package:haproxy"] },
    ),
    service("haproxy", { follows: [`file:${path}`], reload: true }),
  ];
}

export default haproxy();
