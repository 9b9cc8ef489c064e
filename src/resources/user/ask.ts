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
