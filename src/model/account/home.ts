import { FOLDERS } from "../ask/folders.ts";
import type { Asker } from "../query.ts";

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
