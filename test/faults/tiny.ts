import { execFileSync } from "node:child_process";
import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { BUSYBOX, docker, makeBusybox } from "../docker/busybox.ts";
import type { Project } from "../e2e/command.ts";

/**
 * How the app is made: by a Dockerfile without a base, which needs nothing from outside; as a Node app that is served as
 * it is; or as one with dependencies and a build, which takes a while.
 */
export type Flavour = "dockerfile" | "node" | "built";

/** The host's name in the ssh config. */
export const HOST = "tiny";
export const DOMAIN = "tiny.localhost";
/** A file of the stack that says which release is wanted. */
export const NOTE = "/etc/drover-tiny/release";

const APPS = join(import.meta.dirname, "apps");

/** Writes the project of a release: the stack file, and the app's source. */
export async function writeRelease(place: Project, config: string, release: number, flavour: Flavour): Promise<void> {
  for (const name of await readdir(place.folder)) await rm(join(place.folder, name), { recursive: true });
  await place.write("drover.config.ts", stackText(config, release));
  if (flavour === "dockerfile") {
    await place.write("Dockerfile", DOCKERFILE);
    await place.write("up", `release ${release}\n`);
    copyBusybox(join(place.folder, "busybox"));
    return;
  }
  await cp(join(APPS, flavour), place.folder, { recursive: true });
  await place.write("release.js", `export const release = ${release};\n`);
}

const DOCKERFILE = `FROM scratch
COPY busybox /bin/busybox
COPY up /www/up
CMD ["/bin/busybox", "httpd", "-f", "-p", "3000", "-h", "/www"]
`;

function stackText(config: string, release: number): string {
  return `import { app, defineStack, directory, file, server } from "drover";

export default defineStack({
  id: "ft-5c1e",
  name: "tiny",
  machines: { web: server("${HOST}", { config: ${JSON.stringify(config)}, persist: 0 }) },
  resources: {
    web: [directory("${NOTE.slice(0, NOTE.lastIndexOf("/"))}"), file("${NOTE}", { content: "release ${release}\\n" })],
  },
  apps: {
    tiny: app({
      source: ".",
      on: "web",
      domains: ["${DOMAIN}"],
      health: "/up",
      user: "10001:10001",
      volumes: { "/data": { mode: "shared" } },
      drain: 2,
      stop: 2,
      keep: 2,
    }),
  },
});
`;
}

/** The static busybox of the image that other suites use, too. */
function copyBusybox(to: string): void {
  makeBusybox();
  const container = docker("create", BUSYBOX, "/bin/sh");
  try {
    execFileSync("docker", ["-H", "unix:///var/run/docker.sock", "cp", `${container}:/bin/busybox`, to]);
  } finally {
    docker("rm", container);
  }
}
