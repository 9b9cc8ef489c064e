import type { Planned } from "../../model/change.ts";
import { refuseWithoutFetcher } from "../../model/fetch/refuse.ts";
import { FETCH } from "../../model/fetch/script.ts";
import type { Observed, PlanContext } from "../../model/resource.ts";
import { maskText } from "../../model/secret.ts";
import { isKept, type Step, type WriteStep } from "../../model/step.ts";
import { planFile } from "../../model/whole-file/plan.ts";
import type { FileState } from "../../model/whole-file/state.ts";
import type { DownloadSpec, Wanted } from "../download.ts";

/**
 * Planned as a file whose bytes the target has: what would write them fetches them in place of that. A file that is right
 * but for its mode and owner is not fetched again.
 */
export function planDownload(
  name: string,
  spec: Wanted,
  observed: Observed<FileState>,
  context: Pick<PlanContext, "answers" | "hadSecret">,
): Planned {
  const { sha256, mode, owner } = spec;
  const id = `download:${name}`;
  const file = { path: name, sha256, mode, owner };
  if (!("url" in spec)) return planFile(file, observed, context, { id });
  const answers = new Map([...context.answers, [`blob:${sha256}`, "kept"]]);
  const planned = planFile(file, observed, { ...context, answers }, { id, check: spec.check });
  // What an earlier run replaced is here already.
  if (context.answers.get(`blob:${sha256}`) === "kept" || !planned.steps.some((step) => isWrite(step))) return planned;
  refuseWithoutFetcher(id, context.answers);
  return {
    ...planned,
    diff: [...planned.diff, { path: "fetched from", from: "", to: maskText(spec.url) }],
    steps: planned.steps.flatMap((step) => (isWrite(step) ? fetchSteps(step, spec) : [step])),
  };
}

function isWrite(step: Step): step is WriteStep {
  return step.kind === "write" && isKept(step.content);
}

const GET = `${FETCH}
stage "$1" && fetch "$4" "$5" && chown -- "$3" got && chmod -- "$2" got && durable got || exit
if [ "$6" = 1 ] && [ -f "$1" ] && [ ! -L "$1" ]; then
  kept=$(sha256sum <"$1"); kept=\${note%/*}/blobs/\${kept%% *}
  [ -e "$kept" ] || { cat -- "$1" >"$kept.new" && chmod 0600 "$kept.new" && durable "$kept.new" && mv -f -- "$kept.new" "$kept" || exit; }
fi
path=$1; count=$#; shift 6
while [ $count -gt 6 ]; do
  if [ "$1" = '{}' ]; then set -- "$@" "$PWD/got"; else set -- "$@" "$1"; fi
  shift; count=$((count - 1))
done
[ $# = 0 ] || timeout -k 5 60 "$@" </dev/null || { printf '%s does not accept what was fetched\\n' "$1"; exit 1; }
if [ -d "../$base" ]; then printf '%s is a folder\\n' "$path"; exit 1; fi
mv -f -- got "../$base" && staged`;

function fetchSteps({ path, mode, owner = "root:root", keep, check = [] }: WriteStep, spec: DownloadSpec): Step[] {
  const { url, sha256, within } = spec;
  const words = [path, mode, owner, sha256, String(within), keep === true ? "1" : "0", ...check];
  return [{ kind: "exec", argv: ["sh", "-c", GET, "sh", ...words], stdin: url, within: within + 120 }];
}
