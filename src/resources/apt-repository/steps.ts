import { QUIET } from "../../model/apt.ts";
import type { Planned } from "../../model/change.ts";
import type { ExecStep, Step } from "../../model/step.ts";
import { keyPath, sourcesPath } from "./sources.ts";

/** What apt has of its indexes counts no more: what is there was accepted by another key, or is of another place. */
const FORGET = `shift
for list in "$@"; do rm -f -- "/var/lib/apt/lists/\${list}InRelease" "/var/lib/apt/lists/\${list}Release" "/var/lib/apt/lists/\${list}Release.gpg" || exit; done`;

export function forgetLists(lists: readonly string[]): ExecStep {
  return { kind: "exec", argv: ["sh", "-c", FORGET, "sh", "--", ...lists] };
}

/**
 * Fetches the lists of this repository alone: what it proves does not hang on others. With \`old\`, the folders keep the
 * times that they had: the lists of others stay as old as they are, and are fetched before a package is installed.
 */
const FETCH = `how=$1 key=$2 sources=$3; shift 3
touch -c -- "$key" "$sources"
ref=$(mktemp) || exit
touch -r /var/lib/apt/lists "$ref"
[ ! -d /var/lib/apt/lists/partial ] || [ "$how" != old ] || touch -r /var/lib/apt/lists/partial "$ref"
apt-get -q -o "Dir::Etc::sourcelist=$sources" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 \\
  -o APT::Update::Error-Mode=any -o pkgCacheFile::Generate=false "$@" update; code=$?
[ "$how" != old ] || touch -r "$ref" /var/lib/apt/lists /var/lib/apt/lists/partial
rm -f -- "$ref"; exit $code`;

export function fetchLists(name: string, how: "fresh" | "old"): ExecStep {
  return {
    kind: "exec",
    argv: [
      "sh",
      "-c",
      FETCH,
      "sh",
      how,
      keyPath(name),
      sourcesPath(name),
      "-o",
      "DPkg::Lock::Timeout=300",
      "-o",
      "Acquire::Retries=3",
    ],
    env: QUIET,
    within: 1800,
  };
}

/** Puts back what a change of files replaced, and takes away what it made: a source that apt refuses stops all of apt. */
export function takeBack(
  parts: readonly Planned[],
  states: readonly ({ sha256: string | undefined; mode: string; owner: string } | undefined)[],
): Step[] {
  return parts.flatMap((part, at): Step[] => {
    const state = states[at];
    const touched = part.steps.find((step) => step.kind === "write" || step.kind === "remove");
    if (touched === undefined || !("path" in touched)) return [];
    if (state === undefined) return [{ kind: "remove", path: touched.path }];
    if (state.sha256 === undefined || (touched.kind === "write" && touched.keep !== true)) return [];
    return [
      {
        kind: "write",
        path: touched.path,
        content: { kept: state.sha256 },
        mode: state.mode.padStart(4, "0"),
        owner: state.owner,
      },
    ];
  });
}
