import { describe, expect, test } from "vitest";
import { ABSENT, type AnswerMap, type Answers, isUnknown } from "../../src/model/answer.ts";
import { judge } from "../../src/model/ceiling.ts";
import type { Planned } from "../../src/model/change.ts";
import { factsOf } from "../../src/model/facts.ts";
import { keyOf } from "../../src/model/query.ts";
import type { AnyResourceType, Observed } from "../../src/model/resource.ts";
import { type Json, reveal, secretsIn } from "../../src/model/secret.ts";

/** What a resource type is held against: every spec is planned in every world. */
export interface Conformance {
  readonly name: string;
  readonly specs: Readonly<Record<string, Json>>;
  /** Answers of a target; one of them is `absent`, where the thing is not there. */
  readonly worlds: Readonly<Record<string, AnswerMap>> & { readonly absent: AnswerMap };
  /** Worlds where it moves just now, so that no spec describes it. */
  readonly moving?: readonly string[];
  /** Worlds in which a plan has to be refused, by answer or by error, for some spec. */
  readonly refused?: readonly string[];
}

const OWNER = "gb/production";
const SECRET = "correct horse battery staple";

type Outcome = { readonly plan: Planned } | { readonly refused: string };

/** The laws of a resource type, on data. */
export function describeResource(type: AnyResourceType, { name, specs, worlds, ...more }: Conformance): void {
  const pairs = Object.keys(worlds).flatMap((world) => Object.keys(specs).map((spec) => [spec, world] as const));
  const answersIn = (world: string): Answers => new Map(Object.entries(worlds[world] ?? {}));

  describe(`conformance: ${type.type}`, () => {
    test.each(pairs)("%s in %s: shown as it is, kept as promised", (spec, world) => {
      const outcome = decide(type, name, specs[spec], answersIn(world));
      if ("refused" in outcome) return expect(outcome.refused).not.toBe("");
      lawsOf(outcome.plan, type, name, specs[spec], answersIn(world));
    });

    test.each(Object.keys(worlds))("leaves %s as promised", (world) => {
      const outcome = decide(type, name, undefined, answersIn(world));
      if ("refused" in outcome) return expect(outcome.refused).not.toBe("");
      lawsOf(outcome.plan, type, name, undefined, answersIn(world));
    });

    test("has nothing to remove where it is absent", () => {
      const outcome = decide(type, name, undefined, answersIn("absent"));
      expect(outcome).toMatchObject({ plan: { action: "noop", steps: [] } });
    });

    test.each(Object.keys(worlds))("the spec of %s gives that state", (world) => {
      const seen = type.parse(name, answersIn(world));
      if (seen.kind !== "present" || more.moving?.includes(world)) return;
      const spec = type.spec(name, seen.state);
      if (spec === undefined) return expect(more.refused).toContain(world);
      const outcome = decide(type, name, spec, answersIn(world));
      if ("refused" in outcome) return expect(more.refused).toContain(world);
      expect(outcome.plan.action).toBe("noop");
    });

    test("reads what is foreign as nobody's, so that the engine can refuse or find it", () => {
      const present = Object.keys(worlds).map((world) => type.parse(name, answersIn(world)));
      const owners = present.flatMap((seen) => (seen.kind === "present" ? seen.owners : []));
      expect(owners.filter((owner) => owner === OWNER)).toEqual([]);
    });

    test.each(more.refused ?? [])("refuses some plan in %s", (world) => {
      const outcomes = [undefined, ...Object.values(specs)].map((spec) => decide(type, name, spec, answersIn(world)));
      expect(outcomes.some((outcome) => "refused" in outcome)).toBe(true);
    });
  });
}

function decide(type: AnyResourceType, name: string, spec: Json | undefined, world: Answers): Outcome {
  const answers = heard(type, name, spec, world);
  const seen = type.parse(name, answers);
  if (seen.kind === "unknown") return { refused: seen.why };
  try {
    return { plan: type.plan(name, spec, owned(seen), { owner: OWNER, facts: factsOf(answers), answers }) };
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

/** Of what a target could say, what it was asked, and what others asked. */
function heard(type: AnyResourceType, name: string, spec: Json | undefined, world: Answers): Answers {
  const asked = new Set(type.query([{ name, spec }], OWNER).map(keyOf));
  const isOurs = (key: string): boolean => Object.hasOwn(type.askers, key.slice(0, key.indexOf(":")));
  return new Map([...world].filter(([key]) => asked.has(key) || !isOurs(key)));
}

/** As the engine hands it over when the journal says that it is ours. */
function owned(seen: Observed<unknown>): Observed<unknown> {
  return seen.kind === "present" ? { ...seen, owners: [...seen.owners, OWNER] } : seen;
}

function lawsOf(plan: Planned, type: AnyResourceType, name: string, spec: Json | undefined, answers: Answers): void {
  expect(JSON.parse(JSON.stringify(plan)), "a plan is plain JSON").toEqual(plan);
  expect(decide(type, name, spec, answers), "the same question has the same answer").toEqual({ plan });
  if (plan.action === "noop") expect(plan.steps, "a noop does nothing").toEqual([]);
  asksAboutAll(plan, type, name, spec);
  startsFromWhatIsSeen(plan, answers);
  tellsNoSecret(plan);
  const after = decide(type, name, spec, new Map([...answers, ...Object.entries(plan.to)]));
  const stays = plan.action === "delete" && plan.steps.length === 0;
  if (!stays) expect(after, "what is promised is what was wanted").toMatchObject({ plan: { action: "noop" } });
}

function asksAboutAll(plan: Planned, type: AnyResourceType, name: string, spec: Json | undefined): void {
  const asked = type.query([{ name, spec }], OWNER).map(keyOf);
  expect(asked, "every key of the plan is asked about").toEqual(
    expect.arrayContaining([...Object.keys(plan.from), ...Object.keys(plan.to)]),
  );
  for (const key of Object.keys(plan.from))
    expect(Object.hasOwn(type.askers, key.slice(0, key.indexOf(":")))).toBe(true);
}

/** The runner's rule, before any step: nothing is stale, and nothing that is still to do counts as done. */
function startsFromWhatIsSeen(plan: Planned, answers: Answers): void {
  const keys = Object.keys(plan.from);
  expect(Object.keys(plan.to).sort()).toEqual(keys.sort());
  const seen = new Map(keys.map((key) => [key, answers.get(key) ?? ABSENT]));
  if (keys.some((key) => isUnknown(seen.get(key) ?? ""))) return;
  expect(judge(plan, seen).kind).toBe(plan.steps.length === 0 ? "done" : "go");
}

function tellsNoSecret(plan: Planned): void {
  const text = JSON.stringify(plan);
  const wanted = secretsIn(plan.steps);
  // What is revealed on the way to the target holds it; the plan itself never does.
  if (wanted.size > 0) expect(JSON.stringify(reveal(plan.steps as unknown as Json, () => SECRET))).toContain(SECRET);
  expect(text).not.toContain(SECRET);
}
