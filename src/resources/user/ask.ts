import type { Asker } from "../../model/query.ts";

/**
 * `user:<name>`: `user uid= gid= group= home= shell= comment= groups=a,b` from /etc/passwd and /etc/group, each read once;
 * `remote` where only a directory service knows it; `absent`.
 */
export const USER: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
user_names=" "; for user_n in "$@"; do user_names="$user_names$user_n "; done
user_passwd=$(cat /etc/passwd) || { for user_n in "$@"; do line "user:$user_n" 'unknown why=/etc/passwd%20may%20not%20be%20read'; done; exit; }
user_all=$(sort -t : -k 1,1 /etc/group)
user_field() { # name, value: forks only for a value that has to be encoded
  case $2 in *[!A-Za-z0-9._/,@+=~-]*) user_answer="$user_answer $1=$(word "$2")" ;; *) user_answer="$user_answer $1=$2" ;; esac
}
user_groups() { # name, gid -> user_group, user_in
  user_group=$2; user_in=
  for user_g in $user_all; do
    user_gn=\${user_g%%:*}; user_g=\${user_g#*:*:}
    if [ "\${user_g%%:*}" = "$2" ]; then user_group=$user_gn
    else case ,\${user_g#*:}, in *,"$1",*) user_in=$user_in\${user_in:+,}$user_gn ;; esac; fi
  done
}
for user_line in $user_passwd; do
  user_n=\${user_line%%:*}
  case $user_names in *" $user_n "*) ;; *) continue ;; esac
  user_names="\${user_names%% $user_n *} \${user_names#* $user_n }"
  user_rest=\${user_line#*:*:}
  user_uid=\${user_rest%%:*}; user_rest=\${user_rest#*:}
  user_gid=\${user_rest%%:*}; user_rest=\${user_rest#*:}
  user_comment=\${user_rest%%:*}; user_rest=\${user_rest#*:}
  user_groups "$user_n" "$user_gid"
  user_answer="user uid=$user_uid gid=$user_gid"
  user_field group "$user_group"; user_field home "\${user_rest%%:*}"; user_field shell "\${user_rest#*:}"
  user_field comment "$user_comment"; user_field groups "$user_in"
  line "user:$user_n" "$user_answer"
done
IFS=' '
for user_n in $user_names; do
  if command -v getent >/dev/null && getent passwd "$user_n" >/dev/null; then line "user:$user_n" remote
  else line "user:$user_n" absent; fi
done
)`;

/** `group:<name>`: `group gid=` from /etc/group, or `absent`. */
export const GROUP: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
group_names=" "; for group_n in "$@"; do group_names="$group_names$group_n "; done
for group_line in $(cat /etc/group); do
  group_n=\${group_line%%:*}
  case $group_names in *" $group_n "*) ;; *) continue ;; esac
  group_names="\${group_names%% $group_n *} \${group_names#* $group_n }"
  group_line=\${group_line#*:*:}
  line "group:$group_n" "group gid=\${group_line%%:*}"
done
IFS=' '
for group_n in $group_names; do line "group:$group_n" absent; done
)`;

/** `user-busy:<name>`: \`busy by=\` with the names of some processes that run under it, or \`idle\`. */
export const USER_BUSY: Asker = `(
exec 2>/dev/null
for user_n in "$@"; do
  user_uid=$(id -u "$user_n") || { line "user-busy:$user_n" idle; continue; }
  user_by=; user_count=0
  for user_p in $(stat -c '%u:%n' /proc/[0-9]*); do
    [ "\${user_p%%:*}" = "$user_uid" ] || continue
    read -r user_comm <"\${user_p#*:}/comm" || continue
    user_count=$((user_count + 1))
    [ $user_count -gt 3 ] || user_by="$user_by\${user_by:+, }\${user_p##*/} ($user_comm)"
  done
  if [ $user_count -gt 0 ]; then line "user-busy:$user_n" "busy by=$(word "$user_by")"
  else line "user-busy:$user_n" idle; fi
done
)`;
