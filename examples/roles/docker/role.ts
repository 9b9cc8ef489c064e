import { file, pkg, type Role, service, user } from "drover";

export interface DockerOptions {
  /** What daemon.json holds. */
  readonly daemon?: Readonly<Record<string, unknown>>;
  /** Users who may speak to it: each of them is as good as root. */
  readonly users?: readonly string[];
}

const DAEMON = {
  "log-driver": "local",
  "log-opts": { "max-size": "10m", "max-file": "3" },
  "live-restore": true,
  "userland-proxy": false,
};

/** Debian's Docker, with logs that do not fill the disk, and containers that live on while it restarts. */
export function docker({ daemon = DAEMON, users = ["deploy"] }: DockerOptions = {}): Role {
  return () => [
    pkg("docker.io"),
    file("/etc/docker/daemon.json", { content: `${JSON.stringify(daemon, null, 2)}\n` }),
    service("docker", { follows: ["file:/etc/docker/daemon.json"] }, { needs: ["package:docker.io"] }),
    ...users.map((name) => user(name, { groups: ["docker"] }, { needs: ["package:docker.io"] })),
  ];
}

export default docker();
