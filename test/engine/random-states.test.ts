import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Arbitrary, assert, asyncProperty, constantFrom, nat, option, record, string, tuple } from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDrover } from "../../src/drover.ts";
import { block, type DeclaredInput, directory, file, line, link } from "../../src/index.ts";
import { schemasOf } from "../../src/load/schemas.ts";
import { validate } from "../../src/load/validate.ts";
import { changesOf, type Plan } from "../../src/model/plan.ts";
import type { Stack } from "../../src/model/stack.ts";
import { providers, resources as shelf } from "../../src/registry.ts";

/**
 * Random start states, random wishes: what can be planned converges, the plan is empty then, and what differs afterwards is what
 * was planned. What cannot be planned is refused whole, and nothing has changed.
 */
const NAMES = ["a", "b"] as const;
const RUNS = Number(process.env["DROVER_RUNS"] ?? 6);
const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
const signal = AbortSignal.timeout(1_200_000);
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drover-random-"));
  process.env["DROVER_STATE"] = join(folder, "state");
  process.env["DROVER_RUN"] = join(folder, "run");
});
afterEach(() => {
  delete process.env["DROVER_STATE"];
  delete process.env["DROVER_RUN"];
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
});

const content = constantFrom("", "one\n", "two\nlines\n", "no end", "cr\r\nlf\r\n");
const mode = constantFrom("0644", "0600", "0755", "0640");

/** What is there before; nothing is as likely as any of them. */
const before = option(
  tuple(constantFrom("file", "directory", "full", "link", "dangling"), content, mode).map(([kind, text, bits]) => ({
    ...{ kind, text, bits },
  })),
);
type Before = { kind: string; text: string; bits: string } | null;

/** What can be wished, mostly of what a thing can become; null: it is not declared. */
const KINDS = ["file", "directory", "link", "line", "block", "inner"] as const;
const BECOMES: Readonly<Record<string, readonly (typeof KINDS)[number][]>> = {
  nothing: ["file", "directory", "link", "inner"],
  ...{ file: ["file", "line", "block"], line: ["line", "file", "block"], block: ["block", "line", "file"] },
  ...{ directory: ["directory", "inner"], full: ["directory"], inner: ["inner", "directory"] },
  ...{ link: ["link"], dangling: ["link"] },
};
const wish = tuple(
  nat(99),
  nat(99),
  content,
  mode,
  string({ minLength: 1, maxLength: 12, unit: constantFrom("x", "y", " ", "'", '"', "\\", "$", "#", "é") }),
).map(([chance, choice, text, bits, word]) => ({ chance, choice, text, bits, word }));
type Drawn = { chance: number; choice: number; text: string; bits: string; word: string };
type Wish = { kind: string; text: string; bits: string; word: string } | null;

/** In one of ten not declared, in one of ten anything at all. */
function wishFor(is: string, { chance, choice, ...rest }: Drawn): Wish {
  if (chance < 10) return null;
  const kinds = chance < 20 ? KINDS : (BECOMES[is] ?? KINDS);
  return { kind: kinds[choice % kinds.length] ?? "file", ...rest };
}

const each = <T>(one: Arbitrary<T>) => record({ a: one, b: one });

function make(root: string, name: string, state: Before): void {
  const path = join(root, name);
  if (state === null) return;
  if (state.kind === "file") writeFileSync(path, state.text, { mode: Number.parseInt(state.bits, 8) });
  if (state.kind === "directory" || state.kind === "full") mkdirSync(path, { mode: 0o755 });
  if (state.kind === "full") writeFileSync(join(path, "inside"), state.text);
  if (state.kind === "link") symlinkSync("/etc/hostname", path);
  if (state.kind === "dangling") symlinkSync("nowhere", path);
}

function wanted(root: string, name: string, wished: Wish): DeclaredInput[] {
  const path = join(root, name);
  if (wished === null) return [];
  const { kind, text, bits, word } = wished;
  if (kind === "file") return [file(path, { content: text, mode: bits, owner })];
  if (kind === "directory") return [directory(path, { mode: bits, owner })];
  if (kind === "link") return [link(path, { to: "elsewhere", owner })];
  if (kind === "line") return [line(path, "own", { line: `own ${word}`, match: "^own " })];
  if (kind === "block") return [block(path, "own", { content: `own ${word}` })];
  return [directory(path, { owner }), file(`${path}/inner`, { content: text, owner })];
}

function stackOf(resources: DeclaredInput[]): Stack {
  const schemas = schemasOf(shelf, providers);
  const written = {
    id: "random-7c3e",
    name: "random",
    machines: { here: { provider: "local" } },
    resources: { here: resources },
  };
  const checked = validate(written, { schemas, folder: "/", environment: "test" });
  if ("stack" in checked) return checked.stack;
  throw new Error(JSON.stringify(checked.faults));
}

/** Every path with its kind, mode, owner and content, a line each. */
function snapshot(root: string): Map<string, string> {
  const script = `find . -mindepth 1 -printf '%P %y %m %U:%G %l ' \\( -type f -exec sha256sum {} \\; -o -printf '\\n' \\)`;
  const rows = execFileSync("sh", ["-c", script], { cwd: root, encoding: "utf8" }).split("\n");
  return new Map(rows.filter((row) => row !== "").map((row) => [row.slice(0, row.indexOf(" ")), row]));
}

function differing(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...one.keys(), ...other.keys()]);
  return [...paths].filter((path) => one.get(path) !== other.get(path)).sort();
}

/** The paths of what a plan changes. A folder's own line holds no times, so that what is in it does not change it. */
function plannedPaths(plan: Plan, root: string): string[] {
  const names = changesOf(plan).map(({ name }) => name.replace(/:own$/, "").slice(root.length + 1));
  return [...new Set(names)].sort();
}

/** Answers whether there was a plan to carry out. */
async function converge(stack: Stack, root: string): Promise<boolean> {
  await using drover = createDrover();
  const options = { signal, secrets: () => undefined, emit: () => undefined };
  const foreign = (await drover.plan(stack, options)).problems.filter(({ hint }) => hint?.includes("drover adopt"));
  if (foreign.length > 0) {
    const ids = foreign.flatMap(({ hint }) => /drover adopt (\S+)/.exec(hint ?? "")?.[1] ?? []);
    const adoption = await drover.planOwnership(stack, "adopt", ids, options);
    await drover.apply(stack, adoption, { ...options, allowDelete: false, command: "adopt" });
  }
  const start = snapshot(root);
  const plan = await drover.plan(stack, options);
  if (plan.problems.length > 0) {
    expect(differing(start, snapshot(root))).toEqual([]);
    return false;
  }
  const outcome = await drover.apply(stack, plan, { ...options, allowDelete: true, command: "up" });
  expect(outcome.failures).toEqual([]);
  expect(plannedPaths(plan, root)).toEqual(expect.arrayContaining(differing(start, snapshot(root))));
  const again = await drover.plan(stack, options);
  expect(again.problems).toEqual([]);
  expect(changesOf(again).map(({ action, id, diff }) => `${action} ${id} ${JSON.stringify(diff)}`)).toEqual([]);
  return changesOf(plan).length > 0;
}

/** What is always drawn first: a new file and a folder that is there, then the file changes, then both go. Three plans with work. */
const drawn = (choice: number, text: string): Drawn => ({ chance: 50, choice, text, bits: "0644", word: "x" });
type PerName<T> = Record<(typeof NAMES)[number], T>;
const ALWAYS: [PerName<Before>, PerName<Drawn>, PerName<Drawn>] = [
  { a: null, b: { kind: "directory", text: "", bits: "0755" } },
  { a: drawn(0, "one\n"), b: drawn(0, "") },
  { a: drawn(0, "two\nlines\n"), b: drawn(0, "") },
];

test("random start states converge to random wishes, one after the other, and go again", async () => {
  let round = 0;
  let carriedOut = 0;
  const property = asyncProperty(each(before), each(wish), each(wish), async (states, first, second) => {
    round += 1;
    const root = join(folder, `r${round}`);
    mkdirSync(root, { mode: 0o755 });
    // Every round is a stack and a memory of its own.
    process.env["DROVER_STATE"] = join(folder, `state${round}`);
    for (const name of NAMES) make(root, name, states[name]);
    const is = Object.fromEntries(NAMES.map((name) => [name, states[name]?.kind ?? "nothing"]));
    for (const drawn of [first, second]) {
      const wishes = Object.fromEntries(NAMES.map((name) => [name, wishFor(is[name] ?? "nothing", drawn[name])]));
      for (const name of NAMES) is[name] = wishes[name]?.kind ?? "nothing";
      if (await converge(stackOf(NAMES.flatMap((name) => wanted(root, name, wishes[name] ?? null))), root))
        carriedOut += 1;
    }
    if (await converge(stackOf([]), root)) carriedOut += 1;
  });
  await assert(property, {
    numRuns: RUNS,
    examples: [ALWAYS],
    endOnFailure: process.env["DROVER_SHRINK"] === undefined,
  });
  process.stdout.write(`random states: ${round} rounds, ${carriedOut} of ${round * 3} plans had something to do\n`);
  expect(carriedOut).toBeGreaterThanOrEqual(3);
}, 1_200_000);
