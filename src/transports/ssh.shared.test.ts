import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { share } from "./ssh.shared.ts";

const before = process.env["TMPDIR"];
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drover-shared-"));
  process.env["TMPDIR"] = folder;
});
afterEach(() => {
  if (before === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = before;
  rmSync(folder, { recursive: true, force: true });
});

const alone = { destination: "nobody@nowhere", sudo: false, connectTimeout: 1, persist: 0 } as const;

test("a connection for one command has a folder of its own, which goes with it", async () => {
  const shared = await share(alone);
  expect(readdirSync(folder)).toEqual([expect.stringMatching(new RegExp(`^drover-mux-${process.pid}-`))]);
  await shared[Symbol.asyncDispose]();
  expect(readdirSync(folder)).toEqual([]);
});

test("what killed commands left is swept; what lives, answers, or is something else stays", async () => {
  const { pid: dead } = spawnSync("true");
  const [left, answering, link] = [
    `drover-mux-${dead}-aaaaaa`,
    `drover-mux-${dead}-bbbbbb`,
    `drover-mux-${dead}-cccccc`,
  ];
  const [living, other] = [`drover-mux-${process.ppid}-aaaaaa`, "drover-mux-notes"];
  for (const name of [left, answering, living, other, "elsewhere"])
    mkdirSync(join(folder, name, "inside"), { recursive: true });
  symlinkSync("elsewhere", join(folder, link));
  await using server = createServer().listen(join(folder, answering, "mux"));
  await once(server, "listening");
  await using _shared = await share(alone);
  const stays = readdirSync(folder).filter((name) => !name.includes(`-${process.pid}-`));
  expect(stays.sort()).toEqual([answering, link, living, other, "elsewhere"].sort());
  expect(readdirSync(join(folder, "elsewhere"))).toEqual(["inside"]);
});
