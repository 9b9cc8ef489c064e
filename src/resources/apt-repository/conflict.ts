import { DroverError } from "../../lib/error.ts";
import { type Answers, isUnknown, parseAnswer, unknownWhy, unword } from "../../model/answer.ts";
import { isBringing, viewPath } from "../../model/ask/path-state.ts";
import type { RepositorySpec } from "../apt-repository.ts";
import { dayOf, keysOf } from "./key.ts";
import { listNames, plainUri, signedBy, sourcesPath } from "./sources.ts";

/** Refuses what apt would refuse, or what would stop it altogether. Pure. */
export function refuseConflicts(name: string, spec: RepositorySpec, answers: Answers): void {
  refuseOtherKeys(name, spec, answers);
  refusePlannedKeys(name, spec, answers);
  refuseExpired(name, spec, answers);
  refuseKeyFile(name, spec, answers);
}

/** Two sources of one suite with different keys: apt then reads no source at all. */
function refuseOtherKeys(name: string, spec: RepositorySpec, answers: Answers): void {
  for (const uri of spec.uris) {
    const answer = answers.get(`apt-source:${plainUri(uri)}`) ?? "absent";
    if (isUnknown(answer)) throw conflict(name, unknownWhy(answer), "connect as root, or as a user with sudo");
    const entries = (parseAnswer(answer).fields["entries"] ?? "").split(",").filter((entry) => entry !== "");
    for (const [file = "", suite = "", by = ""] of entries.map((entry) => entry.split("|").map(unword))) {
      if (file === sourcesPath(name) || !spec.suites.includes(suite) || by === signedBy(name, spec)) continue;
      const signed = by === "" ? "no key of its own" : `the key ${by}`;
      throw conflict(
        name,
        `${file} names ${uri} ${suite} as well, with ${signed}, and apt refuses to work with two`,
        `take it out of ${file}, or give both the same key`,
      );
    }
  }
}

/** The same with what this plan brings. */
function refusePlannedKeys(name: string, spec: RepositorySpec, answers: Answers): void {
  const own = new Set(listNames(spec));
  for (const [key, answer] of answers) {
    if (!key.startsWith("apt-index:")) continue;
    const [other = "", list = ""] = key.slice("apt-index:".length).split(" ");
    const by = unword(parseAnswer(answer).fields["by"] ?? "");
    if (other === name || !own.has(list) || by === "" || by === signedBy(name, spec)) continue;
    throw conflict(
      name,
      `apt-repository:${other} has the same suite with the key ${by}, and apt refuses to work with two`,
      "declare it once, or give both the same `keyFile`",
    );
  }
}

function refuseExpired(name: string, { key }: RepositorySpec, answers: Answers): void {
  if (key === undefined) return;
  const keys = keysOf(key);
  const past = keys.filter(({ expires }) => expires !== undefined && answers.get(`key-end:${expires}`) === "past");
  const [first] = past;
  // One that is still good is enough: keyrings hold former keys, too.
  if (first?.expires === undefined || past.length < keys.length) return;
  throw conflict(
    name,
    `by the machine's clock its key ${first.fingerprint} expired on ${dayOf(first.expires)}, and apt takes nothing signed with it`,
    "give it the repository's present key, or set the clock right",
  );
}

function refuseKeyFile(name: string, { keyFile }: RepositorySpec, answers: Answers): void {
  if (keyFile === undefined) return;
  const views = ["path", "entry", "secretfile"]
    .flatMap((kind) => answers.get(`${kind}:${keyFile}`) ?? [])
    .map(viewPath);
  const there = views.find((view) => view.kind === "file");
  if (there === undefined) {
    const other = views.find((view) => view.kind === "other");
    if (other === undefined && isBringing(answers)) return;
    const why = other === undefined ? "it is not there" : other.why;
    throw conflict(name, `its key ${keyFile}: ${why}`, "give it `key`, or what brings that file in `needs`");
  }
  if (there.kind === "file" && !/[4567]$/.test(there.mode)) {
    throw conflict(
      name,
      `apt reads its key ${keyFile} as the user _apt, and its mode is ${there.mode}`,
      "make it 0644",
    );
  }
}

function conflict(name: string, why: string, hint: string): DroverError {
  return new DroverError("CONFLICT", `apt-repository:${name}: ${why}`, { hint });
}
