import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ran } from "../e2e/command.ts";
import type { Scene } from "./scene.ts";

/** What a failure is understood by, from the host. */
const HOST = String.raw`
echo '## journal'; cat /var/lib/drover/journal
echo '## state'; find /var/lib/drover /run/drover -printf '%M %TT %s %p\n'; cat /var/lib/drover/holder /var/lib/drover/holder-process
echo '## runs'; tail -n 40 $(ls -d /var/lib/drover/runs/*/ | tail -n 4 | sed 's|$|/*.err|; s|/*.err$|/out*|') /var/lib/drover/runs/*/log /var/lib/drover/runs/*/evidence
echo '## router'; tail -n 50 /var/lib/drover/router/conf.d/50-* /var/lib/drover/router/hosts.map; echo 'show servers state' | socat - /run/drover/router/admin.sock
echo '## engine'; docker ps -a --no-trunc; docker images; docker network ls; docker volume ls
for id in $(docker ps -aq); do echo "# $id"; docker logs --tail 20 "$id"; done
echo '## processes'; ps axfo pid,ppid,sid,stat,lstart,args
echo '## units'; journalctl --no-pager -n 100
`;

/** Writes all that may tell why a point failed into a folder, and gives its path. */
export async function keepEvidence(
  scene: Scene,
  name: string,
  runs: Readonly<Record<string, Ran>>,
  wrong: readonly string[],
): Promise<string> {
  const folder = join(tmpdir(), "drover-faults", `${Date.now()}-${name.replaceAll(/[^a-z0-9-]/g, "-")}`);
  await mkdir(folder, { recursive: true });
  const { stdout } = await scene.host.sh(`{ ${HOST} } 2>&1`);
  await writeFile(join(folder, "host.txt"), stdout);
  await writeFile(join(folder, "wrong.txt"), `${wrong.join("\n")}\n`);
  for (const [run, { code, stdout: out, stderr }] of Object.entries(runs)) {
    await writeFile(join(folder, `${run}.txt`), `exit code ${code}\n${out}\n${stderr}`);
  }
  return folder;
}
