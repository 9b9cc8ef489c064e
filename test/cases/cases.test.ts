import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AnswerMap } from "../../src/model/answer.ts";
import { factsOf } from "../../src/model/facts.ts";
import type { AnyResourceType } from "../../src/model/resource.ts";
import type { Json } from "../../src/model/secret.ts";
import { resources } from "../../src/registry.ts";
import { brief } from "./brief.ts";

/** One decision: what is wanted, what the target said, and what has to come of it. */
interface Case {
  readonly name: string;
  /** Left out: the thing left the file. */
  readonly spec?: Json;
  readonly answers: AnswerMap;
  /** Owners by the journal; default none. */
  readonly owners?: readonly string[];
  readonly facts?: Readonly<Record<string, string>>;
  /** It leaves with --purge; default false. */
  readonly purge?: boolean;
  /** Something that comes before it changes in the same run; default false. */
  readonly unsettled?: boolean;
  /** What an earlier run put there holds a secret, by the journal; default false. */
  readonly hadSecret?: boolean;
  readonly expect: Json;
}

const OWNER = "gb/production";

function decide(type: AnyResourceType, one: Case): Json {
  const facts = Object.entries(one.facts ?? {}).map(([name, value]) => [`fact:${name}`, value] as const);
  const answers = new Map([...Object.entries(one.answers), ...facts]);
  const seen = type.parse(one.name, answers);
  if (seen.kind === "unknown") return { unknown: seen.why };
  const observed = seen.kind === "present" ? { ...seen, owners: [...seen.owners, ...(one.owners ?? [])] } : seen;
  const { purge = false, hadSecret = false, unsettled = false } = one;
  try {
    const plan = type.plan(one.name, one.spec, observed, {
      owner: OWNER,
      facts: factsOf(answers),
      answers,
      purge,
      hadSecret,
      unsettled,
    });
    const { action, diff, steps, from, to, undo, foundBy, notes, destroys } = plan;
    return {
      action,
      diff: diff.map(({ path, from: before, to: after }) => `${path}: ${before} -> ${after}`),
      steps: steps.map(brief),
      from,
      to,
      ...(undo === undefined ? {} : { undo: undo.map(brief) }),
      ...(foundBy === undefined ? {} : { foundBy }),
      ...(notes === undefined ? {} : { notes }),
      ...(destroys === undefined ? {} : { destroys }),
    };
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

/** A folder for each resource type that has cases, with a file for each. */
for (const folder of readdirSync(import.meta.dirname, { withFileTypes: true })) {
  const type = resources.find((one) => one.type === folder.name);
  if (!folder.isDirectory() || type === undefined) continue;
  describe(folder.name, () => {
    const files = readdirSync(join(import.meta.dirname, folder.name)).filter((file) => file.endsWith(".json"));
    test.each(files)("%s", (file) => {
      // Written by hand in the form above; what is wrong with one shows in its own test.
      const one = JSON.parse(readFileSync(join(import.meta.dirname, folder.name, file), "utf8")) as Case;
      expect(decide(type, one)).toEqual(one.expect);
    });
  });
}
