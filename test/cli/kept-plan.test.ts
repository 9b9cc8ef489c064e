import { spawnSync } from "node:child_process";
import { appendFileSync, closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import { drover, type Ran } from "../e2e/command.ts";
import { type Folder, folderWith, snapshot } from "./harness.ts";

/** What lies in an app's folder because Drover is used there is no part of the app; what is, is what was planned. */
const BIN = join(import.meta.dirname, "../../bin/drover.js");
const STACK = `import { app, defineStack, local } from "drover";
export default defineStack({ id: "kp-1", name: "kp", machines: { here: local({ sudo: false }) },
  apps: { site: app({ source: ".", on: "here", domains: ["kp.localhost"] }) } });
`;

interface Place extends Disposable {
  readonly app: Folder;
  run(...args: string[]): Promise<Ran>;
}

/** An app in its folder, and a state of this machine that is the test's own. */
function place(): Place {
  const app = folderWith({ "drover.config.ts": STACK, "index.html": "<p>one" });
  const state = folderWith();
  const env = { DROVER_STATE: join(state.path, "state"), DROVER_RUN: join(state.path, "run") };
  return {
    app,
    run: (...args) => drover(args, { cwd: app.path, env }),
    [Symbol.dispose]() {
      app[Symbol.dispose]();
      state[Symbol.dispose]();
    },
  };
}

async function imageOf({ run }: Place): Promise<string> {
  return imageIn((await run("plan", "--json")).stdout);
}

function imageIn(text: string): string {
  const plan: Plan = JSON.parse(text);
  return plan.hosts[0]?.builds[0]?.image ?? "";
}

describe("an app's folder", () => {
  it("may hold its stack file and kept plans: they are no part of the app", async () => {
    using here = place();
    const image = await imageOf(here);
    expect(image).toMatch(/^drover\/kp-1\.site:[0-9a-f]{12}$/);
    await here.run("plan", "--out", "next.plan");
    expect(imageIn(readFileSync(join(here.app.path, "next.plan"), "utf8"))).toBe(image);
    appendFileSync(join(here.app.path, "drover.config.ts"), "// said otherwise\n");
    for (const file of ["drover.secrets.production.age", "drover.recipients"])
      writeFileSync(join(here.app.path, file), "");
    expect(await imageOf(here)).toBe(image);
    writeFileSync(join(here.app.path, "index.html"), "<p>two");
    expect(await imageOf(here)).not.toBe(image);
  }, 60_000);

  it("may hold what the command prints: `drover plan --json > plan.json`", async () => {
    using here = place();
    const image = await imageOf(here);
    const file = join(here.app.path, "plan.json");
    const out = openSync(file, "w");
    spawnSync(process.execPath, [BIN, "plan", "--json"], { cwd: here.app.path, stdio: ["ignore", out, "ignore"] });
    closeSync(out);
    expect(imageIn(readFileSync(file, "utf8"))).toBe(image);
  }, 60_000);

  it("that is another than the kept plan was made from stops it, and nothing is touched", async () => {
    using here = place();
    await here.run("plan", "--out", "next.plan");
    writeFileSync(join(here.app.path, "index.html"), "<p>two");
    // What Drover remembers of digests there is its own, and comes with the files' age.
    const files = (): string => snapshot(here.app.path).replace(/^.*\/\.drover\b.*\n/gm, "");
    const before = files();
    const ran = await here.run("up", "next.plan", "--yes");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toBe(
      "error: the source of site is not what this plan was made from\n  in site\n  fix: make a new plan, or put the source back as it was\n",
    );
    expect(files()).toBe(before);
  }, 60_000);

  it("that cannot be built is named with the app that it is the source of", async () => {
    using folder = folderWith({ "drover.config.ts": STACK, "app.py": "" });
    const ran = await drover(["plan"], { cwd: folder.path });
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain("error: the source folder holds nothing that can be built\n  in apps.site.source\n");
  });

  it("tells what its plan leaves out", async () => {
    using here = place();
    writeFileSync(join(here.app.path, "package.json"), '{ "dependencies": { "ms": "*" } }');
    writeFileSync(join(here.app.path, "Procfile"), "web: node a.js\nworker: node w.js\nrelease: node r.js\n");
    const plan: Plan = JSON.parse((await here.run("plan", "--json")).stdout);
    expect(plan.notes).toEqual([
      "site: no lock file: two builds of the same source may install different versions",
      'site: worker of its Procfile does not run; to run it: processes: { web: {}, "worker": { command: ["node","w.js"] } }',
    ]);
  }, 60_000);
});
