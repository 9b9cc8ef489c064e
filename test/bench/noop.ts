import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Project, project } from "../e2e/command.ts";
import { bundledClient, type Client, command } from "./client.ts";
import { inTurns, median, ms, table } from "./sample.ts";
import { bareServer, replaced } from "./server.ts";

/** An `up` that finds nothing to do: over SSH, over a long way, and on this machine. */
const DELAY = 50;
const ROUNDS = 9;

await using client = await bundledClient();
await overSsh(client);
await onThisMachine(client);

async function overSsh(drover: Client): Promise<void> {
  await using server = await bareServer();
  await using way = await server.far(DELAY);
  const over = (config: string, persist: number): Promise<Project> =>
    guestbook(`server("root@web", { config: ${JSON.stringify(config)}, persist: ${persist} })`);
  await using near = await over(server.config, 0);
  await using distant = await over(way.config, 0);
  await using nearKept = await over(server.config, 120);
  await using distantKept = await over(way.config, 120);
  const first = performance.now();
  await drover.run(["up", "--yes"], near.folder);
  const bare = performance.now() - first;

  const seen = await drover.events(["up", "--yes"], near.folder);
  const done = seen.map(({ event }) => event).find((event) => event.event === "done");
  if (done?.event !== "done" || done.changed !== 0) throw new Error("the second up had something to do");
  const exchanges = Object.values(done.exchanges).join(", ");

  const ssh = (config: string) => () => run("ssh", ["-F", config, "-o", "BatchMode=yes", "-T", "root@web", "true"]);
  for (const place of [distant, nearKept, distantKept]) await drover.run(["up", "--yes"], place.folder);
  const times = await inTurns(ROUNDS, {
    "node -e 0": () => run(process.execPath, ["-e", "0"]),
    "ssh, near": ssh(server.config),
    "up, near": () => drover.run(["up", "--yes"], near.folder),
    "plan, near": () => drover.run(["plan", "--detailed-exitcode"], near.folder),
    "ssh, far": ssh(way.config),
    "up, far": () => drover.run(["up", "--yes"], distant.folder),
    "plan, far": () => drover.run(["plan", "--detailed-exitcode"], distant.folder),
    "kept, near": () => drover.run(["up", "--yes"], nearKept.folder),
    "kept, far": () => drover.run(["up", "--yes"], distantKept.folder),
  });
  const of = (name: string): number => median(times[name] ?? []);
  const row = (label: string, name: string): string[] => {
    const [here, there] = [of(`${name}, near`), of(`${name}, far`)];
    return [label, ms(here), ms(there), ms(there - here), ((there - here) / DELAY).toFixed(1)];
  };
  const head = [
    `over SSH, medians of ${ROUNDS} in turns`,
    "direct",
    `+${DELAY} ms per round trip`,
    "added",
    "round trips",
  ];
  const rows = [
    ["`node -e 0`", ms(of("node -e 0")), "", "", ""],
    row("`ssh web true`, a new connection", "ssh"),
    row("`drover plan`, nothing to do", "plan"),
    row("`drover up --yes`, nothing to do", "up"),
    row("the same over the connection of a command before", "kept"),
  ];
  print(table(head, rows));
  print(
    `Exchanges after connect, as the run counts them: ${exchanges}. Once, from the bare host to the app answering: ${(bare / 1000).toFixed(0)} s.\n`,
  );
}

/** The demo once more, under an id of its own: whatever is served here already is left alone. */
async function onThisMachine(drover: Client): Promise<void> {
  await using place = await guestbook("local()", "bench-guestbook");
  await drover.run(["up", "--yes"], place.folder);
  try {
    const times = await inTurns(ROUNDS, {
      "`node -e 0`": () => run(process.execPath, ["-e", "0"]),
      "`drover plan`, nothing to do": () => drover.run(["plan", "--detailed-exitcode"], place.folder),
      "`drover up --yes`, nothing to do": () => drover.run(["up", "--yes"], place.folder),
    });
    const rows = Object.entries(times).map(([name, all]) => [name, ms(median(all)), ms(Math.max(...all))]);
    print(table([`on this machine, ${ROUNDS} in turns`, "median", "slowest"], rows));
  } finally {
    await drover.run(["down", "--yes", "--allow-delete"], place.folder);
  }
}

/** The example with another machine in its stack file. */
async function guestbook(machine: string, id?: string): Promise<Project> {
  const made = await project("guestbook");
  const text = await readFile(join(made.folder, "drover.config.ts"), "utf8");
  const moved = replaced(replaced(text, "here: local()", `here: ${machine}`), "local }", "local, server }");
  await made.write("drover.config.ts", id === undefined ? moved : renamed(moved, id));
  return made;
}

function renamed(text: string, id: string): string {
  return replaced(replaced(text, 'id: "gb-7f3k9q"', `id: "${id}"`), '"guestbook.localhost"', `"${id}.localhost"`);
}

async function run(file: string, args: readonly string[]): Promise<void> {
  await command(file, args, process.cwd());
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
