import { word } from "../../model/answer.ts";
import { fileOf } from "../../model/edit/schema.ts";
import type { Target } from "../../model/edit/target.ts";
import { secretsIn, type Text } from "../../model/secret.ts";
import type { EditStep, ExecStep } from "../../model/step.ts";
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

const PREPARE = `set -f; nl='
'; record=\${DROVER_STATE:-/var/lib/drover}/lines/$1
`;

/**
 * Notes what will be put, before it is: by salted digest, so that the note tells no secret. What it replaces is noted
 * where everybody may read the file: as it was before the first of our lines, whatever came since.
 */
const NOTE = `${PREPARE}${LINE_SHELL}
umask 077; [ -d "\${record%/*}" ] || mkdir -p -- "\${record%/*}" || exit
IFS= read -r line || :
was=; has=0
if [ -e "$2" ]; then
  line_ours "$2" "$record"
  if [ "$REPLY" != 0 ] && [ "$line_record" != "$record" ]; then mv -f -- "$line_record" "$record" || exit; fi
fi
if [ -e "$record" ]; then was=$(sed -n '3,$p' "$record"); [ "$(wc -l <"$record")" -lt 3 ] || has=1
elif [ -e "$2" ] && edit_open "$2"; then
  was=$(printf '%s\\n' "$line" | line_run old "$4" "$5" "$6" "$7" "$8" 0 "$2"); [ -z "$was" ] || has=1
fi
read -r salt </proc/sys/kernel/random/uuid
sum=$(printf '%s%s' "$salt" "$line" | sha256sum)
{ printf '%s %s %s\\n%s\\n' "$salt" "\${sum%% *}" "\${#line}" "$3"; [ $has = 0 ] || printf '%s\\n' "$was"; } >"$record.begun" || exit
sync "$record.begun" 2>/dev/null || sync
mv -f -- "$record.begun" "$record.new" && { sync "\${record%/*}" 2>/dev/null || sync; }`;

const EDIT = `${PREPARE}${LINE_SHELL}
edit_plain "$2" || { printf '%s is no text\\n' "$2" >&2; exit 1; }
line_ours "$2" "$record"
line_run edit "$3" "$4" "$5" "$6" "$7" "$REPLY" "$2"`;

/** Takes out the line that was put, or puts back what it replaced. */
const TAKE = `${PREPARE}${LINE_SHELL}
line_ours "$2" "$record"; ours=$REPLY; edit_final "$2"
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
  const argv = ["sh", "-c", NOTE, "sh", recordOf(name), fileOf(name), placed, ...wordsOf(spec)];
  return { kind: "exec", argv, stdin: line };
}

export function editStep(name: string, spec: LineSpec, line: Text, target: Target, keep: boolean): EditStep {
  const { check } = spec;
  return {
    kind: "edit",
    path: fileOf(name),
    argv: ["sh", "-c", EDIT, "sh", recordOf(name), "{}", ...wordsOf(spec)],
    stdin: { concat: [...partsOf(line), "\n"] },
    ...(keep ? { keep } : {}),
    ...(check === undefined ? {} : { check }),
    ...(target.create === undefined ? {} : { create: target.create }),
  };
}

function partsOf(line: Text): (string | Exclude<Text, string | { concat: unknown }>)[] {
  if (typeof line === "string") return [line];
  return "concat" in line ? line.concat : [line];
}

export function takeStep(name: string, keep: boolean): EditStep {
  const argv = ["sh", "-c", TAKE, "sh", recordOf(name), "{}"];
  return { kind: "edit", path: fileOf(name), argv, ...(keep ? { keep } : {}) };
}

export function forgetStep(name: string): ExecStep {
  const script = 'cd -- "${DROVER_STATE:-/var/lib/drover}/lines" && rm -f -- "$1" "$1.new" "$1.begun"';
  return { kind: "exec", argv: ["sh", "-c", script, "sh", recordOf(name)] };
}
