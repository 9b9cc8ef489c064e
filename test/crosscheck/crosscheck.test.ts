import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changesOf, type Plan } from "../../src/model/plan.ts";
import { drover, mustRun, type Project, project } from "../e2e/command.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { installAnsible, play, preparePython } from "./ansible.ts";
import { type RoleFiles, roleFiles, stackText } from "./roles.ts";
import { checked, installTestinfra } from "./testinfra.ts";

const ours = "made";
const theirs = "played";

/**
 * `npm run test:crosscheck`: for each role of examples/roles, what Drover made is nothing to change for Ansible and passes
 * the checks of testinfra; what Ansible made is nothing to change for Drover, but for what has to be adopted.
 */
describe.skipIf(await requirement("cross-checks with Ansible and testinfra", requireEngine))("roles", () => {
  beforeAll(async () => {
    await installAnsible();
    await installTestinfra();
  }, 900_000);

  describe.each(roleFiles(process.env["DROVER_ROLES"]))("$name", (files: RoleFiles) => {
    let hosts: readonly Host[] = [];
    let folder = "";
    let config = "";
    const places: Project[] = [];

    beforeAll(async () => {
      hosts = await startHosts([ours, theirs], { aptLists: true, docker: files.host.docker });
      folder = await mkdtemp(join(tmpdir(), "drover-crosscheck-"));
      config = await sshConfig(hosts, folder);
      await Promise.all(hosts.map((host) => preparePython(host, files.host.python)));
    }, 600_000);
    afterAll(async () => {
      for (const host of hosts) await host[Symbol.asyncDispose]();
      for (const place of places) await place[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    /** A project with the role on one machine. */
    async function projectOn(machine: string): Promise<{ cwd: string }> {
      const place = await project();
      places.push(place);
      await copyFile(files.role, join(place.folder, "role.ts"));
      await place.write("drover.config.ts", stackText(files.name, machine, config));
      return { cwd: place.folder };
    }

    const host = (name: string): Host => {
      const found = hosts.find((one) => one.name === name);
      if (found === undefined) throw new Error(`no host ${name}`);
      return found;
    };

    test("made by Drover: nothing left to do for it, the checks hold, and Ansible changes nothing", async () => {
      const at = await projectOn(ours);
      await mustRun(["up", "--yes"], at);
      expect((await mustRun(["plan", "--detailed-exitcode"], at)).stdout).toContain("nothing to do");
      await checked(ours, config, files.checks, folder);
      const recap = await play(host(ours), config, files.play, folder);
      expect(recap.changes).toEqual([]);
      expect(recap).toMatchObject({ changed: 0, failed: 0 });
      expect(recap.ok).toBeGreaterThan(1);
    });

    test("made by Ansible: the checks hold, and Drover plans no change of state", async () => {
      const recap = await play(host(theirs), config, files.play, folder);
      expect(recap.changed).toBeGreaterThan(0);
      await checked(theirs, config, files.checks, folder);
      const at = await projectOn(theirs);
      const foreign = await foreignOf(at);
      if (foreign.length > 0) await mustRun(["adopt", "--yes", ...foreign], at);
      process.stdout.write(`${files.name}: ${foreign.length} adopted, ${recap.changed} made by Ansible\n`);
      const plan = await planOf(at);
      expect(plan.problems).toEqual([]);
      expect(changesOf(plan).map(({ action, id, diff }) => `${action} ${id} ${JSON.stringify(diff)}`)).toEqual([]);
    });
  });
});

async function planOf(at: { cwd: string }): Promise<Plan> {
  const ran = await drover(["plan", "--json"], at);
  return JSON.parse(ran.stdout) as Plan;
}

/** What Drover refuses since somebody else made it: nothing else may stop it. */
async function foreignOf(at: { cwd: string }): Promise<string[]> {
  const { problems } = await planOf(at);
  const others = problems.filter(({ hint }) => hint?.includes("drover adopt") !== true);
  expect(others).toEqual([]);
  return problems.flatMap(({ hint }) => /drover adopt (\S+)/.exec(hint ?? "")?.[1] ?? []);
}
