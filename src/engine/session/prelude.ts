/**
 * What every script on a target begins with. POSIX sh (dash, bash, busybox ash); coreutils and util-linux or busybox.
 * No here-documents: some shells put them into files, and asking writes nothing.
 */
export const PRELUDE = `
LC_ALL=C; export LC_ALL
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
umask 077
tab=$(printf '\\t'); nl='
'
if [ -z "\${DROVER_STATE:-}" ]; then
  if [ "$(id -u)" = 0 ]; then DROVER_STATE=/var/lib/drover; else DROVER_STATE=\${XDG_STATE_HOME:-\${HOME:-/nonexistent}/.local/state}/drover; fi
fi
if [ -z "\${DROVER_RUN:-}" ]; then
  if [ "$(id -u)" = 0 ]; then
    case $(stat -f -c %T /run 2>/dev/null) in tmpfs|ramfs) DROVER_RUN=/run/drover ;; *) DROVER_RUN=/dev/shm/drover ;; esac
  else DROVER_RUN=\${XDG_RUNTIME_DIR:-/dev/shm}/drover-$(id -u); fi
fi
line() { printf '%s\\t%s\\n' "$1" "$2"; }
word() {
  case $1 in
    *[!A-Za-z0-9._/:,@+=~^-]*) printf '%s' "$1" | sed -e 's/%/%25/g' -e 's/ /%20/g' -e "s/$tab/%09/g" -e 's/\\*/%2a/g' ;;
    *) printf '%s' "$1" ;;
  esac
}
# The digest of what is on stdin under this target's own key, in REPLY: equal ones tell equal bytes here, and nobody else anything.
# "none" before the first run, which makes the key.
keyed() {
  REPLY=none
  { read -r keyed_key <"$DROVER_STATE/key"; } 2>/dev/null || return 0
  keyed_sum=$( { printf %s "$keyed_key"; cat; } | sha256sum)
  REPLY=$(printf '%s%s' "$keyed_key" "\${keyed_sum%% *}" | sha256sum); REPLY=\${REPLY%% *}
}
# Start time of a process in clock ticks since boot, or nothing: with the pid it names one process for ever. One that ended
# and was not waited for yet (Z) is none: where nothing reaps them, it would stay for good.
started() {
  started_s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  set -- \${started_s##*) }
  [ "$1" != Z ] || return 1
  printf '%s' "\${20}"
}
# Which boot this is: in a container the kernel's own id outlives it, the start of its first process does not.
this_boot() { printf '%s.%s' "$(cat /proc/sys/kernel/random/boot_id)" "$(started 1)"; }
`;
