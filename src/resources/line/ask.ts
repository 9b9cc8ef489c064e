import type { Asker } from "../../model/query.ts";
import { LINE_SHELL } from "./awk.ts";

/**
 * `line:<name>` with file, present (0 or 1), match, after, before, every, record, the line and the digest of what is
 * wanted as further arguments; 1 in place of that where it holds a secret. Of several lines of one file, one after the other.
 *
 * Answers `same` with that digest, or with one under the target's own key (`keyed=`); `none` where nothing stands in its
 * place; `other` or, where an earlier run put it, `ours`, with `has=` where everybody may read the file and no secret is
 * about; `many count=`; `unmatched` when `match` does not match the line; `nofile`; `binary`.
 */
export const LINE: Asker = `(
set -f
${LINE_SHELL}
line_one() (
if [ ! -e "$2" ]; then line "line:$1" nofile; exit; fi
if [ ! -f "$2" ] || [ ! -r "$2" ]; then line "line:$1" 'unknown why=it%20may%20not%20be%20read'; exit; fi
case $9 in *"$nl"*) line "line:$1" 'unknown why=the%20line%20has%20a%20line%20break'; exit ;; esac
line_ask() { printf '%s\\n' "$9" | awk "$line_awk" ask 1 1 "$3" "$4" "$5" "$6" "$7" "$line_ours" part=1 - part=2 "$2"; }
line_ours=0; line_said=$(line_ask "$@") || { line "line:$1" 'unknown why=it%20could%20not%20be%20read'; exit; }
case $line_said in
  same)
    case \${10:-} in
      1) line_said="same keyed=$(if [ "$3" = 1 ]; then printf %s "$9"; fi | { keyed; printf %s "$REPLY"; })" ;;
      ?*) line_said="same sha256=\${10}" ;;
    esac
    line "line:$1" "$line_said"; exit ;;
  unmatched) line "line:$1" "$line_said"; exit ;;
esac
if ! edit_plain "$2"; then line "line:$1" binary; exit; fi
line_ours "$2" "$DROVER_STATE/lines/$8"; line_ours=$REPLY
[ "$line_ours" = 0 ] || line_said=$(line_ask "$@")
line_old=\${line_said#*"$nl"}; line_said=\${line_said%%"$nl"*}
[ "$line_said:$line_ours" = "other:0" ] || [ "$line_said" != other ] || line_said=ours
line_tells=1
if [ "\${10:-}" = 1 ] || line_hides "$DROVER_STATE/lines/$8"; then line_tells=; fi
[ -z "$line_tells" ] || case $line_said in other | ours) ! edit_open "$2" || line_said="$line_said has=$(word "$line_old")" ;; esac
line "line:$1" "$line_said"
)
# Most lines are as wanted: of those of one file, one awk says so.
line_same=
if [ $# -gt 10 ] && [ -f "$2" ] && [ -r "$2" ]; then line_same=$(awk "$line_awk" same 1 $(($# / 10)) "$@" part=2 "$2"); fi
while :; do
  case $line_same in 1*) line "line:$1" "same sha256=\${10}" ;; *) line_one "$@" ;; esac
  line_same=\${line_same#?}
  [ $# -gt 10 ] || break
  shift 10
done
) 2>/dev/null`;

/**
 * `line-put:<name>` with file and record: `put` where the line that a run put is still there, with `has=` and
 * `placed=` as `line` has it; `gone` where only the record is left; `absent`.
 */
export const LINE_PUT: Asker = `(
set -f
${LINE_SHELL}
line_kept=$DROVER_STATE/lines/$3
if [ ! -e "$line_kept" ] && [ ! -e "$line_kept.new" ]; then line "line-put:$1" absent; exit; fi
if [ -e "$2" ] && { [ ! -f "$2" ] || [ ! -r "$2" ]; }; then line "line-put:$1" 'unknown why=it%20may%20not%20be%20read'; exit; fi
REPLY=0; [ ! -e "$2" ] || line_ours "$2" "$line_kept"
if [ "$REPLY" = 0 ]; then line "line-put:$1" gone; exit; fi
line_said="put placed=$(sed -n 2p "$line_record")"
line_hides "$line_kept" || ! edit_open "$2" || line_said="$line_said has=$(word "$line_text")"
line "line-put:$1" "$line_said"
) 2>/dev/null`;
