import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { block, file, line, secret } from "../../src/index.ts";
import { changesOf } from "../../src/model/plan.ts";
import { SECRET, up, useHere } from "./here.ts";

/** What stays of things that changed or went: bytes without secrets, and no claim on what is not there. */
const here = useHere();

function textsKept(): string[] {
  const blobs = join(here.folder, "state/blobs");
  return existsSync(blobs) ? readdirSync(blobs).map((blob) => readFileSync(join(blobs, blob), "utf8")) : [];
}

test.for([
  ["block", (path: string) => block(path, "auth", { content: secret("TOKEN") })],
  ["line", (path: string) => line(path, "auth", { line: secret("TOKEN") })],
] as const)("bytes of a file that all may read are not kept once a %s has put a secret there", async ([, auth]) => {
  const path = join(here.folder, "conf");
  writeFileSync(path, "x=1\n", { mode: 0o644 });
  const first = await up([auth(path)]);
  expect(first.outcome.failures).toEqual([]);
  const more = line(path, "more", { line: "y=2" });
  expect((await up([auth(path), more])).outcome.failures).toEqual([]);
  expect(readFileSync(path, "utf8")).toContain(SECRET);
  expect((await up([auth(path)])).outcome.failures).toEqual([]);
  expect(readFileSync(path, "utf8")).not.toContain("y=2");
  expect(textsKept().filter((text) => text.includes(SECRET))).toEqual([]);
});

test("bytes of a file beside it are kept", async () => {
  const [one, two] = ["one", "two"].map((name) => join(here.folder, name)) as [string, string];
  for (const path of [one, two]) writeFileSync(path, `${path}\n`, { mode: 0o644 });
  await up([line(one, "auth", { line: secret("TOKEN") })]);
  await up([line(one, "auth", { line: secret("TOKEN") }), line(two, "more", { line: "y=2" })]);
  expect(textsKept()).toEqual([`${two}\n`]);
});

test("what left the file and is gone already is let go of, and nothing else is done", async () => {
  const path = join(here.folder, "conf");
  await up([file(path, { content: "x\n", owner: here.owner })]);
  rmSync(path);
  const { plan, outcome } = await up([]);
  expect(changesOf(plan)).toEqual([]);
  expect(plan.hosts[0]?.records).toMatchObject([{ kind: "forget", id: `file:${path}`, gone: true }]);
  expect(outcome.ok).toBe(true);
  expect((await up([])).plan.hosts[0]?.records).toEqual([]);
});
