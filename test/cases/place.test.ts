import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AnswerMap } from "../../src/model/answer.ts";
import { type AppInput, appSchema } from "../../src/model/app.ts";
import { type Facts, factsOf, NO_FACTS } from "../../src/model/facts.ts";
import type { KeptRelease, Lowered } from "../../src/model/place.ts";
import type { Json } from "../../src/model/secret.ts";
import place from "../../src/places/docker.ts";
import { resources } from "../../src/registry.ts";

/** One app, and what it becomes on a machine that said these answers. */
interface Case {
  readonly name: string;
  readonly app: Omit<AppInput, "on">;
  /** Digest of the build's inputs, or the image as asked. */
  readonly input: string;
  readonly owner?: string;
  readonly formerNames?: readonly string[];
  readonly kept?: readonly KeptRelease[];
  readonly answers: AnswerMap;
  readonly expect: Json;
}

const FOLDER = join(import.meta.dirname, "place-docker");

function lower(one: Case, facts: Facts): Lowered {
  const app = appSchema.parse({ on: "here", ...one.app });
  const { owner = "gb/production", formerNames = [], kept = [] } = one;
  const target = { machine: "here", owner, stackName: "guestbook", formerNames, kept };
  const release = { app: one.name, id: "3f2a91bc", inputs: { image: one.input, app } };
  return place.lower(one.name, app, release, target, facts);
}

/** What a reader of a case looks at: ids with their specs, order and roles left out where there are none. */
function shown(one: Case): Json {
  try {
    const { resources: lowered, builds, urls, image } = lower(one, factsOf(new Map(Object.entries(one.answers))));
    const specs = lowered.map(({ id, spec, needs, app, rollout, brought }) => [
      id,
      {
        ...(Object.keys(spec ?? {}).length === 0 ? {} : { spec }),
        ...(needs.length === 0 ? {} : { needs }),
        ...(app === undefined ? {} : { app }),
        ...(rollout === undefined ? {} : { rollout }),
        ...(brought === undefined ? {} : { brought }),
      },
    ]);
    const told = {
      resources: Object.fromEntries(specs),
      builds,
      urls: urls.map(({ url, host }) => `${url} as ${host}`),
      image,
    };
    return JSON.parse(JSON.stringify(told));
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

describe("place docker", () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));
  // Written by hand in the form above; what is wrong with one shows in its own test.
  const read = (file: string): Case => JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Case;

  test.each(files)("%s", (file) => expect(shown(read(file))).toEqual(read(file).expect));

  test.each(files)("%s: facts change no id, and every spec is one", (file) => {
    const one = read(file);
    if (typeof one.expect === "object" && one.expect !== null && "refused" in one.expect) return;
    const known = lower(one, factsOf(new Map(Object.entries(one.answers)))).resources;
    expect(lower(one, NO_FACTS).resources.map(({ id }) => id)).toEqual(known.map(({ id }) => id));
    expect(new Set(known.map(({ id }) => id)).size).toBe(known.length);
    for (const { type, spec } of known) {
      const shelf = resources.find((candidate) => candidate.type === type);
      expect(shelf?.schema.safeParse(spec).error?.issues ?? []).toEqual([]);
    }
  });
});
