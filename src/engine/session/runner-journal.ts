/**
 * The runner's functions about its journal: one JSON line for each thing that happened, synced before anything else happens.
 * `record` collects lines that are synced together; `journal` writes one at once.
 */
export const RUNNER_JOURNAL = `json() { # text -> JSON string body
  case $1 in
    *[!\\ A-Za-z0-9._/:,@%+=~^*\\(\\)\\;-]*) printf '%s' "$1" | tr -d '\\000-\\010\\013-\\037\\177' | sed -e 's/\\\\/\\\\\\\\/g' -e 's/"/\\\\"/g' -e "s/$tab/\\\\\\\\t/g" | awk 'NR > 1 { printf "\\\\n" } { printf "%s", $0 }' ;;
    *) printf '%s' "$1" ;;
  esac
}
durable() { sync "$1" 2>/dev/null || sync; }
stamp=; unwritten=
record() { # rest of the line's object; it is in the journal once recorded returns
  seq=$((seq + 1)); [ -n "$stamp" ] || stamp=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  unwritten="$unwritten{\\"seq\\":$seq,\\"time\\":\\"$stamp\\",\\"run\\":\\"$RUN\\",$1}$nl"
}
recorded() {
  [ -n "$unwritten" ] || return 0
  printf '%s' "$unwritten" >>"$DROVER_STATE/journal"; unwritten=; stamp=
  durable "$DROVER_STATE/journal"
}
journal() { record "$1"; recorded; }
noted() { # key as JSON: adds it with REPLY to the answers; most need no process for that
  case $REPLY in
    *[!\\ A-Za-z0-9._/:,@%+=~^*\\(\\)\\;-]*) answers="$answers\${answers:+,}$1:\\"$(json "$REPLY")\\"" ;;
    *) answers="$answers\${answers:+,}$1:\\"$REPLY\\"" ;;
  esac
}
# A runner that a boot of its own cut off goes on with what it had not recorded as over.
OVER=' '; BEGUN=' '; LOST=' '
resumed() {
  [ -e "$dir/booting" ] || return 1
  rm -f "$dir/booting"
  OVER=" $(recorded_as done) "; BEGUN=" $(recorded_as start) "; LOST=" $(recorded_as '\\(failed\\|blocked\\)') "
}
recorded_as() { # kind -> numbers of changes
  sed -n "s/^{\\"seq\\":[0-9]*,\\"time\\":\\"[^\\"]*\\",\\"run\\":\\"$RUN\\",\\"t\\":\\"$1\\",\\"n\\":\\([0-9]*\\),.*/\\1/p" "$DROVER_STATE/journal" | tr '\\n' ' '
}
is_over() { # n, after name_<n>
  case $OVER in *" $1 "*) [ -z "$group" ] || DONE="$1:$group $DONE"; return 0 ;; esac
  case $LOST in *" $1 "*) FAILED="$FAILED$nl$full"; failed=$((failed + 1)); [ -z "$group" ] || BADGROUPS="$BADGROUPS$nl$group"; return 0 ;; esac
  return 1
}
`;
