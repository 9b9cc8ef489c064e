import { EDIT_SHELL, READ } from "../../model/edit/awk.ts";

/**
 * Decides about a line, and makes the edit: what is asked and what is done cannot differ. Its arguments are what to do
 * (`ask`, `edit`, `old`), whether the line is to be there, `match`, `after`, `before`, whether every match counts, the
 * number of the line that an earlier run put, and whether the last line has a newline.
 */
const DECIDE = `
BEGIN {
  what = ARGV[1]; present = ARGV[2] + 0; match_ = ARGV[3]; after = ARGV[4]; before = ARGV[5]
  every = ARGV[6] + 0; ours = ARGV[7] + 0; final = ARGV[8] + 0
  for (i = 1; i <= 8; i++) ARGV[i] = ""
}
${READ}
END {
  line = want[1]
  for (i = 1; i <= n; i++) {
    if (i == ours && present || (match_ == "" ? bare[i] == line : bare[i] ~ match_)) { hit[i] = 1; hits++; if (!first) first = i }
    if (hit[i] && bare[i] == line) same++
  }
  if (present && match_ != "" && line !~ match_) verdict = "unmatched"
  else if (!hits) verdict = present ? "none" : "same"
  else if (!present) verdict = "other"
  else if (hits == same && (hits == 1 || !every)) verdict = "same"
  else verdict = hits > 1 && !every ? "many count=" hits : "other"
  if (what == "ask") { print verdict; if (verdict == "other") print bare[first]; exit }
  if (what == "old") { if (verdict == "other") print bare[first]; exit }
  if (verdict != "none" && verdict != "other") { print verdict >"/dev/stderr"; exit 3 }
  at = hits || !present ? -1 : place()
  if (at == 0) put(line eol)
  for (i = 1; i <= n; i++) {
    if (!hit[i]) put(raw[i])
    else if (i == first && present) put(line eol)
    if (i == at) put(line eol)
  }
  finish()
}`;

/**
 * `line_run what present match after before every ours file` with the line on stdin, and `line_ours file record`, which
 * finds the line that an earlier run put, by its salted digest, and says its number in REPLY. A note begins as `.new`:
 * which of the two holds, only the file tells, so that a killed run does no harm. `line_hides record`: it holds a secret.
 */
export const LINE_SHELL = `
${EDIT_SHELL}
line_awk='${DECIDE.replaceAll("'", "'\\''")}'
line_run() { edit_final "$8"; awk "$line_awk" "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$REPLY" part=1 - part=2 "$8"; }
line_hides() { case $(sed -n 2p "$1" "$1.new" 2>/dev/null) in *'"secret":true'*) return 0 ;; *) return 1 ;; esac; }
line_ours() {
  REPLY=0; line_record=
  for line_noted in "$2.new" "$2"; do
    [ -r "$line_noted" ] || continue
    read -r line_salt line_digest line_length <"$line_noted"
    for line_at in $(awk -v n="$line_length" '{ sub(/\\r$/, "") } length($0) == n && !($0 in seen) { seen[$0]; print NR }' "$1"); do
      line_text=$(sed -n "$line_at{s/$(printf '\\r')\\$//;p;q;}" "$1")
      line_sum=$(printf '%s%s' "$line_salt" "$line_text" | sha256sum)
      if [ "\${line_sum%% *}" = "$line_digest" ]; then REPLY=$line_at; line_record=$line_noted; return; fi
    done
  done
}
`;
