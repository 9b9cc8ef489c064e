/**
 * Shell text that runs a program which somebody wrote down: in a folder, as a user, and without anything that a login
 * would leave behind (no session, no line in a log).
 */
export const ATTEMPT = `
attempt() { # limit in seconds (0: none), user, folder, argv...: its exit code; attempt_lacks says what was not there
  attempt_lacks=; attempt_limit=$1; attempt_user=$2; attempt_folder=$3; shift 3; attempt_program=$1
  if [ -n "$attempt_folder" ]; then cd -- "$attempt_folder" 2>/dev/null || { attempt_lacks="the folder $attempt_folder"; return 127; }; fi
  if [ -n "$attempt_user" ] && [ "$attempt_user" != "$(id -un)" ]; then
    attempt_group=$(id -g -- "$attempt_user" 2>/dev/null) || { attempt_lacks="the user $attempt_user"; return 127; }
    attempt_home=$(awk -F : -v name="$attempt_user" '$1 == name { print $6; exit }' /etc/passwd)
    set -- env HOME="\${attempt_home:-/}" USER="$attempt_user" LOGNAME="$attempt_user" "$@"
    # Busybox's own does less than that of util-linux, and its su leaves nothing behind.
    case $(setpriv --help 2>&1) in
      *--reuid*) set -- setpriv --reuid "$attempt_user" --regid "$attempt_group" --init-groups -- "$@" ;;
      *) set -- su -s /bin/sh -c 'exec "$@"' "$attempt_user" sh "$@" ;;
    esac
  fi
  if [ "$attempt_limit" = 0 ]; then "$@"; else timeout -k 5 "$attempt_limit" "$@"; fi
  attempt_code=$?
  case $attempt_code in
    126 | 127) if command -v -- "$attempt_program" >/dev/null 2>&1; then attempt_lacks="a program that $attempt_program starts"; else attempt_lacks="the program $attempt_program"; fi ;;
  esac
  return $attempt_code
}`;
