import { DroverError } from "../../lib/error.ts";
import { ABSENT, ANY, type Answer, type Answers } from "../../model/answer.ts";
import {
  folderAnswers,
  folderDiff,
  isBringing,
  makeFolders,
  missingFolders,
  openFolder,
  ownerFields,
} from "../../model/ask/path-state.ts";
import { type Diff, noop, type Planned } from "../../model/change.ts";
import { refuseWithoutFetcher } from "../../model/fetch/refuse.ts";
import { plainMode } from "../../model/name.ts";
import type { Observed } from "../../model/resource.ts";
import { maskText } from "../../model/secret.ts";
import type { ArchiveSpec, ArchiveState, Wanted } from "../archive.ts";
import { formatOf, recordOf, UNPACKERS } from "./format.ts";
import { MAKE, TAKE_AWAY } from "./script.ts";

export function planArchive(name: string, spec: Wanted, observed: Observed<ArchiveState>, answers: Answers): Planned {
  const key = `archive:${name}`;
  const state = observed.kind === "present" ? observed.state : undefined;
  const seen = answers.get(key) ?? ABSENT;
  if ("hidden" in spec) return noop(answers.has(key) ? { [key]: seen } : {});
  const to = promise(spec);
  const changes = differences(spec, state);
  if (changes.length === 0) return noop(answers.has(key) ? { [key]: seen } : {});
  if (!("format" in spec)) {
    throw new DroverError("CONFLICT", `archive:${name}: what was unpacked there is kept nowhere`, {
      hint: "let the stack file name its URL and digest",
    });
  }
  refuse(name, spec, answers);
  const folders = state === undefined ? missingFolders(name, answers) : [];
  const made = folderAnswers(folders, answers);
  return {
    action: state === undefined ? "create" : "replace",
    ...(state === undefined ? {} : { because: "an archive is unpacked as a whole" }),
    diff: [...folderDiff(folders, answers), ...changes],
    steps: [...makeFolders(folders), makeStep(name, spec)],
    from: { ...made.from, [key]: seen, ...pathKey(name, answers) },
    to: {
      ...made.to,
      [key]: to,
      [`path:${name}`]: `directory mode=${plainMode(spec.mode)} ${ownerFields(spec.owner)}`,
    },
    ...lost(name, state),
    ...(state === undefined
      ? {}
      : { notes: [`for a moment nothing is at ${name}, while the new one takes its place`] }),
  };
}

function pathKey(name: string, answers: Answers): Record<string, Answer> {
  return { [`path:${name}`]: answers.get(`path:${name}`) ?? ANY };
}

export function planArchiveRemoval(name: string, observed: Observed<ArchiveState>, answers: Answers): Planned {
  if (observed.kind !== "present" || observed.state.kind === "foreign") return noop();
  const key = `archive:${name}`;
  return {
    action: "delete",
    diff: [{ path: "unpacked", from: `sha256 ${observed.state.sha256.slice(0, 12)}`, to: "" }],
    steps: [{ kind: "exec", argv: ["sh", "-c", TAKE_AWAY, "sh", name, recordOf(name)], within: 600 }],
    from: { [key]: answers.get(key) ?? ANY, ...pathKey(name, answers) },
    to: { [key]: ABSENT, [`path:${name}`]: ABSENT },
    ...lost(name, observed.state),
  };
}

/** As the record and the answer have it. */
export function promise({ sha256, strip, owner, mode }: Exclude<Wanted, { hidden: true }>): Answer {
  return `unpacked sha256=${sha256} strip=${strip} owner=${owner} mode=${plainMode(mode)}`;
}

function differences(spec: Exclude<Wanted, { hidden: true }>, state: ArchiveState | undefined): Diff[] {
  const seen = state?.kind === "unpacked" ? state : undefined;
  const mode = plainMode(spec.mode);
  return [
    ...(seen?.sha256 === spec.sha256
      ? []
      : [{ path: "unpacked", from: shown(state), to: `sha256 ${spec.sha256.slice(0, 12)} of ${sourceOf(spec)}` }]),
    ...(seen?.strip === spec.strip
      ? []
      : [{ path: "strip", from: seen === undefined ? "" : String(seen.strip), to: String(spec.strip) }]),
    ...(seen?.owner === spec.owner ? [] : [{ path: "owner", from: seen?.owner ?? "", to: spec.owner }]),
    ...(seen?.mode === mode ? [] : [{ path: "mode", from: seen?.mode ?? "", to: mode }]),
  ];
}

function shown(state: ArchiveState | undefined): string {
  if (state === undefined) return "";
  return state.kind === "foreign" ? "something else" : `sha256 ${state.sha256.slice(0, 12)}`;
}

function sourceOf(spec: Exclude<Wanted, { hidden: true }>): string {
  if (!("format" in spec)) return "?";
  return spec.path ?? maskText(spec.url ?? "");
}

/** What others put into it goes with it; what it brought itself can be had again. */
function lost(name: string, state: ArchiveState | undefined): Pick<Planned, "destroys"> {
  if (state === undefined || (state.kind === "unpacked" && state.isClean)) return {};
  return { destroys: state.kind === "foreign" ? `all that is in ${name}` : `what others put into ${name}` };
}

function refuse(name: string, spec: ArchiveSpec, answers: Answers): void {
  const id = `archive:${name}`;
  const folder = openFolder(name, answers);
  if (folder !== undefined) {
    throw new DroverError("CONFLICT", `${id}: everybody may write to ${folder}, and could swap what is made`, {
      hint: `close it, or let directory("${folder}", { mode: "0755" }) do so`,
    });
  }
  if (spec.url !== undefined) refuseWithoutFetcher(id, answers);
  const gone = UNPACKERS[formatOf(spec)].find(({ program }) => answers.get(`unpacker:${program}`) === ABSENT);
  if (gone === undefined || isBringing(answers)) return;
  throw new DroverError("CONFLICT", `${id}: ${gone.program} is not there to unpack it with`, {
    hint: `declare pkg("${gone.package}")`,
  });
}

function makeStep(name: string, spec: ArchiveSpec): Planned["steps"][number] {
  const { sha256, strip, owner, mode, within, url, path = "" } = spec;
  const words = [
    name,
    recordOf(name),
    sha256,
    String(strip),
    owner,
    plainMode(mode),
    formatOf(spec),
    String(within),
    path,
  ];
  const argv = ["sh", "-c", MAKE, "sh", ...words];
  return { kind: "exec", argv, within: within + 600, ...(url === undefined ? {} : { stdin: url }) };
}
