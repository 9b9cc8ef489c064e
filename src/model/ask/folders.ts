/**
 * Shell text for the path askers: one `stat` for all folders above the paths asked for, and what is wrong with them.
 *
 * A folder is loose when somebody besides root and us may write to it. A link in a loose folder may point elsewhere by
 * the time it is used, so nothing below it is touched; links that root made in root's folders (`/var/run`) are fine.
 */
export const FOLDERS = `
path_format='%f:%a:%u:%U:%g:%G:%n:/'
path_me=$own_uid
path_split() {
  path_p=$1
  path_type=\${path_p%%:*}; path_p=\${path_p#*:}
  path_mode=\${path_p%%:*}; path_p=\${path_p#*:}
  path_uid=\${path_p%%:*}; path_p=\${path_p#*:}
  path_user=\${path_p%%:*}; path_p=\${path_p#*:}
  path_gid=\${path_p%%:*}; path_p=\${path_p#*:}
  path_group=\${path_p%%:*}; path_p=\${path_p#*:}; path_p=\${path_p%:/}
  [ "$path_user" != UNKNOWN ] || path_user=$path_uid
  [ "$path_group" != UNKNOWN ] || path_group=$path_gid
  case \${#path_mode} in 1) path_mode=00$path_mode ;; 2) path_mode=0$path_mode ;; esac
}
path_folders() {
  path_above=$nl; path_loose=$nl; path_links=
  for path_p in "$@"; do
    while [ "$path_p" != / ]; do
      path_p=\${path_p%/*}; [ -n "$path_p" ] || path_p=/
      case $path_above in *"$nl$path_p$nl"*) break ;; esac
      path_above=$path_above$path_p$nl
    done
  done
  set -- $path_above
  [ $# -gt 0 ] || return 0
  for path_line in $(stat -c "$path_format" -- "$@"); do path_split "$path_line"; path_folder; done
  [ -n "$path_links" ] || return 0
  # What root's links lead to is judged as well.
  for path_line in $(stat -L -c "$path_format" -- $path_links); do path_split "$path_line"; path_folder; done
}
path_folder() {
  case $path_type in
    4???)
      case $path_uid in
        0 | "$path_me") case $path_gid:$path_mode in *:*[2367]) ;; 0:*) return ;; *:*[2367]?) ;; *) return ;; esac ;;
      esac
      path_loose=$path_loose$path_p$nl ;;
    a???) path_links=$path_links$nl$path_p$nl ;;
  esac
}
# Why the folders above a path cannot be trusted, in path_why; the path itself, there or not, is not judged.
path_trust() { # path
  path_why=
  [ -n "$path_links" ] || return 0
  path_up=$1
  while [ "$path_up" != / ]; do
    path_up=\${path_up%/*}; [ -n "$path_up" ] || path_up=/
    path_over=\${path_up%/*}; [ -n "$path_over" ] || path_over=/
    case $path_links in *"$nl$path_up$nl"*)
      case $path_loose in *"$nl$path_over$nl"*) path_why="$path_up is a link that a user may have put there"; return ;; esac ;;
    esac
  done
}
`;
