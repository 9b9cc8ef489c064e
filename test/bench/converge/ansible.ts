import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aptInstalled, shell } from "../../peers/install.ts";
import type { Round, Tool } from "./tool.ts";
import { CRON, FILES, LINES, LINES_FILE, PACKAGES, SERVICES, USERS, WEB_ROOT } from "./work.ts";

export const ansible: Tool = {
  name: "Ansible",
  about: "Debian's ansible-core; pipelining, ControlPersist, forks = hosts, packages in one task, no facts gathered",
  async prepare(round) {
    await aptInstalled("ansible-core");
    await onHosts(round, "apt-get install -y -qq --no-install-recommends python3 python3-apt");
    await writeFile(join(round.folder, "hosts"), round.hosts.map(({ name }) => `${name}\n`).join(""));
    await writeFile(join(round.folder, "play.yml"), JSON.stringify([play()]));
  },
  async run(round, warm) {
    const control = join(round.folder, "cp");
    if (!warm) await rm(control, { recursive: true, force: true });
    await mkdir(control, { recursive: true, mode: 0o700 });
    await writeFile(join(round.folder, "ansible.cfg"), settings(round, control, warm));
    await shell("ansible-playbook -i hosts play.yml", round.folder);
  },
};

function settings({ hosts, config }: Round, control: string, warm: boolean): string {
  const persist = warm ? "-o ControlPersist=120s" : "-o ControlPersist=5s";
  return `[defaults]
forks = ${hosts.length}
gathering = explicit
remote_user = root
host_key_checking = True
interpreter_python = /usr/bin/python3
[ssh_connection]
pipelining = True
control_path_dir = ${control}
ssh_args = -F ${config} -o ControlMaster=auto ${persist}
`;
}

/** YAML is a superset of JSON. Each resource is a task of its own, but packages, which apt takes together. */
function play(): object {
  return {
    hosts: "all",
    gather_facts: false,
    tasks: [
      { "ansible.builtin.apt": { name: PACKAGES, state: "present", install_recommends: false } },
      ...USERS.map(({ name, shell: path, comment }) => ({ "ansible.builtin.user": { name, shell: path, comment } })),
      ...FILES.map(({ path, content }) => ({ "ansible.builtin.copy": { dest: path, content, mode: "0644" } })),
      ...LINES.map(({ key, line }) => ({
        "ansible.builtin.lineinfile": { path: LINES_FILE, regexp: `^${key}=`, line },
      })),
      ...CRON.map(({ name, minute, hour, command }) => ({
        "ansible.builtin.cron": { name, minute, hour, job: command, user: "root", cron_file: name },
      })),
      ...SERVICES.map((name) => ({ "ansible.builtin.systemd": { name, state: "started", enabled: true } })),
      {
        "ansible.builtin.file": {
          path: WEB_ROOT,
          state: "directory",
          owner: "www-data",
          group: "www-data",
          mode: "0755",
        },
      },
    ],
  };
}

async function onHosts({ hosts }: Round, script: string): Promise<void> {
  const all = await Promise.all(hosts.map((host) => host.sh(`DEBIAN_FRONTEND=noninteractive ${script}`)));
  const failed = all.find(({ code }) => code !== 0);
  if (failed !== undefined) throw new Error(`${script}: ${failed.stderr}`);
}
