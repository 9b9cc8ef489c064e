import type { Ran } from "../e2e/command.ts";
import { wrongWith } from "./check.ts";
import { keepEvidence } from "./evidence.ts";
import { type Point, pointText } from "./point.ts";
import { arm, hasFired, nextRelease, run, type Scene, UP } from "./scene.ts";

/** How one injection went. */
export interface Injection {
  readonly point: Point;
  /** The run came to the point: how many exchanges it has is a matter of timing. */
  readonly fired: boolean;
  /** The run that was hit went on to its end by itself. */
  readonly survived: boolean;
  /** Empty when the next run brought everything in order. */
  readonly wrong: readonly string[];
  /** Where the evidence is, when something is wrong. */
  readonly evidence?: string;
}

/**
 * Runs the `up` that is due with a fault at the point, then, as somebody else on a fresh checkout, the next one; and
 * looks whether everything is as if nothing had happened.
 */
export async function inject(scene: Scene, point: Point, expected: readonly string[]): Promise<Injection> {
  await arm(scene, point);
  const hit = await run(scene, UP);
  const fired = await hasFired(scene);
  await arm(scene, undefined);
  if (point.next === "newer") await nextRelease(scene);
  await using fresh = await scene.place.copy();
  const next = await run(scene, UP, fresh);
  const wrong = [...wrongExit(next), ...(await wrongWith(scene, fresh, expected))];
  const injection = { point, fired, survived: hit.code === 0, wrong };
  if (wrong.length === 0) return injection;
  return { ...injection, evidence: await keepEvidence(scene, pointText(point), { hit, next }, wrong) };
}

/** An `up` that nothing disturbs. */
export async function quietUp(scene: Scene): Promise<void> {
  await arm(scene, undefined);
  const ran = await run(scene, UP);
  const wrong = wrongExit(ran);
  if (wrong.length === 0) return;
  throw new Error(`${wrong.join("\n")}\nevidence: ${await keepEvidence(scene, "quiet", { ran }, wrong)}`);
}

/** Whether another release, undisturbed, puts a host in order again: then it will do for further faults. */
export async function recovers(scene: Scene, expected: readonly string[]): Promise<boolean> {
  await nextRelease(scene);
  await arm(scene, undefined);
  if (wrongExit(await run(scene, UP)).length > 0) return false;
  return (await wrongWith(scene, scene.place, expected)).length === 0;
}

function wrongExit({ code, stdout, stderr }: Ran): string[] {
  if (code === 0) return [];
  const lines = `${stdout}\n${stderr}`.trim().split("\n");
  return [`up without a fault ended with ${code}: ${lines.slice(-6).join("\n").slice(-2000)}`];
}
