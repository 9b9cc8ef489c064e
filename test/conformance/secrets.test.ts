import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { askCalls } from "../../src/engine/session/ask.ts";
import { compile } from "../../src/engine/session/compile.ts";
import type { Change, Planned } from "../../src/model/change.ts";
import { factsOf } from "../../src/model/facts.ts";
import { keyOf, type Query } from "../../src/model/query.ts";
import type { AnyResourceType } from "../../src/model/resource.ts";
import { maskText, secretsIn } from "../../src/model/secret.ts";
import { resources } from "../../src/registry.ts";
import { type Sample, samplesWith, secretFields } from "./secret-fields.ts";

/** Every field of every type that takes a secret: its value, and whatever could be guessed by, stays out of plans. */
const SECRET = { secret: "CANARY" };
const VALUE = "canary7d1fa4c9e2b";
const values = (name: string): string => (name === "CANARY" ? VALUE : "of another secret");
const FACTS = { "fact:os": "debian", "fact:release": "bookworm", "fact:init": "systemd", "fact:arch": "x64" };

/** The value, and what hashing it would give, with and without a line end. */
const FORBIDDEN = [
  VALUE,
  ...[VALUE, `${VALUE}\n`].flatMap((text) =>
    ["md5", "sha1", "sha256", "sha512"].flatMap((name) =>
      (["hex", "base64"] as const).map((form) => createHash(name).update(text).digest(form)),
    ),
  ),
  Buffer.from(VALUE).toString("base64"),
];
/** What a type that took the masked text for the real one would write or promise. */
const MASKED = maskText(SECRET);
const MASKED_DIGEST = createHash("sha256").update(MASKED).digest("hex");

interface Decision {
  readonly planned: Planned;
  readonly queries: readonly Query[];
}

/** What the type decides on the case's answers, and where nothing is there. */
function decisions(type: AnyResourceType, { name, spec, answers: given, facts = {} }: Sample): Decision[] {
  const queries = type.query([{ name, spec }], "gb/production");
  const absent = queries.map((query) => [keyOf(query), "absent"] as const);
  const told = Object.entries(facts).map(([fact, value]) => [`fact:${fact}`, value] as const);
  const worlds = [
    [...absent, ...Object.entries(FACTS), ...Object.entries(given), ...told],
    [...Object.entries(FACTS), ...told, ...Object.entries(given), ...absent],
  ];
  return worlds.flatMap((world): Decision[] => {
    const answers = new Map(world);
    const observed = type.parse(name, answers);
    if (observed.kind === "unknown") return [];
    try {
      const planned = type.plan(name, spec, observed, { owner: "gb/production", facts: factsOf(answers), answers });
      return [{ planned, queries }];
    } catch {
      return []; // Refused: cases.test.ts holds what it says then.
    }
  });
}

function asChange(type: AnyResourceType, name: string, { planned, queries }: Decision): Change {
  const id = `m/${type.type}:${name}`;
  const further = queries.filter((query) => query.extra !== undefined);
  return { ...planned, id, type: type.type, name, on: "m", needs: [], queries: further };
}

/** All text that rests on a target's disk, or stands in the arguments of a program, when the change runs. */
function restsOf(change: Change): { readonly resting: string; readonly hot: string } {
  const header = { owner: "gb/production", stack: "s", by: "me", command: "up", machine: "m", machines: {} };
  const segments = [{ items: [{ kind: "changes" as const, changes: [change] }] }];
  const askers = Object.assign({}, ...resources.map((type) => type.askers));
  const { main, segments: compiled } = compile({ id: "r1", header, segments }, askers, values);
  const files = compiled.flatMap((segment) => segment.files);
  const texts = (isHot: boolean): string[] => files.filter((file) => file.hot === isHot).map((file) => file.text);
  return {
    resting: [main, ...compiled.map((segment) => segment.script), ...texts(false)].join("\n"),
    hot: texts(true).join("\n"),
  };
}

/** Without the reference itself, and what people are shown of it. */
function unmasked({ diff: _diff, notes: _notes, ...change }: Change): string {
  return JSON.stringify(change);
}

const fields = resources.flatMap((type) =>
  secretFields(type).map((field) => ({ type, field, title: `${type.type}.${field.join(".")}` })),
);

const sampled = fields.map(({ type, field, title }) => {
  const samples = samplesWith(type, field, SECRET);
  const all = samples.flatMap((sample) => decisions(type, sample).map((one) => ({ sample, ...one })));
  return { type, title, all, changing: all.filter(({ planned }) => planned.steps.length > 0) };
});

test("there are such fields", () => {
  expect(fields.map(({ title }) => title)).toEqual(expect.arrayContaining(["file.content", "container.env.*"]));
});

/** Types whose fields look as if they took one. */
const NOT_PLANNED: Readonly<Record<string, string>> = {
  unit: "refuses it: everybody may read units",
  "drop-in": "refuses it, too",
  service: "takes it only as an argument of the question that tells when it is ready",
};

test.each([...new Set(fields.map(({ type }) => type.type))])("a case of %s plans something with a secret", (name) => {
  const planned = sampled.filter(({ type }) => type.type === name).flatMap(({ changing }) => changing);
  if (Object.hasOwn(NOT_PLANNED, name)) expect(planned).toEqual([]);
  else expect(planned.length).toBeGreaterThan(0);
});

describe.each(sampled.filter(({ all }) => all.length > 0))("$title", ({ type, all, changing }) => {
  test("is in a plan by name only: no value, no digest, and nothing is decided on the name", () => {
    for (const { sample, planned, queries } of all) {
      const change = asChange(type, sample.name, { planned, queries });
      const text = JSON.stringify(change);
      for (const forbidden of FORBIDDEN) expect(text).not.toContain(forbidden);
      expect(unmasked(change)).not.toContain(MASKED);
      expect(text).not.toContain(MASKED_DIGEST);
    }
  });

  test("rests on no disk but where it belongs, and is in no argument", () => {
    for (const { sample, planned, queries } of changing) {
      const { resting, hot } = restsOf(asChange(type, sample.name, { planned, queries }));
      for (const forbidden of FORBIDDEN) expect(resting).not.toContain(forbidden);
      if (secretsIn(planned.steps).has("CANARY")) expect(hot).toContain(VALUE);
    }
  });

  test("is asked about by its value, or not at all", () => {
    for (const { queries } of all) {
      const asked = askCalls(queries, values);
      for (const wrong of [MASKED, MASKED_DIGEST, ...FORBIDDEN.slice(1)]) expect(asked).not.toContain(wrong);
      if (secretsIn(queries).has("CANARY")) expect(asked).toContain(VALUE);
    }
  });
});
