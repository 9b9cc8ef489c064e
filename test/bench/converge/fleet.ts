import { allShelves } from "../../../src/drover/shelves.ts";
import { Hosts } from "../../../src/engine/hosts.ts";
import { makePlan, type Planning } from "../../../src/engine/plan.ts";
import { sha256 } from "../../../src/lib/digest.ts";
import { keyOf } from "../../../src/model/query.ts";
import type { Session } from "../../../src/model/session.ts";
import type { Declared, Stack } from "../../../src/model/stack.ts";
import { median, ms, table } from "../sample.ts";

/** 500 hosts x 20 resources planned against hosts within this process: how time and memory grow with the number of hosts. */
const RESOURCES = 20;
const ROUNDS = 5;

const text = (index: number): string => `content of file ${index}\n`;
const resources: Declared[] = Array.from({ length: RESOURCES }, (_, index) => ({
  type: "file",
  name: `/etc/fleet/file${index}`,
  spec: { content: text(index) },
  needs: [],
  protect: false,
}));

function stackOf(count: number): Stack {
  const names = Array.from({ length: count }, (_, index) => `h${index + 1}`);
  return {
    id: "bench-fleet",
    hasId: true,
    name: "fleet",
    environment: "production",
    machines: Object.fromEntries(names.map((name) => [name, { provider: "server", host: name }])),
    resources: Object.fromEntries(names.map((name) => [name, resources])),
    apps: {},
    folder: "/",
  };
}

/** Answers what it is asked as a host would where half of the files are as wanted: what is measured is planning, not a network. */
function hostOf(machine: string): Session {
  const answers = new Map<string, string>([
    ["path:/etc", "directory mode=755 owner=root:root"],
    ["path:/etc/fleet", "directory mode=755 owner=root:root"],
    ["journal:head", "0"],
    ["fact:machine-id", sha256(machine).slice(0, 32)],
  ]);
  for (let index = 0; index < RESOURCES; index += 1) {
    const digest = sha256(index % 2 === 0 ? text(index) : "other");
    answers.set(`path:/etc/fleet/file${index}`, `file mode=644 owner=root:root sha256=${digest}`);
  }
  const unused = (): never => {
    throw new Error("a plan only asks");
  };
  return {
    machine,
    exchanges: 1,
    ask: async (queries) => {
      await new Promise((resolve) => setImmediate(resolve));
      const keys = new Set(queries.map(keyOf));
      return new Map([...answers].filter(([key]) => keys.has(key) || /^(fact|journal):/.test(key)));
    },
    run: unused,
    release: unused,
    beat: unused,
    seen: unused,
    cancel: unused,
    confirm: unused,
    open: unused,
    async [Symbol.asyncDispose]() {},
  };
}

async function planned(count: number): Promise<number> {
  const signal = AbortSignal.timeout(600_000);
  const planning: Planning = {
    stack: stackOf(count),
    shelves: allShelves(),
    hosts: new Hosts(
      async (machine) => hostOf(machine),
      () => {},
    ),
    desired: { inputs: {}, lift: false },
    secrets: () => undefined,
    signal,
    emit: () => {},
    adopt: [],
  };
  const start = performance.now();
  const { plan } = await makePlan(planning);
  const time = performance.now() - start;
  if (plan.hosts.length !== count) throw new Error("not all hosts were planned");
  return time;
}

await planned(50);
const times: Record<number, number[]> = { 50: [], 500: [] };
for (let round = 0; round < ROUNDS; round += 1) for (const count of [50, 500]) times[count]?.push(await planned(count));
const [few, many] = [median(times[50] ?? []), median(times[500] ?? [])];
process.stdout.write(
  `${table(
    [`${RESOURCES} resources a host, medians of ${ROUNDS} in turns`, "time", "to 50 hosts"],
    [
      ["50 hosts", ms(few), "1.0x"],
      ["500 hosts", ms(many), `${(many / few).toFixed(1)}x`],
    ],
  )}\nMemory at the highest: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB.\n`,
);
