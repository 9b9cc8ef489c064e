import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pythonTool, shell } from "../../peers/install.ts";
import type { Round, Tool } from "./tool.ts";
import { CRON, FILES, LINES, LINES_FILE, PACKAGES, SERVICES, USERS, WEB_ROOT } from "./work.ts";

let binary = "";

export const pyinfra: Tool = {
  name: "pyinfra",
  about: "PyPI's newest; parallel over all hosts, packages in one operation",
  async prepare(round) {
    binary = await pythonTool("pyinfra");
    await writeFile(join(round.folder, "inventory.py"), inventory(round));
    await writeFile(join(round.folder, "deploy.py"), deploy());
  },
  async run(round) {
    await shell(`${binary} -y inventory.py deploy.py`, round.folder);
  },
};

function inventory({ hosts, config }: Round): string {
  const data = `{"ssh_user": "root", "ssh_config_file": ${JSON.stringify(config)}}`;
  return `hosts = [${hosts.map(({ name }) => `(${JSON.stringify(name)}, ${data})`).join(", ")}]\n`;
}

function deploy(): string {
  const text = JSON.stringify;
  return [
    "from io import StringIO",
    "from pyinfra.operations import apt, files, server, systemd",
    `apt.packages(packages=${text(PACKAGES)}, no_recommends=True)`,
    ...USERS.map(
      ({ name, shell: path, comment }) =>
        `server.user(user=${text(name)}, shell=${text(path)}, comment=${text(comment)})`,
    ),
    ...FILES.map(({ path, content }) => `files.put(src=StringIO(${text(content)}), dest=${text(path)}, mode="644")`),
    ...LINES.map(
      ({ key, line }) => `files.line(path=${text(LINES_FILE)}, line=${text(`^${key}=.*$`)}, replace=${text(line)})`,
    ),
    ...CRON.map(
      ({ name, minute, hour, command }) =>
        `files.put(src=StringIO(${text(`${minute} ${hour} * * * root ${command}\n`)}), dest=${text(`/etc/cron.d/${name}`)}, mode="644")`,
    ),
    ...SERVICES.map((name) => `systemd.service(service=${text(name)}, running=True, enabled=True)`),
    `files.directory(path=${text(WEB_ROOT)}, user="www-data", group="www-data", mode="755")`,
    "",
  ].join("\n");
}
