import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeclaredInput } from "../../src/index.ts";
import type { SecretValues } from "../../src/model/secret.ts";
import { type Ran, stackOf, up, type World } from "../hosts/world.ts";
import { sshConfig, startVirtualMachine, type VirtualMachine, type VmOptions } from "../machines/index.ts";

/** A virtual machine with Drover beside it. */
export interface Bench extends AsyncDisposable {
  readonly vm: VirtualMachine;
  readonly world: World;
  /** What a script that has to end well prints. */
  out(script: string): Promise<string>;
  /** `up` of a stack with this id. */
  run(id: string, resources: DeclaredInput[]): Promise<Ran>;
}

export async function bench(
  name: string,
  options: VmOptions = {},
  secrets: SecretValues = () => undefined,
): Promise<Bench> {
  const vm = await startVirtualMachine(name, options);
  const folder = await mkdtemp(join(tmpdir(), "drover-vm-"));
  const world: World = { config: await sshConfig([vm], folder), signal: AbortSignal.timeout(7_200_000), secrets };
  return {
    vm,
    world,
    async out(script) {
      const { stdout, stderr, code } = await vm.sh(script);
      if (code !== 0) throw new Error(`${script} ended with ${code}: ${stdout}${stderr}`);
      return stdout.trim();
    },
    run: (id, resources) => up(world, stackOf(world, id, { [name]: resources })),
    async [Symbol.asyncDispose]() {
      await vm[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** All that went wrong, so that a failing test says why. */
export function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

export const fine = { problems: [], failures: [] };

export function notesOf({ plan }: Ran): string {
  return plan.hosts.flatMap(({ changes }) => changes.flatMap(({ notes = [] }) => notes)).join("\n");
}
