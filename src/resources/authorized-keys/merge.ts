/**
 * An awk program that tells what of the keys wanted is missing in a file of authorized keys (`KEYS_DO=ask`), or prints the
 * file as it is to be (`write`). Ours are those between two marks that name the owner. Keys are compared by themselves,
 * not by what they are called; lines of others stay as they are, in their order, unless the file is to hold ours only.
 *
 * In the environment: KEYS_OWNER, KEYS_WANTED (lines), KEYS_ONLY (`yes`: nobody else's). No single quote may stand in it.
 */
export const MERGE = String.raw`
function kind(word) { return word ~ /^(ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-)/ }
function read(line,   i, c, quoted, w) {
  opts = ""; blob = ""; sub(/\r$/, "", line); sub(/^[ \t]+/, "", line)
  if (line == "" || line ~ /^#/) return 0
  split(line, w, /[ \t]+/)
  if (!kind(w[1])) {
    quoted = 0
    for (i = 1; i <= length(line); i++) {
      c = substr(line, i, 1)
      if (c == "\\" && substr(line, i + 1, 1) == "\"") i++
      else if (c == "\"") quoted = !quoted
      else if (!quoted && (c == " " || c == "\t")) break
    }
    opts = substr(line, 1, i - 1); line = substr(line, i); sub(/^[ \t]+/, "", line)
    split(line, w, /[ \t]+/)
    if (!kind(w[1])) { opts = ""; return 1 }
  }
  blob = w[2]
  return 1
}
function tail(text) { gsub(/[^A-Za-z0-9+\/]/, "", text); return text == "" ? "?" : substr(text, length(text) > 12 ? length(text) - 11 : 1) }
function add(list, text) { return list == "" ? text : list "," text }
BEGIN {
  only = ENVIRON["KEYS_ONLY"] == "yes"; opens = "# drover " ENVIRON["KEYS_OWNER"] ": begin"; ends = "# drover " ENVIRON["KEYS_OWNER"] ": end"
  wanted = 0; count = split(ENVIRON["KEYS_WANTED"], all, "\n")
  for (i = 1; i <= count; i++) if (read(all[i]) && blob != "") { wanted++; text[wanted] = all[i]; with[wanted] = opts; key[wanted] = blob; at[blob] = wanted }
}
{ lines[NR] = $0 }
END {
  start = 0; block = "no"; owners = ""
  for (i = 1; i <= NR; i++) {
    if (lines[i] == opens) { start = i; ours[i] = 2 }
    else if (lines[i] == ends) { ours[i] = 2; if (start) for (j = start; j <= i; j++) ours[j] = 1; if (start) block = "yes"; start = 0 }
    if (lines[i] ~ /^# drover [^ ]+: begin$/) { split(lines[i], part, " "); sub(/:$/, "", part[3]); owners = add(owners, part[3]) }
  }
  for (i = 1; i <= NR; i++) if (!ours[i] && read(lines[i])) {
    k = blob in at ? at[blob] : 0
    if (k && (with[k] == "" || with[k] == opts)) have[k] = 1
    else if (k || only) { gone[i] = 1; stray = add(stray, tail(blob)) }
  }
  for (i = 1; i <= NR; i++) if (ours[i] == 1 && read(lines[i])) {
    k = blob in at ? at[blob] : 0
    if (k && !(k in have) && !(k in there) && with[k] == opts) there[k] = 1
    else stray = add(stray, tail(blob))
  }
  for (k = 1; k <= wanted; k++) { if (!(k in have) && !(k in there)) missing = add(missing, tail(key[k])); if (!(k in have)) left = 1 }
  if (ENVIRON["KEYS_DO"] == "ask") { printf "block=%s owners=%s missing=%s stray=%s\n", block, owners, missing, stray; exit }
  for (i = 1; i <= NR; i++) {
    if (ours[i] == 1 && left) put()
    if (!ours[i] && !(i in gone)) print lines[i]
  }
  if (left) put()
}
function put(   k) { print opens; for (k = 1; k <= wanted; k++) if (!(k in have)) print text[k]; print ends; left = 0 }
`;
