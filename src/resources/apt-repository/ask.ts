import type { Asker } from "../../model/query.ts";

/**
 * `apt-source:<uri>/`: who else of /etc/apt names it: `absent`, or `found entries=` with `file|suite|signed-by` of each,
 * joined by commas; signed-by is empty where none is given, and `embedded` where the key itself stands there.
 */
export const APT_SOURCE: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
source_wanted=$nl; for source_u in "$@"; do source_wanted=$source_wanted$source_u$nl; done
set +f; set -- "$@" --; source_files=; source_shut=
for source_f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  [ -f "$source_f" ] || continue
  [ -r "$source_f" ] || source_shut=$source_f
  source_files=$source_files$nl$source_f
done
set -f
source_all=$(WANTED=$source_wanted awk '
  function encoded(s) { gsub(/%/, "%25", s); gsub(/[ \\t]/, "%20", s); gsub(/,/, "%2c", s); gsub(/[|]/, "%7c", s); gsub(/[*]/, "%2a", s); return s }
  function plain(s) { return s ~ /\\/$/ ? s : s "/" }
  function entry(uris, suites, by, u, s, n, m, i, j) {
    n = split(uris, u, " "); m = split(suites, s, " ")
    for (i = 1; i <= n; i++) if (index(ENVIRON["WANTED"], "\\n" plain(u[i]) "\\n")) for (j = 1; j <= m; j++)
      print plain(u[i]) " " encoded(file) "|" encoded(s[j]) "|" encoded(by)
  }
  function stanza() {
    if (field["enabled"] !~ /^(no|false|without|off|disable)$/) {
      if (field["signed-by"] ~ /BEGIN PGP/) field["signed-by"] = "embedded"
      entry(field["uris"], field["suites"], field["signed-by"])
    }
    split("", field); name = ""
  }
  FNR == 1 { if (file ~ /[.]sources$/) stanza(); file = FILENAME }
  file ~ /[.]sources$/ {
    if ($0 ~ /^#/) next
    if ($0 ~ /^[ \\t]*$/) { stanza(); next }
    if ($0 ~ /^[^ \\t:]+:/) { name = tolower(substr($0, 1, index($0, ":") - 1)); $0 = substr($0, index($0, ":") + 1) }
    $1 = $1; field[name] = field[name] (field[name] == "" ? "" : " ") $0; next
  }
  {
    sub(/#.*/, ""); if ($1 !~ /^deb(-src)?$/) next
    by = ""
    if ($2 ~ /^\\[/) {
      n = split(substr($0, index($0, "[") + 1, index($0, "]") - index($0, "[") - 1), option, " ")
      for (i = 1; i <= n; i++) if (tolower(option[i]) ~ /^signed-by=/) by = substr(option[i], 11)
      $0 = substr($0, index($0, "]") + 1)
    } else sub(/^[ \\t]*deb(-src)?[ \\t]/, "")
    entry($1, $2, by)
  }
  END { if (file ~ /[.]sources$/) stanza() }' /dev/null $source_files | sort -u)
for source_u in "$@"; do
  [ "$source_u" != -- ] || break
  if [ -n "$source_shut" ]; then line "apt-source:$source_u" "unknown why=$(word "$source_shut may not be read")"; continue; fi
  source_entries=
  for source_l in $source_all; do
    case $source_l in "$source_u "*) source_entries=$source_entries\${source_entries:+,}\${source_l#* } ;; esac
  done
  if [ -n "$source_entries" ]; then line "apt-source:$source_u" "found entries=$source_entries"
  else line "apt-source:$source_u" absent; fi
done
)`;

/**
 * `apt-index:<repository> <list>`: whether apt has fetched an index, and accepted its signature, since the repository's
 * files are as they are: `fetched by=`, `stale by=` with what the repository says it has to be signed by, or `absent`.
 */
export const APT_INDEX: Asker = `(
exec 2>/dev/null
for index_arg in "$@"; do
  index_n=\${index_arg%% *}; index_p=/var/lib/apt/lists/\${index_arg#* }
  index_f=/etc/apt/sources.list.d/$index_n.sources; index_by=
  while read -r index_w index_v; do [ "$index_w" != Signed-By: ] || index_by=$index_v; done <"$index_f"
  set -- $(stat -c %Z "$index_p"InRelease "$index_p"Release) 0; index_t=$1
  set -- $(stat -c %Y "$index_f" "$index_by") 0 0
  if [ "$index_t" = 0 ] || [ -z "$index_by" ]; then line "apt-index:$index_arg" absent
  elif [ "$index_t" -ge "$1" ] && [ "$index_t" -ge "$2" ]; then line "apt-index:$index_arg" "fetched by=$index_by"
  else line "apt-index:$index_arg" "stale by=$index_by"; fi
done
)`;

/** `key-end:<seconds since 1970>`: \`past\` or \`ahead\`, by the machine's own clock, as apt will see it. */
export const KEY_END: Asker = `
end_now=$(date +%s)
for end_t in "$@"; do
  if [ "$end_now" -gt "$end_t" ]; then line "key-end:$end_t" past; else line "key-end:$end_t" ahead; fi
done`;
