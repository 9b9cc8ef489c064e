import { aptInstalled, shell } from "../peers/install.ts";

export async function installTestinfra(): Promise<void> {
  await aptInstalled("python3-testinfra");
}

/** Runs checks of somebody else's tool against a host over SSH; throws with what it printed when one does not hold. */
export async function checked(host: string, sshConfig: string, checks: string, folder: string): Promise<void> {
  await shell(
    `py.test-3 -q -p no:cacheprovider --hosts='ssh://root@${host}' --ssh-config='${sshConfig}' '${checks}' >checks.log 2>&1 || { cat checks.log; exit 1; }`,
    folder,
  );
}
