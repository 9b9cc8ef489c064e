import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../machines/index.ts";
import { aptInstalled, shell } from "../peers/install.ts";

/** What a run of a play said about its one host. */
export interface Recap {
  readonly ok: number;
  readonly changed: number;
  readonly failed: number;
  /** Names of the tasks that changed something, with what they said. */
  readonly changes: readonly string[];
}

/** Debian's whole Ansible, with the collections that plays of the roles use. */
export async function installAnsible(): Promise<void> {
  await aptInstalled("ansible");
}

/** What Ansible needs on a host; Drover needs none of it. */
export async function preparePython(host: Host, more: readonly string[]): Promise<void> {
  const packages = ["python3", "python3-apt", "acl", ...more].join(" ");
  const script = `DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${packages} >/dev/null`;
  const { code, stderr } = await host.sh(script);
  if (code !== 0) throw new Error(`${host.name}: python3 could not be installed: ${stderr}`);
}

/** Plays a role's play on a host over SSH, as root. */
export async function play(host: Host, sshConfig: string, playbook: string, folder: string): Promise<Recap> {
  await writeFile(join(folder, "hosts"), `${host.name}\n`);
  await writeFile(
    join(folder, "ansible.cfg"),
    `[defaults]
gathering = smart
remote_user = root
interpreter_python = /usr/bin/python3
stdout_callback = json
[ssh_connection]
pipelining = True
ssh_args = -F ${sshConfig} -o ControlMaster=auto -o ControlPersist=60s
control_path_dir = ${folder}/cp
`,
  );
  const log = join(folder, `${host.name}.json`);
  await shell(`ansible-playbook -i hosts '${playbook}' >'${log}' 2>'${log}.err' || true`, folder);
  return recapOf(await readFile(log, "utf8"), await readFile(`${log}.err`, "utf8"), host.name);
}

interface Report {
  readonly stats: Readonly<Record<string, { ok: number; changed: number; failures: number; unreachable: number }>>;
  readonly plays: ReadonlyArray<{
    readonly tasks: ReadonlyArray<{
      readonly task: { readonly name: string };
      readonly hosts: Readonly<Record<string, { changed?: boolean; failed?: boolean; msg?: unknown; diff?: unknown }>>;
    }>;
  }>;
}

/** Reads what Ansible's own `json` callback wrote. */
function recapOf(text: string, errors: string, name: string): Recap {
  const at = text.indexOf("{");
  if (at === -1) throw new Error(`Ansible said nothing: ${text}${errors}`);
  const report = JSON.parse(text.slice(at)) as Report;
  const stats = report.stats[name];
  if (stats === undefined) throw new Error(`Ansible did nothing on ${name}: ${text.slice(0, 2000)}${errors}`);
  const tasks = report.plays.flatMap((one) => one.tasks);
  const told = (what: "changed" | "failed"): string[] =>
    tasks.flatMap(({ task, hosts }) => {
      const result = hosts[name];
      return result?.[what] === true ? [`${task.name}: ${JSON.stringify(result).slice(0, 1500)}`] : [];
    });
  const failed = stats.failures + stats.unreachable;
  if (failed > 0) throw new Error(`the play failed on ${name}:\n${told("failed").join("\n")}`);
  return { ok: stats.ok, changed: stats.changed, failed, changes: told("changed") };
}
