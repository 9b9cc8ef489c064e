import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/api.ts";
import { createDrover } from "../../src/drover.ts";
import { parseLines } from "../../src/lib/ndjson.ts";
import type { JournalLine } from "../../src/model/journal.ts";
import { cli, type Ran } from "../cli/harness.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";

const missing = await requirement("an inventory of real hosts", requireEngine);
const BIN = join(import.meta.dirname, "../../bin/drover.js");
const SECRET = "very s3cret value";

/** Two hosts of an ssh config in a group, their resources from a role, and a third machine where nobody answers. */
const stackFile = (config: string): string => `
import { defineStack, file, secret, server, sshConfigHosts, text, type Role } from "drover";

const about: Role = (facts, machine) => [
  file("/etc/about", { content: \`\${machine.name} \${facts.release} \${facts.memoryMb > 0} \${facts.addresses.includes(facts.address)}\\n\` }),
  file("/etc/about.key", { content: text\`\${secret("KEY")} \${facts.release}\\n\`, mode: "0600" }),
];
export default defineStack({
  id: "inv-1",
  name: "inventory",
  machines: [async () => sshConfigHosts({ match: "inv?", config: ${JSON.stringify(config)} }), { gone: server("root@inva", { port: 1, config: ${JSON.stringify(config)} }) }],
  groups: { web: ["inv*"], first: ["inva"] },
  resources: { web: [about], first: [file("/etc/first", { content: "yes\\n" })] },
});
`;

describe.skipIf(missing)("an inventory of real hosts", () => {
  let hosts: readonly Host[] = [];
  let folder = "";
  const env = { KEY: SECRET };

  beforeAll(async () => {
    hosts = (
      await Promise.all([
        startHosts(["inva"]),
        startHosts(["invb"], { release: "trixie", init: "none", shell: "busybox" }),
      ])
    ).flat();
    folder = await mkdtemp(join(tmpdir(), "drover-inventory-"));
    await writeFile(join(folder, "drover.config.ts"), stackFile(await sshConfig(hosts, folder)));
  }, 600_000);
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true, force: true });
  });

  const out = async (host: Host | undefined, script: string): Promise<string> => {
    const { stdout, stderr, code } = (await host?.sh(script)) ?? { stdout: "", stderr: "no host", code: 1 };
    if (code !== 0) throw new Error(`${script}: ${stderr}`);
    return stdout.trim();
  };
  const drover = async (...argv: string[]): Promise<Ran> => {
    await using engine = createDrover();
    return await cli(argv, { cwd: folder, env, drover: engine });
  };
  const events = async (...argv: string[]): Promise<RunEvent[]> => {
    // What `run --json` prints, a line each.
    return parseLines((await drover("run", "--json", ...argv)).out) as RunEvent[];
  };
  const journal = async (host: Host | undefined): Promise<JournalLine[]> =>
    parseLines(await out(host, "cat /var/lib/drover/journal")) as JournalLine[];

  test("a role gives every machine of the group what its facts say, once", async () => {
    const up = await drover("up", "--yes", "--on", "web");
    expect(up.err).toBe("");
    expect(up.code).toBe(0);
    expect(await out(hosts[0], "cat /etc/about /etc/about.key /etc/first")).toBe(
      `inva bookworm true true\n${SECRET} bookworm\nyes`,
    );
    expect(await out(hosts[1], "cat /etc/about /etc/about.key")).toBe(`invb trixie true true\n${SECRET} trixie`);
    expect((await hosts[1]?.sh("test ! -e /etc/first"))?.code).toBe(0);
    const again = await drover("up", "--on", "web", "--json");
    expect(again.out).toContain('"changed":0');
    expect(again.code).toBe(0);
  });

  test("what drifts is put right by what the role says with facts", async () => {
    await out(hosts[1], "echo wrong >/etc/about");
    const plan = await drover("plan", "--on", "web");
    expect(plan.out).toMatch(/invb\n {2}~ file:\/etc\/about\n/);
    expect(plan.out).toContain("1 to update");
    expect((await drover("up", "--yes", "--on", "invb")).code).toBe(0);
    expect(await out(hosts[1], "cat /etc/about")).toBe("invb trixie true true");
  });

  test("a command runs on the group, its lines with the machine's name, and is journaled", async () => {
    const ran = await drover(
      "run",
      "--on",
      "web",
      "--",
      "sh",
      "-c",
      'echo "$(uname -n) is $(id -un)"; echo oops >&2',
      "",
    );
    expect(ran.code).toBe(0);
    expect(ran.out.split("\n").sort()).toEqual([
      "",
      "inva | inva is root",
      "inva | oops",
      "invb | invb is root",
      "invb | oops",
    ]);
    expect(ran.err).toBe("✔ exit 0 on 2 machines\n");
    for (const host of hosts) {
      expect((await journal(host)).slice(-2)).toMatchObject([
        { t: "note", note: { kind: "command", owner: "inv-1/production", argv: ["sh", "-c", expect.any(String), ""] } },
        { t: "note", note: { kind: "exit", code: 0 } },
      ]);
    }
    const history = await drover("history", "inva");
    expect(history.err).toBe("");
    expect(history.out).toMatch(/run of inv-1\/production by \S+ {2}exit 0\n {4}» command sh -c echo/);
    expect((await drover("up", "--yes", "--on", "web")).out).toContain("nothing to do");
  });

  test("one that fails somewhere, and a machine that is away, stop no other", async () => {
    const ran = await drover("run", "--", "sh", "-c", "test $(uname -n) = inva || exit 3");
    expect(ran.code).toBe(1);
    expect(ran.out).toContain("invb ✘ exit 3\n");
    expect(ran.err).toContain("✘ exit 0 on 1 machine; exit 3 on 1 machine: invb; failed on 1 machine: gone\n");
    const told = await events("--", "true");
    expect(told).toContainEqual({ event: "exit", machine: "inva", code: 0 });
    expect(told.find((one) => one.event === "failed")).toMatchObject({
      machine: "gone",
      error: { code: "UNREACHABLE" },
    });
    expect(told.at(-1)).toEqual({ event: "outcome", ok: false, exits: { inva: 0, invb: 0 }, failed: ["gone"] });
  });

  test("as another user, and as one who is not there", async () => {
    const told = await events("--on", "web", "--user", "ops", "--", "sh", "-c", "id -un; echo $HOME; id -Gn | wc -w");
    const lines = told.flatMap((one) => (one.event === "line" ? [`${one.machine} ${one.text}`] : [])).sort();
    expect(lines.filter((line) => /ops/.test(line))).toEqual([
      "inva /home/ops",
      "inva ops",
      "invb /home/ops",
      "invb ops",
    ]);
    const nobody = await events("--on", "inva", "--user", "nosuch", "--", "true");
    expect(nobody).toMatchObject([
      { event: "line", stream: "stderr", text: "there is no user nosuch" },
      { event: "exit", code: 1 },
      { event: "outcome", ok: false },
    ]);
  });

  test("a secret is neither shown nor recorded", async () => {
    const ran = await drover("run", "--on", "inva", "--", "echo", `a ${SECRET} b`);
    expect(ran.out).toBe("inva | a secret(KEY) b\n");
    expect(await out(hosts[0], "cat /var/lib/drover/journal")).not.toContain(SECRET);
  });

  test("what it leaves running does not keep it, and much output comes whole", async () => {
    const ran = await events("--on", "web", "--", "sh", "-c", "sleep 300 & seq 1 200000; printf end");
    const texts = ran.flatMap((one) => (one.event === "line" && one.machine === "invb" ? [one.text] : []));
    expect(texts.length).toBe(200_001);
    expect(texts.at(-1)).toBe("end");
    for (const host of hosts) await out(host, "pkill -x sleep || killall sleep || true");
  });

  test("where a run holds the machine it runs all the same, and says that it is not recorded", async () => {
    const lines = (await journal(hosts[0])).length;
    await out(
      hosts[0],
      `echo '{"by":"ann@box","command":"up","stack":"other","run":"r1"}' >/var/lib/drover/holder; setsid flock /var/lib/drover/lock sleep 60 >/dev/null 2>&1 &`,
    );
    const ran = await drover("run", "--on", "inva", "--", "echo", "here");
    await out(hosts[0], "pkill -f '[f]lock /var/lib/drover/lock'; pkill -x sleep; true");
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("inva | here\n");
    expect(ran.out).toContain(
      "inva ! the journal does not record this: another run holds the machine: ann@box with `drover up` of other (run r1)\n",
    );
    expect((await journal(hosts[0])).length).toBe(lines);
  });

  test("Ctrl-C ends it on all machines, and that is recorded", async () => {
    const script = 'trap "" HUP; sleep 987 & echo begun; wait';
    const child = spawn(process.execPath, [BIN, "run", "--on", "web", "--", "sh", "-c", script], {
      cwd: folder,
      env: { ...process.env, ...env, CI: "1" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    let [text, isAsked] = ["", false];
    for await (const chunk of child.stdout) {
      text += String(chunk);
      // Once: a second one would leave at once.
      if (!isAsked && text.match(/begun/g)?.length === 2) isAsked = child.kill("SIGINT");
    }
    expect(await ended).toBe(130);
    for (const host of hosts) {
      expect((await journal(host)).at(-1)).toMatchObject({ t: "note", note: { kind: "exit", code: 143 } });
      expect(await out(host, "ps -eo args | grep -x 'sleep 987' || true")).toBe("");
    }
  });
});
