import { parseAnswer } from "../model/answer.ts";
import type { HostPlan, Problem } from "../model/plan.ts";
import { maskText, type SecretValues, secretsIn, type Text } from "../model/secret.ts";
import { blobOf, isKept, type Step } from "../model/step.ts";
import type { Observation } from "./observe.ts";
import { type Shelves, typeOf } from "./shelves.ts";

/** Space that must be free where the state folder is before anything large is brought: packages, images, archives. */
const BULKY_MB = 500;
/** What the journal and the run's own files take, whatever is changed. */
const RUN_MB = 16;

/** What would stop the run half-way, found before the first write. Pure. */
export function preflight(plan: HostPlan, observation: Observation | undefined, shelves: Shelves): Problem[] {
  if (observation === undefined || plan.changes.length === 0) return [];
  const fact = (name: string): string => observation.answers.get(`fact:${name}`) ?? "";
  const problems: Problem[] = [];
  const add = (message: string, hint: string): void => {
    problems.push({ code: "PREFLIGHT", message: `${plan.machine}: ${message}`, hint, machine: plan.machine });
  };
  const free = Number(fact("disk-mb"));
  const needed = neededMb(plan, shelves);
  if (free < needed) add(`only ${free} MB of disk are free, ${needed} are needed`, "make room, or use a larger disk");
  if (!["x64", "arm64"].includes(fact("arch")))
    add(`its architecture ${fact("arch")} is not supported`, "use x86-64 or arm64");
  if (fact("uid") !== "0" && plan.changes.some((change) => change.brought === true)) {
    add(`${fact("user")} is not root, and this plan needs root`, "connect as root, or as a user with sudo");
  }
  const unread = [...observation.answers].find(
    ([key, answer]) => key === "journal:head" && parseAnswer(answer).head === "unknown",
  );
  if (unread !== undefined) add("its journal may not be read", "connect as root, or as a user with sudo");
  return problems;
}

/** What goes makes room; what is written is in the plan, and lies with the run before it is in its place. */
function neededMb({ changes }: HostPlan, shelves: Shelves): number {
  const isBulky = changes.some(({ type, action }) => action !== "delete" && typeOf(shelves, type).bulky === true);
  const bytes = changes.flatMap(({ steps }) => steps).reduce((sum, step) => sum + bytesIn(step), 0);
  return (isBulky ? BULKY_MB : RUN_MB) + Math.ceil((2 * bytes) / 2 ** 20);
}

function bytesIn(step: Step): number {
  if (step.kind === "write") return isKept(step.content) ? 0 : bytesOf(step.content);
  return step.kind === "edit" || step.kind === "exec" ? bytesOf(step.stdin ?? "") : 0;
}

function bytesOf(text: Text): number {
  return Buffer.byteLength(maskText(text));
}

/** Blobs that no build makes: the release that had them is pinned or asked for, and what it was made from has gone by. */
export function lostBlobs({ machine, changes, builds }: HostPlan): Problem[] {
  const made = new Set(builds.map((build) => build.blob));
  return changes
    .filter(({ steps }) => steps.map(blobOf).some((blob) => blob !== undefined && !made.has(blob)))
    .map(({ id, app, type, name }) => ({
      code: "PREFLIGHT",
      message: `${type}:${name} is gone, and cannot be made again: its source is not what lies here`,
      hint: `go to another release (drover releases${app === undefined ? "" : ` ${app}`}), or on with the file: drover up --lift`,
      id,
      machine,
    }));
}

/** Secrets that steps need and that have no value here. They are loaded for it: a run is not to find out half-way. */
export async function missingSecrets(
  plans: readonly HostPlan[],
  secrets: SecretValues,
  signal: AbortSignal,
): Promise<Problem[]> {
  const wanted = plans
    .flatMap((plan) => plan.changes)
    .flatMap(({ id, steps, pending }) => [...secretsIn([steps, pending]).keys()].map((name) => [name, id] as const));
  await secrets.load?.([...new Set(wanted.map(([name]) => name))], signal);
  const missing = [...new Map(wanted.toReversed())].filter(([name]) => secrets(name) === undefined).toReversed();
  return missing.map(([name, id]) => {
    const { message = `secret ${name} has no value here`, hint = `set it in the environment: export ${name}=...` } =
      secrets.missing?.(name) ?? {};
    return { code: "SECRET_MISSING", message, id, hint };
  });
}

/** Machines that this stack was applied to and that the file names no more, as those that stay remember them. */
export function lostMachines(owner: string, observations: ReadonlyMap<string, Observation>): Problem[] {
  const here = new Set([...observations.values()].map((seen) => seen.answers.get("fact:machine-id") ?? ""));
  const lost = new Map<string, string>();
  for (const seen of observations.values()) {
    for (const [key, id] of Object.entries(seen.memory.stacks[owner]?.machines ?? {})) {
      if (id !== "" && !here.has(id)) lost.set(id, key);
    }
  }
  return [...lost].map(([id, key]) => ({
    code: "CONFLICT",
    message: `machine ${key} (${id.slice(0, 8)}) left the file, and still holds what this stack made there`,
    hint: `put it back and run \`drover down --on ${key}\`, or let it go: drover forget ${key}`,
    machine: key,
  }));
}
