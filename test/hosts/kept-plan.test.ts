import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drover, type Ran } from "../e2e/command.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";

const missing = await requirement("kept plans", requireEngine);
const signal = AbortSignal.timeout(600_000);

describe.skipIf(missing)("a plan that is kept", () => {
  let hosts: readonly Host[] = [];
  let folder = "";
  let config = "";

  beforeAll(async () => {
    hosts = await startHosts(["kepta", "keptb"]);
    folder = await mkdtemp(join(tmpdir(), "drover-kept-"));
    config = await sshConfig(hosts, folder);
    await stack("kepta");
  });
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true, force: true });
  });

  const stack = (destination: string): Promise<void> =>
    writeFile(
      join(folder, "drover.config.ts"),
      `import { defineStack, file, output, server, text, user } from "drover";
export default defineStack({ id: "kept-1", name: "kept",
  machines: { web: server("root@${destination}", { config: ${JSON.stringify(config)} }) },
  resources: { web: [user("kept", { system: true }), file("/etc/kept", { content: text\`\${output("user:kept", "uid")}\\n\` }),
    file("/etc/other", { content: "as planned\\n" })] } });\n`,
    );
  const run = (...args: string[]): Promise<Ran> => drover(args, { cwd: folder, signal });
  const sh = async (at: number, script: string): Promise<string> => (await hosts[at]?.sh(script))?.stdout.trim() ?? "";

  test("is refused on another machine than the one it was made on; nothing is touched there", async () => {
    expect((await run("plan", "--out", "kept.json")).code).toBe(0);
    await stack("keptb");
    const ran = await run("up", "kept.json", "--yes");
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/another machine than the one.*\n[\s\S]*machine-id/),
    ]);
    expect(await sh(1, "ls /etc/kept /etc/other /var/lib/drover 2>/dev/null; id kept 2>/dev/null")).toBe("");
    await stack("kepta");
  });

  test("stops at what moved since, and does the rest", async () => {
    await sh(0, "echo moved >/etc/other");
    const ran = await run("up", "kept.json", "--yes");
    expect([ran.code, `${ran.stdout}${ran.stderr}`]).toEqual([
      1,
      expect.stringMatching(/path:\/etc\/other is .*the plan saw absent/),
    ]);
    expect(await sh(0, "cat /etc/other")).toBe("moved");
    expect(await sh(0, "cat /etc/kept")).toBe(await sh(0, "id -u kept"));
  });

  test("does what of it is still needed, and nothing when all is there", async () => {
    await sh(0, "rm /etc/other");
    expect((await run("up", "kept.json", "--yes")).code).toBe(0);
    expect(await sh(0, "cat /etc/other")).toBe("as planned");
    const inode = await sh(0, "stat -c '%i %Y' /etc/other /etc/kept");
    const again = await run("up", "kept.json", "--yes");
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("done, 0 changes")]);
    expect(await sh(0, "stat -c '%i %Y' /etc/other /etc/kept")).toBe(inode);
    expect((await run("plan", "--detailed-exitcode")).code).toBe(0);
  });
});
