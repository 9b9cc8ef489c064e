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
# Whose packages a system is made of, in packages_by: by its own word, else by what is there. Without a process: all ask it.
packages() {
  packages_by=
  [ ! -r /etc/os-release ] || while IFS='=' read -r packages_k packages_v; do
    case $packages_k in ID | ID_LIKE) packages_by="$packages_by $packages_v" ;; esac
  done </etc/os-release
  case $packages_by in
    *debian* | *ubuntu*) packages_by=apt ;;
    *fedora* | *rhel* | *centos*) packages_by=rpm ;;
    *alpine*) packages_by=apk ;;
    *suse*) packages_by=zypper ;;
    *arch*) packages_by=pacman ;;
    *) packages_by=none
      for packages_k in apt dnf apk zypper pacman; do ! command -v $packages_k >/dev/null 2>&1 || { packages_by=$packages_k; break; }; done
      [ $packages_by != dnf ] || packages_by=rpm ;;
  esac
  [ $packages_by = rpm ] || return 0
  # An image is changed as a whole; the fifth dnf is another program, the third of Python is the fourth's.
  if [ -e /run/ostree-booted ]; then packages_by=rpm-ostree
  elif [ -x /usr/bin/dnf-3 ]; then packages_by=dnf
  elif [ -x /usr/bin/dnf5 ]; then packages_by=dnf5
  elif [ -x /usr/bin/microdnf ]; then packages_by=microdnf
  else packages_by=yum; fi
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
