/**
 * What every script on a target begins with. POSIX sh (dash, bash, busybox ash); coreutils and util-linux or busybox.
 * No here-documents: some shells put them into files, and asking writes nothing.
 */
export const PRELUDE = `
LC_ALL=C; export LC_ALL
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
umask 077
tab='\t'; nl='
'
own_id=$(id) # uid=0(root) gid=...
own_uid=\${own_id#uid=}; own_uid=\${own_uid%%[!0-9]*}
if [ -z "\${DROVER_STATE:-}" ]; then
  if [ "$own_uid" = 0 ]; then DROVER_STATE=/var/lib/drover; else DROVER_STATE=\${XDG_STATE_HOME:-\${HOME:-/nonexistent}/.local/state}/drover; fi
fi
if [ -z "\${DROVER_RUN:-}" ]; then
  if [ "$own_uid" = 0 ]; then
    case $(stat -f -c %T /run 2>/dev/null) in tmpfs|ramfs) DROVER_RUN=/run/drover ;; *) DROVER_RUN=/dev/shm/drover ;; esac
  else DROVER_RUN=\${XDG_RUNTIME_DIR:-/dev/shm}/drover-$own_uid; fi
fi
line() { printf '%s\\t%s\\n' "$1" "$2"; }
# An answer is of words: what is not one is encoded, in REPLY; what is long by a process, as shells take a text apart slowly.
worded() {
  case $1 in
    *[%*"$tab "]*) ;;
    *) REPLY=$1; return ;;
  esac
  if [ \${#1} -gt 200 ]; then
    REPLY=$(printf '%s' "$1" | sed -e 's/%/%25/g' -e 's/ /%20/g' -e "s/$tab/%09/g" -e 's/\\*/%2a/g'); return
  fi
  REPLY=; worded_left=$1
  while :; do
    case $worded_left in *[%*"$tab "]*) ;; *) break ;; esac
    worded_plain=\${worded_left%%[%*"$tab "]*}; worded_left=\${worded_left#"$worded_plain"}
    case $worded_left in %*) worded_code=%25 ;; ' '*) worded_code=%20 ;; "$tab"*) worded_code=%09 ;; *) worded_code=%2a ;; esac
    REPLY=$REPLY$worded_plain$worded_code; worded_left=\${worded_left#?}
  done
  REPLY=$REPLY$worded_left
}
word() { worded "$1"; printf '%s' "$REPLY"; }
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
