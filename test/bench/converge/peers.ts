import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Host, requireEngine, sshConfig, startHosts } from "../../machines/index.ts";
import { NotHere, shell } from "../../peers/install.ts";
import { bundledClient, type Client } from "../client.ts";
import { median, ms, table } from "../sample.ts";
import { ansible } from "./ansible.ts";
import { barChart } from "./chart.ts";
import { droverTool } from "./drover.ts";
import { puppet } from "./puppet.ts";
import { pyinfra } from "./pyinfra.ts";
import { byHand } from "./shell.ts";
import type { Round, Tool } from "./tool.ts";
import { BEFORE, CHECK, COUNT } from "./work.ts";

/**
 * `npm run bench:converge -- peers`: the same work on the same number of systemd hosts by Drover and its peers. Every tool begins on fresh
 * hosts; what each says to have done is checked by the hosts' own tools. No-ops are taken in turns. With `--charts` the charts of
 * docs/ are drawn anew.
 */
const HOSTS = 5;
const ROUNDS = Number(process.argv.find((word) => word.startsWith("--rounds="))?.slice(9) ?? 3);
const CHARTS = join(import.meta.dirname, "../../../docs/charts");

interface Figures {
  readonly tool: Tool;
  readonly first: number;
  readonly cold: number[];
  readonly warm: number[];
}

async function main(): Promise<void> {
  const engine = await requireEngine();
  if (!engine.ok) throw new Error(`test hosts cannot be started: ${engine.why}`);
  // Every systemd watches with a few inotify instances of its own: a kernel's 128 are too few for all these hosts at once.
  await shell("sysctl -q -w fs.inotify.max_user_instances=1024", "/");
  await using client = await bundledClient();
  const figures: { figures: Figures; round: Round }[] = [];
  const missing: string[] = [];
  try {
    for (const tool of toolsOf(client)) {
      const done = await firstRun(tool).catch((error: unknown) => {
        if (!(error instanceof NotHere)) throw error;
        missing.push(`${tool.name}: ${error.message}`);
        return undefined;
      });
      if (done !== undefined) figures.push(done);
    }
    for (let turn = 0; turn < ROUNDS; turn += 1) for (const one of figures) await noop(one.figures, one.round);
    print(
      figures.map((one) => one.figures),
      missing,
    );
    if (process.argv.includes("--charts")) await draw(figures.map((one) => one.figures));
  } finally {
    for (const { round } of figures) await end(round);
  }
}

function toolsOf(client: Client): Tool[] {
  const all = [byHand, droverTool(client), pyinfra, ansible, puppet];
  // `--without=Puppet,Ansible` leaves tools out.
  const without = process.argv.flatMap((word) => (word.startsWith("--without=") ? word.slice(10).split(",") : []));
  return all.filter(({ name }) => !without.includes(name));
}

async function firstRun(tool: Tool): Promise<{ figures: Figures; round: Round }> {
  const names = Array.from(
    { length: HOSTS },
    (_, index) => `cv${tool.name.toLowerCase().replaceAll(" ", "").slice(0, 3)}${index + 1}`,
  );
  const hosts = await startHosts(names, { aptLists: true });
  const folder = await mkdtemp(join(tmpdir(), "drover-converge-"));
  const round: Round = { hosts, config: await sshConfig(hosts, folder), folder };
  try {
    await Promise.all(hosts.map((host) => host.sh(BEFORE)));
    await tool.prepare(round);
    const first = await timed(() => tool.run(round, false));
    await checked(tool, hosts);
    process.stderr.write(`${tool.name}: first run ${ms(first)}\n`);
    return { figures: { tool, first, cold: [], warm: [] }, round };
  } catch (error) {
    await end(round);
    throw error;
  }
}

/** One cold, then two right after it over connections that are kept: the second of them counts as warm. */
async function noop({ tool, cold, warm }: Figures, round: Round): Promise<void> {
  cold.push(await timed(() => tool.run(round, false)));
  await tool.run(round, true);
  warm.push(await timed(() => tool.run(round, true)));
}

async function checked(tool: Tool, hosts: readonly Host[]): Promise<void> {
  for (const host of hosts) {
    const { stdout } = await host.sh(CHECK);
    if (stdout.trim() !== "") throw new Error(`${tool.name} left on ${host.name}:\n${stdout}`);
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function print(all: readonly Figures[], missing: readonly string[]): void {
  const drover = all.find(({ tool }) => tool.name === "Drover");
  const hand = all.find(({ tool }) => tool.name === "a shell script by hand");
  if (drover === undefined || hand === undefined) throw new Error("Drover or the script by hand did not run");
  const times = (mine: number, theirs: number): string => `${(theirs / mine).toFixed(1)}x`;
  const rows = all.map(({ tool, first, cold, warm }) => [
    tool.name,
    ms(first),
    times(hand.first, first),
    ms(median(cold)),
    times(median(drover.cold), median(cold)),
    ms(median(warm)),
    times(median(drover.warm), median(warm)),
  ]);
  const head = [
    `${COUNT} resources on ${HOSTS} hosts`,
    "first run",
    "to the script",
    `no-op, cold, median of ${ROUNDS}`,
    "to Drover",
    "no-op, warm",
    "to Drover",
  ];
  process.stdout.write(`${table(head, rows)}\n`);
  for (const { tool } of all) process.stdout.write(`- ${tool.name}: ${tool.about}.\n`);
  for (const why of missing) process.stdout.write(`- NOT MEASURED, ${why}\n`);
}

async function draw(all: readonly Figures[]): Promise<void> {
  await mkdir(CHARTS, { recursive: true });
  const bars = (value: (one: Figures) => number) =>
    all.map((one) => ({ name: one.tool.name, seconds: value(one) / 1000 }));
  const title = `${COUNT} resources on ${HOSTS} hosts`;
  await writeFile(
    join(CHARTS, "converge-first.svg"),
    barChart(
      `${title}: first run`,
      bars(({ first }) => first),
    ),
  );
  await writeFile(
    join(CHARTS, "converge-noop.svg"),
    barChart(
      `${title}: nothing to do, cold`,
      bars(({ cold }) => median(cold)),
    ),
  );
  await writeFile(
    join(CHARTS, "converge-warm.svg"),
    barChart(
      `${title}: nothing to do, warm`,
      bars(({ warm }) => median(warm)),
    ),
  );
}

async function end({ hosts, folder }: Round): Promise<void> {
  await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()));
  await rm(folder, { recursive: true, force: true });
}

await main();
