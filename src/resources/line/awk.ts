import { EDIT_SHELL, READ } from "../../model/edit/awk.ts";

/**
 * Decides about lines, one after the other, and makes the edits: what is asked and what is done cannot differ. Its arguments
 * are what to do (`ask`, `edit`, `old`), whether the last line has a newline, how many lines there are to decide about, and
 * six words for each: whether it is to be there, `match`, `after`, `before`, whether every match counts, and the number of the
 * line that an earlier run put. With `same`, it says of each line, as the asker gets them, whether all is as wanted: `1` or `0`.
 */
const DECIDE = `
BEGIN {
  what = ARGV[1]; final = ARGV[2] + 0; count = ARGV[3] + 0
  if (what == "same") for (k = 0; k < count; k++) {
    for (j = 1; j <= 5; j++) word[6 * k + j] = ARGV[10 * k + j + 5]
    want[++wants] = ARGV[10 * k + 12]
  }
  else for (k = 1; k <= 6 * count; k++) word[k] = ARGV[3 + k]
  for (k = 1; k <= 3 + (what == "same" ? 10 : 6) * count; k++) ARGV[k] = ""
}
${READ}
function decide(k, i) {
  k = 6 * (k - 1)
  present = word[k + 1] + 0; match_ = word[k + 2]; after = word[k + 3]; before = word[k + 4]
  every = word[k + 5] + 0; ours = word[k + 6] + 0
  hits = same = first = 0; split("", hit)
  for (i = 1; i <= n; i++) {
    if (id[i] == ours && ours && present || (match_ == "" ? bare[i] == line : bare[i] ~ match_)) { hit[i] = 1; hits++; if (!first) first = i }
    if (hit[i] && bare[i] == line) same++
  }
  if (present && match_ != "" && line !~ match_) return "unmatched"
  if (!hits) return present ? "none" : "same"
  if (!present) return "other"
  if (hits == same && (hits == 1 || !every)) return "same"
  return hits > 1 && !every ? "many count=" hits : "other"
}
function add(text, plain, was) { newraw[++m] = text; newbare[m] = plain; newid[m] = was }
function change(at, i) {
  m = 0; at = hits || !present ? -1 : place()
  if (at == 0) add(line eol, line, 0)
  for (i = 1; i <= n; i++) {
    if (!hit[i]) add(raw[i], bare[i], id[i])
    else if (i == first && present) add(line eol, line, id[i])
    if (i == at) add(line eol, line, 0)
  }
  for (n = 1; n <= m; n++) { raw[n] = newraw[n]; bare[n] = newbare[n]; id[n] = newid[n] }
  n = m
}
END {
  for (i = 1; i <= n; i++) id[i] = i
  for (k = 1; k <= count; k++) {
    line = want[k]; verdict = decide(k)
    if (what == "same") { printf "%d", verdict == "same"; continue }
    if (what == "ask") { print verdict; if (verdict == "other") print bare[first]; exit }
    if (what == "old") { if (verdict == "other") print bare[first]; exit }
    if (verdict == "same") continue
    if (verdict != "none" && verdict != "other") { print verdict >"/dev/stderr"; exit 3 }
    change()
  }
  if (what == "same") exit
  for (i = 1; i <= n; i++) put(raw[i])
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
line_run() { edit_final "$8"; awk "$line_awk" "$1" "$REPLY" 1 "$2" "$3" "$4" "$5" "$6" "$7" part=1 - part=2 "$8"; }
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
