import { word } from "../../model/answer.ts";
import { plainDigest } from "../../model/edit/digest.ts";
import { fileOf } from "../../model/edit/schema.ts";
import type { Target } from "../../model/edit/target.ts";
import { partsOf, secretsIn, type Text } from "../../model/secret.ts";
import type { EditStep, ExecStep, Step } from "../../model/step.ts";
import type { LineSpec } from "../line.ts";
import { LINE_SHELL } from "./awk.ts";
import { recordOf } from "./record.ts";

/** How the line finds its place: what the record keeps besides its digest. */
export type Placement = Partial<Pick<LineSpec, "match" | "after" | "before" | "every">> & {
  /** It holds a secret, which no answer may tell, whoever may read the file. */
  readonly secret?: boolean | undefined;
};

export function placementOf({ line, match, after, before, every }: LineSpec): Placement {
  return {
    ...(match === undefined ? {} : { match }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
    ...(every ? { every } : {}),
    ...(secretsIn(line).size > 0 ? { secret: true } : {}),
  };
}

/** The words that the shell text gets about a line: present, match, after, before, every. */
export function wordsOf(spec: LineSpec): string[] {
  const { present, match = "", after = "", before = "", every } = spec;
  return [present ? "1" : "0", match, after, before, every ? "1" : ""];
}

/** Of what is to stand there: nothing, where the line is taken out. Undefined where it holds a secret. */
export function wantedDigest({ line = "", present }: LineSpec): string | undefined {
  return secretsIn(line).size > 0 ? undefined : plainDigest(present ? line : "");
}

const PREPARE = `set -f; nl='
'; lines=\${DROVER_STATE:-/var/lib/drover}/lines
`;

/**
 * Notes what will be put, before it is: by salted digest, so that the note tells no secret; and of a file that is to hold one,
 * that its bytes are not to be kept from then on. What it replaces is noted
 * where everybody may read the file: as it was before the first of our lines, whatever came since. The file, then for each
 * line its record, how it is placed, and the words about it; the lines are on stdin.
 */
const NOTE = `${PREPARE}${LINE_SHELL}
umask 077; [ -d "$lines" ] || mkdir -p -- "$lines" || exit
file=$1; shift; count=$#; open=; begun=
if [ -e "$file" ] && edit_open "$file"; then open=1; fi
while [ $count -gt 0 ]; do
  record=$lines/$1
  IFS= read -r line || :
  case $2 in *'"secret":true'*) secret=$(printf %s "$file" | sha256sum); : >"$lines/secret-\${secret%% *}-$1" ;; esac
  was=; has=0
  if [ -e "$file" ]; then
    line_ours "$file" "$record"
    if [ "$REPLY" != 0 ] && [ "$line_record" != "$record" ]; then mv -f -- "$line_record" "$record" || exit; fi
  fi
  if [ -e "$record" ]; then was=$(sed -n '3,$p' "$record"); [ "$(wc -l <"$record")" -lt 3 ] || has=1
  elif [ -n "$open" ]; then
    was=$(printf '%s\\n' "$line" | line_run old "$3" "$4" "$5" "$6" "$7" 0 "$file"); [ -z "$was" ] || has=1
  fi
  read -r salt </proc/sys/kernel/random/uuid
  sum=$(printf '%s%s' "$salt" "$line" | sha256sum)
  { printf '%s %s %s\\n%s\\n' "$salt" "\${sum%% *}" "\${#line}" "$2"; [ $has = 0 ] || printf '%s\\n' "$was"; } >"$record.begun" || exit
  set -- "$@" "$record"; shift 7; count=$((count - 7))
done
for record in "$@"; do begun="$begun$record.begun$nl"; done
IFS=$nl; sync $begun 2>/dev/null || sync
for record in "$@"; do mv -f -- "$record.begun" "$record.new" || exit; done
sync "$lines" 2>/dev/null || sync`;

/** The file, then for each line its record and the words about it; the lines are on stdin. */
const EDIT = `${PREPARE}${LINE_SHELL}
edit_plain "$1" || { printf '%s is no text\\n' "$1" >&2; exit 1; }
file=$1; shift; left=$(($# / 6)); count=$left
while [ $left -gt 0 ]; do
  line_ours "$file" "$lines/$1"
  set -- "$@" "$2" "$3" "$4" "$5" "$6" "$REPLY"; shift 6; left=$((left - 1))
done
edit_final "$file"; awk "$line_awk" edit "$REPLY" $count "$@" part=1 - part=2 "$file"`;

/** Takes out the line that was put, or puts back what it replaced. */
const TAKE = `${PREPARE}${LINE_SHELL}
line_ours "$2" "$lines/$1"; ours=$REPLY; edit_final "$2"
[ "$ours" != 0 ] || { cat -- "$2"; exit; }
sed -n '3,$p' "$line_record" | awk '${takeAwk()}' "$ours" "$REPLY" part=1 - part=2 "$2"`;

function takeAwk(): string {
  return `
BEGIN { ours = ARGV[1] + 0; final = ARGV[2] + 0; ARGV[1] = ""; ARGV[2] = "" }
part == 1 { was[++wants] = $0; next }
{ cr = /\\r$/ ? "\\r" : ""; if (++n != ours) put($0); else for (i = 1; i <= wants; i++) put(was[i] cr) }
function put(text) { printf "%s%s", sep, text; sep = "\\n" }
END { if (final && sep != "") printf "\\n" }`;
}

export function noteStep(name: string, spec: LineSpec, line: Text): ExecStep {
  const placed = word(JSON.stringify(placementOf(spec)));
  const argv = ["sh", "-c", NOTE, "sh", fileOf(name), recordOf(name), placed, ...wordsOf(spec)];
  return { kind: "exec", argv, stdin: withEnd(line) };
}

export function editStep(name: string, spec: LineSpec, line: Text, target: Target, keep: boolean): EditStep {
  const { check } = spec;
  return {
    kind: "edit",
    path: fileOf(name),
    argv: ["sh", "-c", EDIT, "sh", "{}", recordOf(name), ...wordsOf(spec)],
    stdin: withEnd(line),
    ...(keep ? { keep } : {}),
    ...(check === undefined ? {} : { check }),
    ...(target.create === undefined ? {} : { create: target.create }),
  };
}

/** A line on stdin has its end, also where it is not the last one. */
function withEnd(line: Text): Text {
  return { concat: [...partsOf(line), "\n"] };
}

export function takeStep(name: string, keep: boolean): EditStep {
  const argv = ["sh", "-c", TAKE, "sh", recordOf(name), "{}"];
  return { kind: "edit", path: fileOf(name), argv, ...(keep ? { keep } : {}) };
}

export function forgetStep(name: string): ExecStep {
  const script = 'cd -- "${DROVER_STATE:-/var/lib/drover}/lines" && rm -f -- "$1" "$1.new" "$1.begun" secret-*-"$1"';
  return { kind: "exec", argv: ["sh", "-c", script, "sh", recordOf(name)] };
}

export function isNote(step: Step): step is ExecStep {
  return step.kind === "exec" && step.argv[2] === NOTE;
}

/** An edit that puts or takes lines by their words; one that gives back what a line replaced is none. */
export function isLineEdit(step: Step): step is EditStep {
  return step.kind === "edit" && step.argv[2] === EDIT;
}
