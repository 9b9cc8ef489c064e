import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allShelves, connector } from "../../../src/drover/shelves.ts";
import { desiredOn } from "../../../src/engine/desired.ts";
import { queriesOf } from "../../../src/engine/observe.ts";
import { STANDARD_QUERIES } from "../../../src/engine/session/ask.ts";
import { Frames } from "../../../src/engine/session/frame.ts";
import { loadStack } from "../../../src/load/load.ts";
import { schemasOf } from "../../../src/load/schemas.ts";
import { NO_MEMORY } from "../../../src/model/journal.ts";
import { ownerOf } from "../../../src/model/stack.ts";
import { providers, resources } from "../../../src/registry.ts";
import ssh from "../../../src/transports/ssh.ts";
import { requireEngine, sshConfig, startHosts, startProxy } from "../../machines/index.ts";
import { bundledClient, command } from "../client.ts";
import { inTurns, median, ms, table } from "../sample.ts";
import { replaced } from "../server.ts";

/**
 * 450 resources on one host, nothing to do: exchanges, the probe beside a script that asks the same by hand, and what 50 ms more for
 * each round trip adds.
 */
const ROUNDS = 9;
const DELAY = 50;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

async function main(): Promise<void> {
  const engine = await requireEngine();
  if (!engine.ok) throw new Error(`test hosts cannot be started: ${engine.why}`);
  await using client = await bundledClient();
  const [host] = await startHosts(["cvwide"], { aptLists: true });
  if (host === undefined) throw new Error("no host was started");
  const folder = await mkdtemp(join(tmpdir(), "drover-wide-"));
  try {
    const config = await sshConfig([host], folder);
    const { stdout } = await host.sh("dpkg-query -W -f '${Package}\\n' | head -n 100");
    const packages = stdout.trim().split("\n");
    const sysctls = (await host.sh(SETTABLE)).stdout.trim().split("\n");
    if (sysctls.length !== 50 || packages.length !== 100) throw new Error("too little to ask about on the host");
    await using proxy = await startProxy({ target: { host: host.address, port: host.port }, delayMs: DELAY });
    const near = config;
    const far = join(folder, "ssh_config_far");
    const way = `HostName 127.0.0.1\n  HostKeyAlias ${host.address}\n  Port ${proxy.port}`;
    await writeFile(far, replaced(await readFile(near, "utf8"), `HostName ${host.address}\n  Port ${host.port}`, way), {
      mode: 0o600,
    });
    const places = {
      near: await place(folder, "near", near, packages, sysctls),
      far: await place(folder, "far", far, packages, sysctls),
    };
    await client.run(["up", "--yes"], places.near);
    const seen = await client.events(["up", "--yes"], places.near);
    const done = seen.map(({ event }) => event).find((event) => event.event === "done");
    if (done?.event !== "done" || done.changed !== 0) throw new Error("the second up had something to do");
    await client.run(["plan", "--detailed-exitcode"], places.far);
    const script = join(folder, "probe.sh");
    await writeFile(script, byHand(packages, sysctls));
    const ssh = (file: string): string =>
      `ssh -F ${file} -o ControlMaster=auto -o ControlPath=${folder}/%n-%p -o ControlPersist=120 root@cvwide`;
    await command("/bin/sh", ["-c", `${ssh(near)} sh <${script} >/dev/null; ${ssh(far)} true`], folder);
    const times = await inTurns(ROUNDS, {
      "drover near": () => client.run(["plan", "--detailed-exitcode"], places.near),
      "drover far": () => client.run(["plan", "--detailed-exitcode"], places.far),
      "by hand": async () => void (await command("/bin/sh", ["-c", `${ssh(near)} sh <${script} >/dev/null`], folder)),
      "ssh true": async () => void (await command("/bin/sh", ["-c", `${ssh(near)} true`], folder)),
      "node -e 0": async () => void (await command(process.execPath, ["-e", "0"], folder)),
    });
    const of = (name: string): number => median(times[name] ?? []);
    const probe = median(await probes(places.near));
    const hand = median(await handProbes(script, near));
    process.stdout.write(
      `${table(
        [
          `450 resources, nothing to do, kept connection, medians of ${ROUNDS}`,
          "direct",
          `+${DELAY} ms per round trip`,
          "added",
        ],
        [
          ["`drover plan`", ms(of("drover near")), ms(of("drover far")), ms(of("drover far") - of("drover near"))],
          ["a hand-batched script over ssh", ms(of("by hand")), "", ""],
          ["`ssh true`", ms(of("ssh true")), "", ""],
          ["`node -e 0`", ms(of("node -e 0")), "", ""],
        ],
      )}\n${table(
        ["the probe itself, on the host", "median", "to the script"],
        [
          ["Drover's one exchange (facts, journal and 450 resources)", ms(probe), `${(probe / hand).toFixed(2)}x`],
          ["the hand-batched script", ms(hand), "1.00x"],
        ],
      )}\nExchanges after connect: ${Object.values(done.exchanges).join(", ")}.\n`,
    );
  } finally {
    await host[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Settings of the network, which a container has for itself; each takes back the value that it has. */
const SETTABLE = `cd /proc/sys && find net/ipv4 -type f -perm -600 | sort | while read -r f; do
case $f in *.*|*flush*) continue;; esac
v=$(cat "$f" 2>/dev/null) || continue
case $v in ''|*[!a-zA-Z0-9_-]*) continue;; esac
{ printf '%s\\n' "$v" >"$f"; } 2>/dev/null || continue
printf '%s=%s\\n' "$(printf %s "$f" | tr / .)" "$v"
done | head -n 50`;

async function place(
  folder: string,
  name: string,
  config: string,
  packages: readonly string[],
  sysctls: readonly string[],
): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  await writeFile(join(path, "package.json"), '{ "type": "module" }\n');
  await writeFile(
    join(path, "drover.config.ts"),
    `import { defineStack, file, group, link, pkg, server, sysctl, user } from "drover";
const packages = ${JSON.stringify(packages)};
const sysctls = ${JSON.stringify(sysctls.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]))};
const n = (count) => Array.from({ length: count }, (_, index) => index + 1);
export default defineStack({
  id: "bench-wide", name: "wide",
  machines: { wide: server("root@cvwide", ${JSON.stringify({ config, persist: 120 })}) },
  resources: { wide: [
    ...n(200).map((i) => file("/etc/wide/file" + i, { content: ("line of file " + i + "\\n").repeat(20) })),
    ...n(50).map((i) => link("/etc/wide/link" + i, { to: "file" + i })),
    ...packages.map((name) => pkg(name)),
    ...n(25).map((i) => user("wide" + i, { shell: "/bin/sh" })),
    ...n(25).map((i) => group("wideg" + i)),
    ...sysctls.map(([key, value]) => sysctl(key, value)),
  ] },
});
`,
  );
  return path;
}

/** The same questions, as somebody who knows the tools would ask them at once. */
function byHand(packages: readonly string[], sysctls: readonly string[]): string {
  const files = numbers(200).map((n) => `/etc/wide/file${n}`);
  const links = numbers(50).map((n) => `/etc/wide/link${n}`);
  const keys = sysctls.map((line) => line.slice(0, line.indexOf("=")));
  return `export LC_ALL=C
stat -c '%n %a %U:%G %F' ${[...files, ...links].join(" ")}
sha256sum ${files.join(" ")}
readlink ${links.join(" ")}
dpkg-query -W -f '\${Package} \${Version} \${db:Status-Status}\\n' ${packages.join(" ")}
apt-mark showmanual ${packages.join(" ")}
cat /etc/passwd /etc/group
sysctl -e ${keys.join(" ")}
stat -c '%n %a' ${keys.map((key) => `/etc/sysctl.d/60-drover-${key}.conf`).join(" ")}
sha256sum ${keys.map((key) => `/etc/sysctl.d/60-drover-${key}.conf`).join(" ")}
`;
}

/** The one exchange, timed from the client over the kept connection, less an exchange that asks nothing. */
async function probes(folder: string): Promise<number[]> {
  const signal = AbortSignal.timeout(120_000);
  const schemas = Promise.resolve(schemasOf(resources, providers));
  const stack = await loadStack(undefined, { environment: undefined, cwd: folder, schemas, signal, print: () => {} });
  const shelves = allShelves();
  const desired = desiredOn("wide", stack, shelves, NO_MEMORY, new Map(), { inputs: {}, lift: true });
  const queries = [...STANDARD_QUERIES, ...queriesOf("wide", ownerOf(stack), desired.resources, NO_MEMORY, shelves)];
  await using session = await connector(stack, shelves, () => undefined)("wide", signal);
  return await differences(
    () => session.ask(queries, signal),
    () => session.ask([], signal),
  );
}

async function handProbes(script: string, config: string): Promise<number[]> {
  const signal = AbortSignal.timeout(120_000);
  const reach = {
    transport: "ssh",
    machine: "wide",
    address: "wide",
    options: { destination: "root@cvwide", config, persist: 120 },
  };
  await using channel = await ssh.connect(reach, () => undefined, signal);
  const frames = new Frames(channel, "wide");
  const text = await readFile(script, "utf8");
  return await differences(
    () => frames.exchange(text, signal),
    () => frames.exchange(":", signal),
  );
}

async function differences(work: () => Promise<unknown>, nothing: () => Promise<unknown>): Promise<number[]> {
  const times = await inTurns(ROUNDS * 2, {
    work: async () => void (await work()),
    nothing: async () => void (await nothing()),
  });
  return (times["work"] ?? []).map((time, at) => time - (times["nothing"]?.[at] ?? 0));
}

await main();
