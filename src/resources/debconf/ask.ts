import type { Asker } from "../../model/query.ts";

/** Reads debconf's two databases once: prints what `show` says of each question. A secret comes to awk by a pipe. */
function read(show: string, prepare = "debconf_text="): string {
  return `exec 2>/dev/null; set -f; IFS=$nl
debconf_why=; debconf_files=
${prepare}
for debconf_f in config passwords; do
  debconf_path=/var/cache/debconf/$debconf_f.dat
  [ -e "$debconf_path" ] || continue
  [ -r "$debconf_path" ] || debconf_why=$(word "$debconf_path may not be read")
  debconf_files=$debconf_files$nl"part=$debconf_f"$nl$debconf_path
done
debconf_all=$(printf %s "$debconf_text" | WANTED=$nl$(printf '%s\\n' "$@")$nl awk '
  function encoded(s) { gsub(/%/, "%25", s); gsub(/ /, "%20", s); gsub(/\\t/, "%09", s); gsub(/[*]/, "%2a", s); return s }
  function wanted(s) { return index(ENVIRON["WANTED"], "\\n" s "\\n") }
  function stanza() {
    seen = flags ~ /(^|[, ])seen(,|$)/ ? "yes" : "no"
    if (name != "") { ${show} }
    name = value = owners = flags = ""
  }
  part == "text" { text = text (FNR > 1 ? "\\n" : "") $0; next }
  FNR == 1 || /^$/ { stanza() }
  /^Name: / { name = substr($0, 7) }
  /^Value:/ { value = substr($0, 8) }
  /^Owners: / { owners = substr($0, 9) }
  /^Flags: / { flags = substr($0, 8) }
  END { stanza() }' part=text - $debconf_files | sort -u)`;
}

/** `debconf:<package>`: `absent`, or `owned names=a/x,a/y` of the questions that are its. */
export const DEBCONF: Asker = `(
${read(`n = split(owners, own, /, */); for (i = 1; i <= n; i++) if (wanted(own[i])) print own[i] " " name`)}
for debconf_p in "$@"; do
  if [ -n "$debconf_why" ]; then line "debconf:$debconf_p" "unknown why=$debconf_why"; continue; fi
  debconf_names=
  for debconf_l in $debconf_all; do
    case $debconf_l in "$debconf_p "*) debconf_names=$debconf_names\${debconf_names:+,}\${debconf_l#* } ;; esac
  done
  if [ -n "$debconf_names" ]; then line "debconf:$debconf_p" "owned names=$debconf_names"; else line "debconf:$debconf_p" absent; fi
done
)`;

/** `debconf-answer:<question>`: `absent`, `answer seen=yes|no value=`, or `password seen=` without its value. */
export const DEBCONF_ANSWER: Asker = `(
${read(`if (wanted(name)) print name (part == "passwords" ? " password seen=" seen : " answer seen=" seen " value=" encoded(value))`)}
for debconf_q in "$@"; do
  debconf_answer=absent; [ -z "$debconf_why" ] || debconf_answer="unknown why=$debconf_why"
  for debconf_l in $debconf_all; do
    case $debconf_l in "$debconf_q "*) debconf_answer=\${debconf_l#* } ;; esac
  done
  line "debconf-answer:$debconf_q" "$debconf_answer"
done
)`;

/**
 * `debconf-secret:<question>` with the answer wanted and the package: `given how=now`, or `given how=taken` by a package
 * that is installed and has wiped it; `other`, `none` or `absent`.
 */
export const DEBCONF_SECRET: Asker = `(
${read(
  'if (wanted(name)) print (value == "" ? "none" : value == text && seen == "yes" ? "given how=now" : "other")',
  'debconf_text=$2; debconf_p=$3; set -- "$1"',
)}
debconf_answer=absent
for debconf_l in $debconf_all; do debconf_answer=$debconf_l; done
case $debconf_answer in absent | none)
  [ "$(dpkg-query -W -f '\${db:Status-Status}' "$debconf_p")" != installed ] || debconf_answer='given how=taken' ;;
esac
[ -z "$debconf_why" ] || debconf_answer="unknown why=$debconf_why"
line "debconf-secret:$1" "$debconf_answer"
)`;
