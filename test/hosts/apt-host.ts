import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { DeclaredInput } from "../../src/index.ts";
import type { Stack } from "../../src/model/stack.ts";
import { type Host, sshConfig, startHosts } from "../machines/index.ts";
import { REPOSITORY } from "./repository.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

/** What a package is given, and nobody else may see. */
export const SECRET = 'it\'s $(secret) "text" %2a\\';
/** Where the host's own repository is served: suites `stable` and `other`, packages `lab-tool` and `lab-more`. */
export const URL = "http://127.0.0.1:8088";

export const signal = AbortSignal.timeout(900_000);
export const secrets = (name: string): string | undefined => (name === "TOKEN" ? SECRET : undefined);
export const fine = { problems: [], failures: [] };

/** All that went wrong, so that a failing test says why. */
export function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

export interface AptHost {
  /** What a script prints there; throws when it fails. */
  out(script: string): Promise<string>;
  /** The stack file with these resources there. */
  stack(id: string, resources: DeclaredInput[]): Stack;
  /** Plans and applies it. */
  run(id: string, resources: DeclaredInput[]): Promise<Ran>;
}

/** A host with a repository of its own, for the suite that calls this within its `describe`. */
export function aptHost(): AptHost {
  const started: { host: Host; folder: string; world: World }[] = [];
  const only = (): { host: Host; world: World } => {
    const [one] = started;
    if (one === undefined) throw new Error("the host was not started");
    return one;
  };
  const out = async (script: string): Promise<string> => {
    const { stdout, stderr, code } = await only().host.sh(script);
    if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
    return stdout.trim();
  };
  const stack = (id: string, resources: DeclaredInput[]): Stack => stackOf(only().world, id, { apthost: resources });
  beforeAll(async () => {
    const [host] = (await startHosts(["apthost"], { aptLists: true })) as [Host];
    const folder = await mkdtemp(join(tmpdir(), "drover-packages-"));
    started.push({ host, folder, world: { config: await sshConfig([host], folder), signal, secrets } });
    await out(REPOSITORY);
    await out("pack lab-tool 1:1.0-1; pack lab-tool 1:2.0-1; pack lab-more 1; publish stable; publish other");
    // Debian's own lists are long, and nothing here needs them.
    await out("mv /etc/apt/sources.list /srv; rm -f /var/lib/apt/lists/*_*; touch /var/lib/apt/lists");
  }, 600_000);
  afterAll(async () => {
    for (const { host, folder } of started) {
      await host[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    }
  });
  return { out, stack, run: (id, resources) => up(only().world, stack(id, resources)) };
}
