import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { parseAnswer, unword } from "../../src/model/answer.ts";
import { plainUri } from "../../src/resources/apt-repository/sources.ts";
import aptRepository from "../../src/resources/apt-repository.ts";
import debconf from "../../src/resources/debconf.ts";
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

/** What debconf itself says of its own questions here: `* name: value`, with a star where it was answered. */
const shown = (spawnSync("debconf-show", ["debconf"], { encoding: "utf8" }).stdout ?? "")
  .split("\n")
  .flatMap((row) =>
    [...row.matchAll(/^(.) (\S+):(?: (.*))?$/g)].map(([, mark, name = "", value = ""]) => ({ mark, name, value })),
  );

const noDebconf = await requirement("answers to debconf", async () =>
  shown.length > 0 ? { ok: true } : { ok: false, why: "this machine has no debconf with questions" },
);

describe.skipIf(noDebconf).each(SHELLS)("answers to debconf in $name", (shell) => {
  const ask = (kind: string, arg: string, ...extra: string[]) => ({
    kind,
    arg,
    ...(extra.length > 0 ? { extra } : {}),
  });
  const value = (text: string): string => text.replaceAll("%", "%25").replaceAll(" ", "%20");

  test("are those that it shows", () => {
    const names = shown.map(({ name }) => name);
    const answers = askHere(shell, debconf.askers, [
      ...["debconf", "drover-nothing"].map((name) => ask("debconf", name)),
      ...[...names, "drover-nothing/x"].map((name) => ask("debconf-answer", name)),
    ]);
    expect(answers.get("debconf:debconf")).toBe(`owned names=${[...names].sort().join(",")}`);
    expect(answers.get("debconf:drover-nothing")).toBe("absent");
    expect(answers.get("debconf-answer:drover-nothing/x")).toBe("absent");
    for (const one of shown) {
      const seen = one.mark === "*" ? "yes" : "no";
      expect(answers.get(`debconf-answer:${one.name}`)).toBe(`answer seen=${seen} value=${value(one.value)}`);
    }
  });

  test("with a secret are compared here", () => {
    const [one] = shown.filter(({ value }) => value !== "");
    const name = one?.name ?? "";
    const of = (question: string, text: string, name: string) =>
      askHere(shell, debconf.askers, [ask("debconf-secret", question, text, name)]).get(`debconf-secret:${question}`);
    expect(of(name, one?.value ?? "", "debconf")).toBe(one?.mark === "*" ? "given how=now" : "other");
    expect(of(name, "another\n", "debconf")).toBe("other");
    expect(of("drover-nothing/x", "y", "drover-nothing")).toBe("absent");
    expect(of("drover-nothing/x", "y", "debconf")).toBe("given how=taken");
  });
});
