import { EDIT_SHELL, READ } from "../../model/edit/awk.ts";
import type { Asker } from "../../model/query.ts";

/**
 * Decides about a block, and makes the edit. Its arguments are what to do (`ask`, `edit`, `take`), the label, what begins
 * and ends a comment, `after`, `before`, and whether the last line has a newline. A block is known by its label alone.
 */
const DECIDE = `
BEGIN {
  what = ARGV[1]; mark = ARGV[2]; open = ARGV[3]; shut = ARGV[4]; after = ARGV[5]; before = ARGV[6]; final = ARGV[7] + 0
  label = mark; sub(/ .*/, "", label)
  for (i = 1; i <= 7; i++) ARGV[i] = ""
}
${READ}
function marks(text, word, at) {
  at = index(text, word " drover:" label)
  return at && substr(text, at + length(word " drover:" label), 1) !~ /[A-Za-z0-9_.-]/
}
function block(i) {
  put(open " BEGIN drover:" mark shut eol)
  for (i = 1; i <= wants; i++) put(want[i] eol)
  put(open " END drover:" label shut eol)
}
END {
  for (i = 1; i <= n; i++) {
    if (marks(bare[i], "BEGIN")) { begins++; hides = index(bare[i], label " (secret)"); if (!first) first = i }
    else if (marks(bare[i], "END")) { ends++; last = i }
  }
  if (begins != ends || begins > 1 || (begins && first > last)) verdict = "torn"
  else if (!begins) verdict = "none"
  else {
    verdict = last - first - 1 == wants ? "same" : "other"
    for (i = 1; i <= wants; i++) if (bare[first + i] != want[i]) verdict = "other"
  }
  if (what == "ask") { print verdict (verdict == "other" && hides ? " secret=yes" : ""); if (verdict == "other") for (i = first + 1; i < last; i++) print bare[i]; exit }
  if (verdict == "torn") { print verdict >"/dev/stderr"; exit 3 }
  at = begins || what == "take" ? -1 : place()
  if (at == 0) block()
  for (i = 1; i <= n; i++) {
    if (!begins || i < first || i > last) put(raw[i])
    else if (i == first && what == "edit") block()
    if (i == at) block()
  }
  finish()
}`;

/** `block_run what label open shut after before file` with the content on stdin. */
export const BLOCK_SHELL = `
${EDIT_SHELL}
block_awk='${DECIDE.replaceAll("'", "'\\''")}'
block_run() { edit_final "$7"; awk "$block_awk" "$1" "$2" "$3" "$4" "$5" "$6" "$REPLY" part=1 - part=2 "$7"; }
`;

/**
 * `block:<name>` with file, label, and (where it is wanted) the content and its digest, or 1 where that holds a secret, as
 * further arguments.
 *
 * Answers `same` with that digest, or with one under the target's own key (`keyed=`), `none`, `other` with `has=` where
 * everybody may read the file and no secret is about, or `secret=yes` where its mark says so, `torn` where its marks do not fit together, `nofile`, `binary`. Without content there is no `same`.
 */
export const BLOCK: Asker = `(
set -f
${BLOCK_SHELL}
if [ ! -e "$2" ]; then line "block:$1" nofile; exit; fi
if [ ! -f "$2" ] || [ ! -r "$2" ]; then line "block:$1" 'unknown why=it%20may%20not%20be%20read'; exit; fi
# A content that ends without a newline gets one; one that has none is no line.
block_said=$(case \${4:-} in '') ;; *"$nl") printf '%s' "$4" ;; *) printf '%s\\n' "$4" ;; esac | awk "$block_awk" ask "$3" '' '' '' '' 1 part=1 - part=2 "$2") ||
  { line "block:$1" 'unknown why=it%20could%20not%20be%20read'; exit; }
[ $# -gt 3 ] || case $block_said in same*) block_said=other ;; esac
case $block_said in
  same)
    case \${5:-} in
      '') ;;
      1) block_said="same keyed=$(printf %s "$4" | { keyed; printf %s "$REPLY"; })" ;;
      *) block_said="same sha256=$5" ;;
    esac ;;
  torn) ;;
  *)
    if ! edit_plain "$2"; then block_said=binary
    elif [ "\${block_said%%"$nl"*}" = 'other secret=yes' ]; then block_said='other secret=yes'
    elif [ "\${block_said%%"$nl"*}" = other ]; then
      block_has=\${block_said#other}; block_said=other
      [ "\${5:-}" = 1 ] || ! edit_open "$2" || block_said="other has=$(printf '%s' "\${block_has#"$nl"}" | sed -e 's/%/%25/g' -e 's/ /%20/g' -e "s/$tab/%09/g" -e 's/\\*/%2a/g' | awk 'NR > 1 { printf "%%0a" } { printf "%s", $0 }')"
    fi ;;
esac
line "block:$1" "$block_said"
) 2>/dev/null`;
