import { readdir, readFile } from "node:fs/promises";
import { systemClock } from "../../src/lib/clock.ts";
import type { Project } from "../e2e/command.ts";
import { askOnce } from "../load/probe.ts";
import { must } from "./runner-faults.ts";
import { run, type Scene, target } from "./scene.ts";
import { difference, snapshot } from "./snapshot.ts";

/** What is wrong with a scene in which all should be well: nothing, in the end. */
export async function wrongWith(scene: Scene, place: Project, expected: readonly string[]): Promise<string[]> {
  const seen = await snapshot(scene.host);
  const plan = await run(scene, ["plan", "--detailed-exitcode"], place);
  return [
    ...difference(expected, seen).map((line) => `on the host: ${line}`),
    ...(plan.code === 0 ? [] : [`the plan is not empty (${plan.code}): ${plan.stdout}${plan.stderr}`]),
    ...(await wrongAnswer(scene)),
    ...(await wrongJournal(scene)),
    ...(await orphans(scene)),
    ...wrongWatch(scene),
  ];
}

async function wrongAnswer(scene: Scene): Promise<string[]> {
  const outcome = await askOnce(target(scene.host));
  const got = outcome.kind === "answered" ? outcome.response.body.toString() : outcome.kind;
  return got === `release ${scene.release}\n` ? [] : [`the app answers ${JSON.stringify(got)}, not ${scene.release}`];
}

/** Every line is whole and has its own number. */
async function wrongJournal(scene: Scene): Promise<string[]> {
  const lines = (await must(scene.host, "cat /var/lib/drover/journal")).split("\n");
  if (lines.pop() !== "") return ["the journal's last line is torn"];
  return lines.flatMap((line, index) => {
    try {
      const { seq } = JSON.parse(line) as { seq: unknown };
      return seq === index + 1 ? [] : [`journal line ${index + 1} has number ${seq}`];
    } catch {
      return [`journal line ${index + 1} is torn: ${line}`];
    }
  });
}

/** Connections of clients that are gone. They end by themselves, which may take a moment. */
async function orphans(scene: Scene): Promise<string[]> {
  let found: string[] = [];
  for (let look = 0; look < 50; look += 1) {
    found = await connections(scene.config);
    if (found.length === 0) return [];
    await systemClock.sleep(200, AbortSignal.timeout(10_000));
  }
  return found.map((process) => `still running here: ${process}`);
}

async function connections(config: string): Promise<string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")));
  return lines.filter((line) => line.includes(config)).map((line) => line.replaceAll("\0", " "));
}

/** From its first answer on the app answers all the time. */
function wrongWatch(scene: Scene): string[] {
  const { failuresSinceUp, firstUp } = scene.watch.seen();
  if (firstUp === undefined) return ["the probe never had an answer"];
  const fresh = failuresSinceUp.slice(scene.told);
  scene.told = failuresSinceUp.length;
  return fresh.map(({ at, kind, text }) => `the app did not answer at ${new Date(at).toISOString()}: ${kind} ${text}`);
}
