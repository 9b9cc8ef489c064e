import { FOLDERS } from "../../model/ask/folders.ts";
import type { Asker } from "../../model/query.ts";
import { MERGE } from "./merge.ts";

/**
 * `authorized-keys:<user>` with owner, `yes` for ours only, and the lines wanted: `keys folder=ok file=ok block=yes
 * owners= missing= stray= sha256=`. `folder` and `file` say whether sshd would trust ~/.ssh and what is in it: `ok`, `open`
 * to others, of an `other` user, or `none`. A link on the way is `unknown`; without the user, or a home, it is `absent`.
 */
export const AUTHORIZED_KEYS: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
keys_n=$1; KEYS_OWNER=$2; KEYS_ONLY=$3; KEYS_WANTED=$4; KEYS_DO=ask; export KEYS_OWNER KEYS_ONLY KEYS_WANTED KEYS_DO
keys_say() { line "authorized-keys:$keys_n" "$1"; exit; }
keys_all=$nl$(cut -d : -f 1,3,6 /etc/passwd)$nl
case $keys_all in *"$nl$keys_n:"*) ;; *) keys_say absent ;; esac
keys_home=\${keys_all#*"$nl$keys_n:"}; keys_home=\${keys_home%%"$nl"*}
keys_uid=\${keys_home%%:*}; keys_home=\${keys_home#*:}; keys_home=\${keys_home%/}
case $keys_home in /*) ;; '') [ "$keys_uid" = 0 ] || keys_say absent ;; *) keys_say absent ;; esac
keys_path=$keys_home/.ssh/authorized_keys
${FOLDERS}
path_folders "$keys_path"; path_trust "$keys_path"
[ -z "$path_why" ] || keys_say "unknown why=$(word "$path_why")"
keys_judge() { # path kind -> REPLY
  keys_seen=$(stat -c '%F/%u/%a' -- "$1")
  case $keys_seen in
    '') REPLY=none; return ;;
    $2/"$keys_uid"/* | $2/0/*) ;;
    $2/*) REPLY=other; return ;;
    *) keys_say "unknown why=$(word "$1 is a \${keys_seen%%/*}")" ;;
  esac
  case $keys_seen in *[2367] | *[2367]?) REPLY=open ;; *) REPLY=ok ;; esac
}
keys_judge "$keys_home/.ssh" directory; keys_folder=$REPLY
keys_judge "$keys_path" 'regular*file'; keys_file=$REPLY
if [ $keys_file = none ]; then keys_sum=none; keys_path=/dev/null
else
  [ -r "$keys_path" ] || keys_say 'unknown why=it%20may%20not%20be%20read'
  keys_sum=$(sha256sum <"$keys_path"); keys_sum=\${keys_sum%% *}
fi
keys_is=$(awk '${MERGE}' <"$keys_path")
[ -n "$keys_is" ] || keys_say 'unknown why=it%20could%20not%20be%20read'
keys_say "keys folder=$keys_folder file=$keys_file $keys_is sha256=$keys_sum"
)`;
