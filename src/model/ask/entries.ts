import type { Asker } from "../query.ts";

/** `entries:<path>`: `absent`, or `entries names=a/b/c` of what is in a folder, with `more=` beyond the first thousand. */
export const ENTRIES: Asker = `
for entries_d in "$@"; do
  if [ ! -d "$entries_d" ]; then line "entries:$entries_d" absent; continue; fi
  if [ ! -r "$entries_d" ] || [ ! -x "$entries_d" ]; then line "entries:$entries_d" 'unknown why=it%20may%20not%20be%20read'; continue; fi
  (
    entries_n=0; entries_all=; cd -- "$entries_d" || exit
    for entries_e in * .[!.]* ..?*; do
      [ -e "$entries_e" ] || [ -L "$entries_e" ] || continue
      entries_n=$((entries_n + 1))
      [ $entries_n -le 1000 ] || continue
      case $entries_e in *[!A-Za-z0-9._-]*) entries_e=$(word "$(printf %s "$entries_e" | tr '\\000-\\037\\177' '?')") ;; esac
      entries_all=$entries_all\${entries_all:+/}$entries_e
    done
    if [ $entries_n -gt 1000 ]; then line "entries:$entries_d" "entries names=$entries_all more=$((entries_n - 1000))"
    else line "entries:$entries_d" "entries names=$entries_all"; fi
  )
done`;
