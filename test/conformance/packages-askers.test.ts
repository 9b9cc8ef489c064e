import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { parseAnswer, unword } from "../../src/model/answer.ts";
import { plainUri } from "../../src/resources/apt-repository/sources.ts";
import aptRepository from "../../src/resources/apt-repository.ts";
import { requirement } from "../machines/index.ts";
import { askHere, SHELLS } from "./ask.ts";

const { askers } = aptRepository;

/** What apt itself says of its sources here: each with its place and its suite. */
const sources = (
  spawnSync("apt-get", ["indextargets", "--format", "$(REPO_URI) $(RELEASE)"], { encoding: "utf8" }).stdout ?? ""
)
  .split("\n")
  .filter((row) => row !== "")
  .map((row) => row.split(" "));

const noSources = await requirement("sources of apt", async () =>
  sources.length > 0 ? { ok: true } : { ok: false, why: "this machine has no apt with sources and lists" },
);

describe.skipIf(noSources).each(SHELLS)("sources of apt in $name", (shell) => {
  test("are found by their place, with suite and file, all by one question", () => {
    const places = [...new Set(sources.map(([uri = ""]) => plainUri(uri)))];
    const asked = [...places, "http://nowhere.example.com/"].map((arg) => ({ kind: "apt-source", arg }));
    const answers = askHere(shell, askers, asked);
    expect(answers.get("apt-source:http://nowhere.example.com/")).toBe("absent");
    const seen = places.flatMap((uri) =>
      (parseAnswer(answers.get(`apt-source:${uri}`) ?? "").fields["entries"] ?? "")
        .split(",")
        .map((entry) => entry.split("|").map(unword))
        .map(([file = "", suite]) => {
          expect(file).toMatch(/^[/]etc[/]apt[/]sources[.]list/);
          return `${uri} ${suite}`;
        }),
    );
    const said = sources.map(([uri = "", suite]) => `${plainUri(uri)} ${suite}`);
    expect([...new Set(seen)].sort()).toEqual([...new Set(said)].sort());
  });

  test("of no file are not fetched, and the machine's clock tells what is past", () => {
    const index = { kind: "apt-index", arg: "drover-nothing x_dists_stable_" };
    const ends = ["1", "99999999999"].map((arg) => ({ kind: "key-end", arg }));
    const answers = askHere(shell, askers, [index, ...ends]);
    expect([...answers.values()]).toEqual(["absent", "past", "ahead"]);
  });
});
