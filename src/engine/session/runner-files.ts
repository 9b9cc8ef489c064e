/**
 * The runner's functions about files: durable means file synced, renamed, directory synced, in that order. A file is staged
 * in a folder of its own, whose path is noted before, so that the next runner removes what a dead one left.
 */
export const RUNNER_FILES = `# Staged in a folder of our own beside it: whoever may write to the folder around cannot swap what is staged.
put() { # path mode owner payload keep check...
  put_d=\${1%/*}; put_n=\${1##*/}; put_t="\${put_d:-}/.drover.$put_n.new"
  printf '%s\\n' "$put_t" >"$DROVER_STATE/staged"
  if [ -e "$put_t" ] || [ -L "$put_t" ]; then rm -rf -- "$put_t" || return; fi
  mkdir -m 0700 -- "$put_t" || return
  (
    cd -P -- "$put_t" && [ -O . ] || exit 1
    cat -- "$4" >new || exit 1
    # A folder around may pass its group on.
    if [ "$3" != "$ME" ] || [ ! -G new ]; then chown -- "$3" new || exit 1; fi
    chmod -- "$2" new && durable new || exit 1
    if [ "$5" = 1 ] && [ -f "$1" ]; then keep_blob "$1" || exit 1; fi
    [ $# -lt 6 ] || ( shift 5; accepted "$@" ) || exit 1
    [ ! -d "../$put_n" ] && mv -f -- new "../$put_n"
  ) || return
  rmdir -- "$put_t" && durable "\${put_d:-/}" || return
  : >"$DROVER_STATE/staged"
}
accepted() { # argv with {} for the staged file
  accepted_n=$#
  while [ $accepted_n -gt 0 ]; do
    if [ "$1" = '{}' ]; then set -- "$@" "$PWD/new"; else set -- "$@" "$1"; fi
    shift; accepted_n=$((accepted_n - 1))
  done
  timeout -k 5 60 "$@" </dev/null && return
  printf '%s does not accept what was to be written\n' "$1"
  return 1
}
# What it makes lies in the folder for secrets: the file may hold some.
edit() { # path mode owner input keep count argv... check...
  if [ -f "$1" ] && [ ! -L "$1" ]; then edit_file=$1; edit_mode=$(stat -c '%a %u:%g' -- "$1"); edit_owner=\${edit_mode#* }; edit_mode=\${edit_mode% *}
  elif [ -n "$2" ] && [ ! -e "$1" ] && [ ! -L "$1" ]; then edit_file=/dev/null; edit_mode=$2; edit_owner=$3
  else printf '%s is not a file\n' "$1"; return 1; fi
  edit_path=$1; edit_input=$4; edit_keep=$5; edit_count=$6; shift 6
  edit_sum=$(sha256sum <"$edit_file") || return
  (
    edit_n=0
    while [ $edit_n -lt "$edit_count" ]; do
      if [ "$1" = '{}' ]; then set -- "$@" "$edit_file"; else set -- "$@" "$1"; fi
      shift; edit_n=$((edit_n + 1))
    done
    shift $(($# - edit_count))
    timeout -k 5 60 "$@" <"$edit_input" 9>&-
  ) >"$hot/edited" || return
  shift "$edit_count"
  [ "$edit_sum" = "$(sha256sum <"$edit_file")" ] || { printf '%s was changed by somebody else just now\n' "$edit_path"; return 1; }
  put "$edit_path" "$edit_mode" "$edit_owner" "$hot/edited" "$edit_keep" "$@" || return
  rm -f "$hot/edited"
}
remove() { # path keep
  if [ "$2" = 1 ] && [ -f "$1" ] && [ ! -L "$1" ]; then keep_blob "$1" || return; fi
  rm -f -- "$1" || return
  remove_d=\${1%/*}; [ ! -d "\${remove_d:-/}" ] || durable "\${remove_d:-/}"
}
# Whoever may read it: bytes that a block's mark, or a line's note, says to hold a secret are not kept.
hides() { # path
  grep -q ' BEGIN drover:[^ ]* (secret)' -- "$1" 2>/dev/null && return
  hides_sum=$(printf %s "$1" | sha256sum)
  for hides_one in "$DROVER_STATE/lines/secret-\${hides_sum%% *}"-*; do [ -e "$hides_one" ]; return; done
}
# What a run puts in its own place is no state to go back to: the bytes before its first change of a file are kept.
keep_blob() { # path -> kept
  if [ -e "$dir/kept-paths" ]; then
    while IFS= read -r kept_path; do [ "$kept_path" != "$1" ] || return 0; done <"$dir/kept-paths"
  fi
  ! hides "$1" || return 0
  kept=$(sha256sum <"$1"); kept=\${kept%% *}
  if [ ! -e "$DROVER_STATE/blobs/$kept" ]; then
    cat -- "$1" >"$DROVER_STATE/blobs/.new" && durable "$DROVER_STATE/blobs/.new" && mv -f "$DROVER_STATE/blobs/.new" "$DROVER_STATE/blobs/$kept" && durable "$DROVER_STATE/blobs" || return
  fi
  printf '%s' "$kept" >"$dir/kept"; printf '%s\\n' "$1" >>"$dir/kept-paths"
}
`;
