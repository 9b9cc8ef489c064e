import type { Asker } from "../query.ts";

/**
 * `user:<name>`: `user uid= gid= group= home= shell= comment= groups=a,b` from /etc/passwd and /etc/group, each read once;
 * `remote` where only a directory service knows it; `absent`.
 */
export const USER: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
user_names=" "; for user_n in "$@"; do user_names="$user_names$user_n "; done
user_passwd=$(cat /etc/passwd) || { for user_n in "$@"; do line "user:$user_n" 'unknown why=/etc/passwd%20may%20not%20be%20read'; done; exit; }
user_all=$(sort -t : -k 1,1 /etc/group)
user_field() { worded "$2"; user_answer="$user_answer $1=$REPLY"; } # name, value
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

/** `group:<name>`: `group gid=` from /etc/group; `remote` where only a directory service knows it; `absent`. */
export const GROUP: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
group_names=" "; for group_n in "$@"; do group_names="$group_names$group_n "; done
group_all=$(cat /etc/group) || { for group_n in "$@"; do line "group:$group_n" 'unknown why=/etc/group%20may%20not%20be%20read'; done; exit; }
for group_line in $group_all; do
  group_n=\${group_line%%:*}
  case $group_names in *" $group_n "*) ;; *) continue ;; esac
  group_names="\${group_names%% $group_n *} \${group_names#* $group_n }"
  group_line=\${group_line#*:*:}
  line "group:$group_n" "group gid=\${group_line%%:*}"
done
IFS=' '
for group_n in $group_names; do
  if command -v getent >/dev/null && getent group "$group_n" >/dev/null; then line "group:$group_n" remote
  else line "group:$group_n" absent; fi
done
)`;

/** `group-primary:<name>`: `users names=a,b` whose primary group it is, or `unused`. */
export const GROUP_PRIMARY: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
group_users=$(cut -d : -f 1,4 /etc/passwd); group_all=$(cut -d : -f 1,3 /etc/group)
for group_n in "$@"; do
  group_id=; group_by=
  for group_line in $group_all; do
    if [ "\${group_line%%:*}" = "$group_n" ]; then group_id=\${group_line#*:}; break; fi
  done
  [ -z "$group_id" ] || for group_line in $group_users; do
    [ "\${group_line#*:}" != "$group_id" ] || group_by=$group_by\${group_by:+,}\${group_line%%:*}
  done
  if [ -n "$group_by" ]; then line "group-primary:$group_n" "users names=$group_by"; else line "group-primary:$group_n" unused; fi
done
)`;

/** `uid:<number>` and `gid:<number>`: `taken by=` with the name that has it, also in a directory service; or `free`. */
export const UID: Asker = numbers("uid", "passwd");
export const GID: Asker = numbers("gid", "group");

function numbers(kind: string, file: string): Asker {
  return `(
exec 2>/dev/null; set -f; IFS=$nl
number_left=" "; for number_n in "$@"; do number_left="$number_left$number_n "; done
for number_line in $(cut -d : -f 1,3 /etc/${file}); do
  number_n=\${number_line#*:}
  case $number_left in *" $number_n "*) ;; *) continue ;; esac
  number_left="\${number_left%% $number_n *} \${number_left#* $number_n }"
  line "${kind}:$number_n" "taken by=\${number_line%%:*}"
done
IFS=' '
for number_n in $number_left; do
  number_by=; ! command -v getent >/dev/null || number_by=$(getent ${file} "$number_n")
  if [ -n "$number_by" ]; then line "${kind}:$number_n" "taken by=\${number_by%%:*}"; else line "${kind}:$number_n" free; fi
done
)`;
}

/** `user-busy:<name>`: `busy by=` with some processes that run under it, or `idle`; all processes are looked at once. */
export const USER_BUSY: Asker = `(
exec 2>/dev/null; IFS=$nl
user_running=$nl$(stat -c '%u:%n' /proc/[0-9]*)$nl
user_all=$nl$(cut -d : -f 1,3 /etc/passwd)$nl
for user_n in "$@"; do
  case $user_all in *"$nl$user_n:"*) ;; *) line "user-busy:$user_n" idle; continue ;; esac
  user_uid=\${user_all#*"$nl$user_n:"}; user_uid=\${user_uid%%"$nl"*}
  case $user_running in *"$nl$user_uid:"*) ;; *) line "user-busy:$user_n" idle; continue ;; esac
  user_by=; user_count=0
  for user_p in $user_running; do
    [ "\${user_p%%:*}" = "$user_uid" ] || continue
    read -r user_comm <"\${user_p#*:}/comm" || continue
    user_count=$((user_count + 1))
    [ $user_count -gt 3 ] || user_by="$user_by\${user_by:+, }\${user_p##*/} ($user_comm)"
  done
  if [ $user_count -gt 0 ]; then line "user-busy:$user_n" "busy by=$(word "$user_by")"
  else line "user-busy:$user_n" idle; fi
done
)`;
