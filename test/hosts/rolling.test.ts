import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "../../src/api.ts";
import { createDrover } from "../../src/drover.ts";
import { parseLines } from "../../src/lib/ndjson.ts";
import type { Event } from "../../src/model/event.ts";
import { cli } from "../cli/harness.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";

const missing = await requirement("machines in batches", requireEngine);
const NAMES = ["rola", "rolb", "rolc"];

type Line = Event | ({ readonly event: "outcome" } & Outcome);

interface Ran {
  readonly code: number;
  /** Where a run began and ended, in its order: `+rola`, `-rola`. */
  readonly order: readonly string[];
  readonly outcome: Outcome | undefined;
  readonly notes: readonly string[];
}

describe.skipIf(missing)("machines in batches", () => {
  let hosts: readonly Host[] = [];
  let [folder, config] = ["", ""];

  beforeAll(async () => {
    hosts = await startHosts(NAMES, { init: "none" });
    folder = await mkdtemp(join(tmpdir(), "drover-rolling-"));
    config = await sshConfig(hosts, folder);
  }, 600_000);
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true, force: true });
  });

  const sh = async (name: string, script: string): Promise<string> => {
    const ran = await hosts[NAMES.indexOf(name)]?.sh(script);
    if (ran?.code !== 0) throw new Error(`${name}: ${script}: ${ran?.stderr}`);
    return ran.stdout.trim();
  };
  const breakUsers = (name: string): Promise<string> => sh(name, "mv /usr/sbin/useradd /usr/sbin/useradd.away");
  const mendUsers = (name: string): Promise<string> => sh(name, "mv /usr/sbin/useradd.away /usr/sbin/useradd");

  const up = async (resources: string, group: string, ...flags: string[]): Promise<Ran> => {
    const machines = NAMES.map((name) => `${name}: server("root@${name}", { config: ${JSON.stringify(config)} })`);
    await writeFile(
      join(folder, "drover.config.ts"),
      `import { defineStack, file, output, server, text, user } from "drover";
export default defineStack({ id: "rol-1", name: "rolling", machines: { ${machines} }, groups: { web: ${group} }, resources: ${resources} });`,
    );
    await using drover = createDrover();
    const ran = await cli(["up", "--yes", "--json", ...flags], { cwd: folder, drover });
    // What `up --json` prints, a line each.
    const lines = parseLines(ran.out) as Line[];
    return {
      code: ran.code,
      order: lines.flatMap((line) => {
        if (line.event !== "journal" || (line.line.t !== "begin" && line.line.t !== "end")) return [];
        return [`${line.line.t === "begin" ? "+" : "-"}${line.machine}`];
      }),
      outcome: lines.find((line) => line.event === "outcome"),
      notes: lines.flatMap((line) => (line.event === "note" ? [line.text] : [])),
    };
  };
  const users = (name: string): string => `{ web: [user("${name}", { system: true })] }`;
  const ONE = '{ machines: ["rol*"], batch: 1 }';

  test("one at a time, and none after one that failed; what did not begin is named and untouched", async () => {
    await breakUsers("rolb");
    const ran = await up(users("first"), ONE);
    expect(ran.code).toBe(1);
    expect(ran.order).toEqual(["+rola", "-rola", "+rolb", "-rolb"]);
    expect(ran.notes).toEqual(["web: rola (0 of 3 done)", "web: rolb (1 of 3 done)"]);
    expect(ran.outcome?.left).toEqual([{ machine: "rolc", why: "1 of web failed, and none may" }]);
    expect(ran.outcome?.failures.map(({ machine, id }) => `${machine} ${id}`)).toEqual(["rolb user:first"]);
    expect(await sh("rola", "id -un first")).toBe("first");
    await sh("rolc", "! id first 2>/dev/null && test ! -e /var/lib/drover/journal");
  });

  test("the next run goes on with those that are left", async () => {
    await mendUsers("rolb");
    const ran = await up(users("first"), ONE);
    expect(ran).toMatchObject({ code: 0, order: ["+rolb", "-rolb", "+rolc", "-rolc"] });
    for (const name of NAMES) expect(await sh(name, "id -un first")).toBe("first");
  });

  test("by flags for all machines of a run, with as many failures as may be", async () => {
    await breakUsers("rola");
    const ran = await up(users("second"), '["rol*"]', "--batch", "2", "--max-failures", "1");
    await mendUsers("rola");
    expect(ran.code).toBe(1);
    expect(ran.order.slice(0, 4).sort()).toEqual(["+rola", "+rolb", "-rola", "-rolb"]);
    expect(ran.order.slice(4)).toEqual(["+rolc", "-rolc"]);
    expect(ran.outcome?.left).toBeUndefined();
    expect((await up(users("second"), ONE)).order).toEqual(["+rola", "-rola"]);
  });

  test("a machine that another one waits for begins with it, also when each waits for the other", async () => {
    const ran = await up(
      `{ rola: [file("/etc/one", { content: text\`\${output("rolc/user:third", "uid")} \${output("rolc/file:/etc/two", "sha256")}\n\` })],
         rolc: [user("third", { system: true }), file("/etc/two", { content: text\`\${output("rola/user:third", "uid")}\n\` })], web: [user("third", { system: true })] }`,
      ONE,
    );
    expect({ code: ran.code, failures: ran.outcome?.failures }).toEqual({ code: 0, failures: [] });
    expect(ran.order.slice(0, 2).sort()).toEqual(["+rola", "+rolc"]);
    expect(ran.order.slice(-2)).toEqual(["+rolb", "-rolb"]);
    expect(await sh("rola", "cut -d' ' -f1 /etc/one")).toBe(await sh("rolc", "id -u third"));
  });
});
