import { join } from "node:path";
import { expect, test } from "vitest";
import { link } from "../../src/index.ts";
import { changesOf } from "../../src/model/plan.ts";
import { up, useHere } from "./here.ts";

/** What a plan says of things that it leaves as they are. */
const here = useHere();

test("what stands and is not whole is told, also when there is nothing to do", async () => {
  const to = join(here.folder, "release-7");
  const ours = join(here.folder, "ours");
  const wanted = [link(ours, { to, owner: here.owner })];
  expect((await up(wanted)).outcome.failures).toEqual([]);
  const { plan } = await up(wanted);
  expect(changesOf(plan)).toEqual([]);
  expect(plan.notes).toEqual([`here/link:${ours}: nothing is at ${to} yet`]);
});
