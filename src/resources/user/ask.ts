import { FOLDERS } from "../../model/ask/folders.ts";
import type { Asker } from "../../model/query.ts";

/**
 * `shadow:<name>`: `shadow password=hash|none|star|empty lock=yes|no expires=never|<day>` from /etc/shadow, read once; or
 * `absent`. `none` is `!` alone, `star` is `*`. The hash does not leave the machine.
 */
export const SHADOW: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
shadow_names=" "; for shadow_n in "$@"; do shadow_names="$shadow_names$shadow_n "; done
${words("shadow")}
for shadow_line in $shadow_all; do
  shadow_n=\${shadow_line%%:*}
  case $shadow_names in *" $shadow_n "*) ;; *) continue ;; esac
  shadow_names="\${shadow_names%% $shadow_n *} \${shadow_names#* $shadow_n }"
  shadow_words; line "shadow:$shadow_n" "shadow $shadow_is"
done
IFS=' '; for shadow_n in $shadow_names; do shadow_missing; done
)`;

/** `shadow-is:<name>` with a crypt hash: as `shadow`, with `hash=same|other`, whether locked or not. */
export const SHADOW_IS: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
shadow_n=$1; shadow_wanted=$2; set -- "$1"
${words("shadow-is")}
for shadow_line in $shadow_all; do
  [ "\${shadow_line%%:*}" = "$shadow_n" ] || continue
  shadow_words
  if [ "$shadow_field" = "$shadow_wanted" ]; then shadow_is="$shadow_is hash=same"; else shadow_is="$shadow_is hash=other"; fi
  line "shadow-is:$shadow_n" "shadow $shadow_is"; exit
done
shadow_missing
)`;

/** Reads the file into shadow_all, and defines what says a line of it. */
function words(kind: string): string {
  return `shadow_all=$(cat /etc/shadow) || { for shadow_n in "$@"; do line "${kind}:$shadow_n" 'unknown why=/etc/shadow%20may%20not%20be%20read'; done; exit; }
shadow_missing() {
  case $nl$(cut -d : -f 1 /etc/passwd)$nl in
    *"$nl$shadow_n$nl"*) line "${kind}:$shadow_n" 'unknown why=it%20has%20no%20line%20in%20/etc/shadow:%20see%20pwck' ;;
    *) line "${kind}:$shadow_n" absent ;;
  esac
}
shadow_words() {
  shadow_rest=\${shadow_line#*:}; shadow_field=\${shadow_rest%%:*}; shadow_rest=\${shadow_rest#*:*:*:*:*:*:}
  shadow_lock=no; shadow_end=\${shadow_rest%%:*}
  while :; do case $shadow_field in '!'*) shadow_lock=yes; shadow_field=\${shadow_field#?} ;; *) break ;; esac; done
  case $shadow_lock$shadow_field in
    no) shadow_kind=empty ;;
    yes) shadow_kind=none ;;
    yes'*'* | no'*'*) shadow_kind=star; shadow_lock=yes ;;
    *) shadow_kind=hash ;;
  esac
  case $shadow_end in '' | -*) shadow_end=never ;; esac
  shadow_is="password=$shadow_kind lock=$shadow_lock expires=$shadow_end"
}`;
}

/**
 * `home:<name>`: `home mode=755 own=yes leaves=no`: the folder that /etc/passwd names, whether it is the user's own, and
 * whether it goes when the user goes. `mode=none` where it is not there; a link in its place is `unknown`. `left` where the user
 * is gone, and what was said about its home is not.
 */
export const HOME: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
home_all=$nl$(cut -d : -f 1,3,6 /etc/passwd)$nl; home_paths=
for home_n in "$@"; do
  case $home_all in *"$nl$home_n:"*) ;; *) continue ;; esac
  home_line=\${home_all#*"$nl$home_n:"}; home_line=\${home_line%%"$nl"*}
  case $home_line in *:/?*) home_paths=$home_paths\${home_line#*:}$nl ;; esac
done
${FOLDERS}
path_folders $home_paths
home_seen=$nl; [ -z "$home_paths" ] || home_seen=$nl$(stat -c '%n:/%F/%u/%a' -- $home_paths)$nl
for home_n in "$@"; do
  home_leaves=no; [ ! -e "$DROVER_STATE/users/$home_n.home-leaves" ] || home_leaves=yes
  case $home_all$home_leaves in
    *"$nl$home_n:"*) ;;
    *yes) line "home:$home_n" left; continue ;;
    *) line "home:$home_n" absent; continue ;;
  esac
  home_line=\${home_all#*"$nl$home_n:"}; home_line=\${home_line%%"$nl"*}
  home_uid=\${home_line%%:*}; home_line=\${home_line#*:}
  case $home_line in /?*) ;; *) line "home:$home_n" "home mode=none own=no leaves=$home_leaves"; continue ;; esac
  path_trust "$home_line"
  [ -z "$path_why" ] || { line "home:$home_n" "unknown why=$(word "$path_why")"; continue; }
  case $home_seen in
    *"$nl$home_line:/directory/"*)
      home_own=\${home_seen#*"$nl$home_line:/directory/"}; home_own=\${home_own%%"$nl"*}
      home_mode=\${home_own#*/}; case \${#home_mode} in 1) home_mode=00$home_mode ;; 2) home_mode=0$home_mode ;; esac
      if [ "\${home_own%%/*}" = "$home_uid" ]; then home_own=yes; else home_own=no; fi
      line "home:$home_n" "home mode=$home_mode own=$home_own leaves=$home_leaves" ;;
    *"$nl$home_line:/"*) line "home:$home_n" "unknown why=$(word "its home $home_line is a link or a file, not a folder")" ;;
    *) line "home:$home_n" "home mode=none own=no leaves=$home_leaves" ;;
  esac
done
)`;

/** `subids:<name>`: `subids uids=65536 gids=65536`: how many subordinate numbers it has. */
export const SUBIDS: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
subids_count() { # name, lines
  subids_sum=0
  for subids_line in $2; do
    case $subids_line in "$1":*:*[!0-9]*) ;; "$1":*:?*) subids_sum=$((subids_sum + \${subids_line##*:})) ;; esac
  done
}
subids_u=$(cat /etc/subuid); subids_g=$(cat /etc/subgid)
for subids_n in "$@"; do
  subids_count "$subids_n" "$subids_u"; subids_had=$subids_sum; subids_count "$subids_n" "$subids_g"
  line "subids:$subids_n" "subids uids=$subids_had gids=$subids_sum"
done
)`;
