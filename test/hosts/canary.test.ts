import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drover, type Ran } from "../e2e/command.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { CONTROL, needles, SAMPLER, sightings } from "./canary/sampler.ts";

const missing = await requirement("the canary on a real host", requireEngine);

/** Secrets that are nowhere else on earth: whatever looks like one of them has leaked. */
const random = (): string => randomBytes(9).toString("hex");
const [OLD, NEW] = [`Canary${random()}+/=&'${random()}`, `Canary${random()}+/=&'${random()}`];
const HASH = `$6$canary${random().slice(0, 8)}$${randomBytes(64).toString("base64url").replaceAll(/[-_]/g, ".")}`;
const FAIL_LOUDLY = `cat >/tmp/in-memory; x=$(cat /tmp/in-memory); rm /tmp/in-memory; echo "it said $x"; echo "$x" >&2; printf %s "$x" | base64 -w0; exit 3`;

const stackText = (config: string, resources: string): string => `
import { block, command, cron, debconf, defineStack, directory, file, line, secret, server, service, text, unit, user } from "drover";
const pw = secret("CANARY");
export default defineStack({ id: "canary-1", name: "canary", machines: { web: server("root@canary", { config: "${config}" }) },
  resources: { web: [${resources}] } });`;

const RESOURCES = `
  directory("/etc/app"),
  file("/etc/app/pw", { content: pw, mode: "0600" }),
  file("/etc/app/env", { content: text\`PW="\${pw}"\\n\`, mode: "0600" }),
  file("/etc/app/open", { content: text\`everybody may read \${pw}\\n\` }),
  line("/etc/app/lines", "pw", { line: text\`pw = \${pw}\`, create: true }),
  block("/etc/app/blocks", "pw", { content: text\`pw = \${pw}\`, create: true }),
  cron("canary", { schedule: "0 0 1 1 *", command: "true", env: { PW: secret("PLAIN") } }),
  debconf("canary", { "canary/password": secret("PLAIN") }),
  user("canary", { password: { hash: secret("HASH") } }),
  unit("canary.service", { Service: { ExecStart: "/bin/sleep 86399", EnvironmentFile: "/etc/app/env" } }, { needs: ["file:/etc/app/env"] }),
  service("canary", { enabled: false }, { needs: ["unit:canary.service"] }),
  command("quiet", { run: ["sh", "-c", "cat >/dev/null; touch /etc/app/done"], creates: "/etc/app/done", stdin: pw }),
  command("loud", { run: ["sh", "-c", ${JSON.stringify(FAIL_LOUDLY)}], check: ["false"], stdin: pw }),
  command("reads", { run: ["sh", "-c", "cat /etc/app/open /etc/shadow; exit 4"], check: ["false"] }, { needs: ["file:/etc/app/open", "user:canary"] }),`;

/** Where these resources put it. */
const BELONGS = [
  ...["blocks", "env", "lines", "open", "pw"].map((name) => `/etc/app/${name}`),
  ...["/etc/cron.d/canary", "/etc/shadow", "/var/cache/debconf/passwords.dat"],
];

let folder = "";
let config = "";
let host: Host;
let env: Record<string, string> = {};
/** All that any command has printed. */
const printed: string[] = [];

async function run(args: readonly string[], input?: string): Promise<Ran> {
  const ran = await drover(args, { cwd: folder, env, ...(input === undefined ? {} : { input }) });
  printed.push(ran.stdout, ran.stderr);
  return ran;
}

async function mustRun(args: readonly string[], input?: string): Promise<Ran> {
  const ran = await run(args, input);
  expect(ran.stderr + ran.stdout.slice(-3000)).toSatisfy(() => ran.code === 0);
  return ran;
}

async function sh(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script.slice(0, 200)} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/** Files of the host that hold a value, or what would tell it. */
async function holding(): Promise<string[]> {
  const found = await sh(
    "cd /dev/shm/probe; grep -rlaFf needles --exclude-dir=probe /etc /var /root /home /run /tmp /dev/shm /opt /srv /usr/local | sort",
  );
  return found.split("\n").filter((path) => path !== "");
}

describe.skipIf(missing)("the canary", () => {
  const memory = "/dev/shm";
  let probe = "";
  let sampling: Promise<void> = Promise.resolve();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "drover-canary-"));
    // What the test itself looks for must not lie about, nor be in the arguments of its own programs.
    probe = mkdtempSync(join(memory, "drover-canary-"));
    const text = `${needles([OLD, NEW, HASH, "plain-canary-5d0c"])}${CONTROL}\n`;
    writeFileSync(join(probe, "needles"), text, { mode: 0o600 });
    [host] = (await startHosts(["canary"])) as [Host];
    config = await sshConfig([host], join(folder, "ssh"));
    const put = (name: string, content: string): string =>
      `echo '${Buffer.from(content).toString("base64")}' | base64 -d >/dev/shm/probe/${name}`;
    await sh(`mkdir -m 700 /dev/shm/probe; ${put("needles", text)}; ${put("new", needles([NEW]))}`);
    await sh(`cd /dev/shm/probe; setsid sh -c '${SAMPLER.replaceAll("'", `'\\''`)}' >/dev/null 2>&1 </dev/null &`);
    const local = spawn("sh", ["-c", SAMPLER], { cwd: probe, stdio: "ignore" });
    sampling = new Promise((resolve) => local.once("exit", () => resolve()));
    env = { XDG_CONFIG_HOME: join(folder, "config"), XDG_CACHE_HOME: join(folder, "cache") };
    writeFileSync(join(folder, "drover.config.ts"), stackText(config, RESOURCES));
  }, 600_000);

  afterAll(async () => {
    writeFileSync(join(probe, "stop"), "");
    await sampling;
    await host?.[Symbol.asyncDispose]();
    for (const path of [folder, probe]) rmSync(path, { recursive: true, force: true });
  });

  test("is kept encrypted here, and put where it belongs, although steps fail and print it", async () => {
    await mustRun(["secret", "init"]);
    await mustRun(["secret", "set", "CANARY"], OLD);
    await mustRun(["secret", "set", "HASH", "--json"], `${HASH}\n`);
    await mustRun(["secret", "set", "PLAIN"], "plain-canary-5d0c");
    await mustRun(["plan", "--out", "kept.json"]);
    const ran = await run(["up", "--yes"]);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain("it said secret(CANARY)");
    expect(ran.stdout).toContain("everybody may read secret(CANARY)");
    expect(ran.stdout).toMatch(/canary:secret\(HASH\):/);
    const again = await run(["up", "--yes", "--json"]);
    expect(again.code).toBe(1);
    expect(again.stdout).toContain("it said secret(CANARY)");
    expect(await sh("cat /etc/app/pw")).toBe(OLD);
  });

  test("is in those files of the host, and in no other: no log, journal, blob or run", async () => {
    expect(await sh("ls /var/lib/drover/runs | wc -l")).toBe("2");
    expect(await sh("grep -c 'it said secret(CANARY)' /var/lib/drover/journal")).toBe("2");
    expect(await holding()).toEqual(BELONGS);
    expect(await sh("journalctl --no-pager -o export | grep -caFf /dev/shm/probe/needles; :")).toBe("0");
    expect(await sh("journalctl --no-pager -o export | grep -ca canary.service; :")).not.toBe("0");
  });

  test("is in no plan, event, history or output of what is run there", async () => {
    await run(["plan", "--json"]);
    await mustRun(["status", "--json"]);
    expect((await mustRun(["history", "--json"])).stdout).toContain("it said secret(CANARY)");
    expect((await mustRun(["run", "--", "cat", "/etc/app/pw"])).stdout).toContain("secret(CANARY)");
    await mustRun(["secret", "list", "--json"]);
  });

  test("is nowhere any more when it has changed, not even in what was kept", async () => {
    await mustRun(["secret", "set", "CANARY"], NEW);
    await run(["up", "--yes"]);
    expect(await sh("cat /etc/app/pw")).toBe(NEW);
    await sh("cd /dev/shm/probe; mv needles both; grep -vxF -f new both >needles");
    expect(await holding()).toEqual(BELONGS.filter((path) => !path.startsWith("/etc/app/")));
    await sh("cd /dev/shm/probe; mv both needles");
  });

  test("is nowhere at all when it has left the file", async () => {
    writeFileSync(join(folder, "drover.config.ts"), stackText(config, ""));
    await mustRun(["up", "--yes", "--allow-delete"]);
    // The copy that `userdel` itself makes.
    expect(await holding()).toEqual(["/etc/shadow-"]);
  });

  test("was in the arguments or the environment of no process, but of the one that gets it there", async () => {
    await sh(`sh -c 'sleep 2; :' ${CONTROL}`);
    await sh("cd /dev/shm/probe; : >stop; for i in $(seq 100); do [ -e stopped ] && exit 0; sleep 0.1; done; exit 1");
    writeFileSync(join(probe, "stop"), "");
    await sampling;
    const seen = [await sh("cat /dev/shm/probe/seen"), readFileSync(join(probe, "seen"), "utf8")];
    const counts = [await sh("cat /dev/shm/probe/count"), readFileSync(join(probe, "count"), "utf8")];
    for (const count of counts) expect(Number(count)).toBeGreaterThan(100);
    for (const text of seen) {
      expect(text).toContain(CONTROL);
      expect(sightings(text)).toEqual(["environ of: /bin/sleep 86399"]);
    }
  });

  test("is in nothing that was printed, and in no file here", () => {
    const lines = readFileSync(join(probe, "needles"), "utf8").trim().split("\n");
    const found = lines.filter((needle) => printed.some((text) => text.includes(needle)));
    expect(found).toEqual([]);
    expect(printed.join("")).toContain("secret(CANARY)");
    expect(filesHolding(folder, lines)).toEqual([]);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(["kept.json", "drover.secrets.production.age"]));
  });
});

function filesHolding(root: string, words: readonly string[]): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const text = readFileSync(path, "latin1");
      return words.some((word) => text.includes(word));
    });
}
