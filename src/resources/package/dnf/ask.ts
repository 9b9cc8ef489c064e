import type { Asker } from "../../../model/query.ts";
import { REASONS, VERSIONS } from "./python.ts";

/**
 * `package_locked`: the names that dnf's plugin versionlock holds at a version, each between spaces, when it is there; and
 * whether it is, in package_holds. Its list is read as dnf writes it, `name-epoch:version-release.arch`, and as people do.
 */
const LOCKED = `
package_locked() { # names
  package_holds=no; package_held=" "; package_list=
  [ -r /etc/dnf/plugins/versionlock.conf ] || return 0
  package_holds=yes
  while IFS='= ' read -r package_key package_line; do
    case $package_key:$package_line in
      enabled:0 | enabled:[Ff]alse | enabled:[Nn]o) package_holds=no; return ;;
      locklist:*) package_list=$package_line ;;
    esac
  done </etc/dnf/plugins/versionlock.conf
  [ -s "$package_list" ] || return 0
  while read -r package_line; do
    case $package_line in '' | '#'* | '!'*) continue ;; esac
    for package_n in "$@"; do
      case $package_line in
        "$package_n") ;;
        "$package_n-"[0-9]*) package_x=\${package_line#"$package_n-"}
          # What is before the colon is an epoch, or else belongs to a longer name.
          case \${package_x%%:*} in "$package_x") ;; *[!0-9]*) continue ;; esac ;;
        *) continue ;;
      esac
      package_held="$package_held$package_n "
    done
  done <"$package_list"
}`;

/** `package_python`: the Python that dnf runs with, which needs no other. */
const PYTHON = `
package_python() {
  read -r package_line </usr/bin/dnf-3; package_line=\${package_line#"#!"}
  "\${package_line%% *}" -E -s "$@"
}`;

/** `package_seek`: which of the versions that are not there can be had, as far as dnf has fetched what there is. */
const SEEK = `
package_seek() { # name=version ...
  package_all=$(for package_n in "$@"; do package_n=\${package_n%%=*}; printf '%s\\n' "\${package_n%%:*}"; done | sort -u |
    package_python -c '${VERSIONS}') || package_all=old
  for package_n in "$@"; do
    package_version=\${package_n#*=}; package_base=\${package_n%%=*}; package_base=\${package_base%%:*}
    package_list=; package_answer=
    for package_line in $package_all; do
      case $package_line in
        "$package_base=$package_version") package_answer=offered ;;
        "$package_base="*) package_list=$package_list\${package_list:+,}\${package_line#*=} ;;
      esac
    done
    case $nl$package_all$nl in
      *"$nl"old"$nl"*) [ -n "$package_answer" ] || package_answer='unsure why=what%20dnf%20knows%20of%20its%20repositories%20is%20old' ;;
    esac
    line "package:$package_n" "\${package_answer:-gone versions=$package_list}"
  done
}`;

/**
 * The answers of `package` by one `rpm` for all, and by one look into dnf's history for what came for another's sake: dnf
 * itself, which takes a second, is not started. `package-several:<name>` is `yes` besides for what is installed beside its
 * older versions, as kernels are. Two versions of anything else are what a transaction that was cut off left behind. `dnf:main` says whether
 * something can be held here.
 */
export const RPM_PACKAGE = `(
exec 2>/dev/null; set -f; IFS=$nl
${LOCKED}
${PYTHON}
${SEEK}
package_names=; package_wanted=; package_bases=; package_there=" "; package_absent=
for package_n in "$@"; do
  case $package_n in
    *=*) package_wanted=$package_wanted$package_n$nl ;;
    *) package_names=$package_names$package_n$nl; package_n=\${package_n%%:*}
      case $nl$package_bases in *"$nl$package_n$nl"*) ;; *) package_bases=$package_bases$package_n$nl ;; esac ;;
  esac
done
package_locked $package_bases
line dnf:main "ready holds=$package_holds"
package_all=$(rpm -q --qf '%{NAME} %{ARCH} %{EPOCHNUM}:%{VERSION}-%{RELEASE} [%{PROVIDENAME},]\\n' -- $package_bases 2>&1)
case $nl$package_all in *"\${nl}error: "* | *'rpm: '*'not found'*)
  package_all=\${package_all%%"$nl"*}
  for package_n in "$@"; do line "package:$package_n" "unknown why=$(word "rpm does not answer here: $package_all")"; done; exit ;;
esac
package_auto=$nl
case $package_all in *,*) [ ! -r /var/lib/dnf/history.sqlite ] || package_auto=$nl$(package_python -S -c '${REASONS}' $package_bases)$nl ;; esac
package_native=
package_one() { # name as asked
  package_base=\${1%%:*}; package_arch=; package_version=; package_count=0; package_more=; package_seen=
  case $1 in *:*) package_arch=\${1#*:} ;; esac
  for package_line in $package_all; do
    case $package_line in "$package_base "*,*) ;; *) continue ;; esac
    package_line=\${package_line#* }; package_here=\${package_line%% *}; package_line=\${package_line#* }
    [ -z "$package_arch" ] || [ "$package_arch" = "$package_here" ] || continue
    # Of several architectures the machine's own is meant.
    if [ -n "$package_version" ] && [ "$package_here" != "$package_is" ]; then
      : "\${package_native:=$(uname -m)}"
      case $package_here in "$package_native" | noarch) package_count=0 ;; *) continue ;; esac
    fi
    package_version=\${package_line%% *}; package_version=\${package_version#0:}; package_is=$package_here
    package_count=$((package_count + 1))
    package_seen="$package_seen$1=$package_version "
    case ,\${package_line#* } in *',installonlypkg('* | *',multiversion('*) package_more=yes ;; esac
  done
  [ -n "$package_version" ] || { package_absent=$package_absent$1$nl; return; }
  package_answer=installed; package_status=ok
  case $package_held in *" $package_base "*) package_status=hold ;; esac
  [ $package_count -lt 2 ] || [ -n "$package_more" ] || { package_answer=broken; package_status=duplicate; }
  package_mark=manual
  case $package_auto in *"$nl$package_base $package_is$nl"*) package_mark=auto ;; esac
  line "package:$1" "$package_answer version=$package_version status=$package_status mark=$package_mark"
  [ -z "$package_more" ] || line "package-several:$1" yes
  package_there=$package_there$package_seen
}
for package_n in $package_names; do package_one "$package_n"; done
[ -z "$package_absent" ] || for package_n in $package_absent; do
  package_line=$(rpm -q --whatprovides --qf '%{NAME}\\n' -- "$package_n") || package_line=
  case $package_line in '') line "package:$package_n" absent ;; *) line "package:$package_n" "virtual by=\${package_line%%"$nl"*}" ;; esac
done
set -- $package_wanted; package_wanted=
for package_n in "$@"; do
  case $package_there in *" $package_n "*) line "package:$package_n" here ;; *) package_wanted=$package_wanted$package_n$nl ;; esac
done
[ -z "$package_wanted" ] || package_seek $package_wanted
)`;

/** `package_files`: the files of a package. */
export const RPM_FILES = `package_files() {
  package_x=$1; case $1 in *:*) package_x=\${1%%:*}.\${1#*:} ;; esac
  rpm -ql -- "$package_x"
}`;

/** `dnf-idle:main`: `idle`, or `busy by=` with the process that holds rpm's lock, or one of dnf's, which are numbers in files. */
export const DNF_IDLE: Asker = `(
exec 2>/dev/null
dnf_says() { read -r dnf_c <"/proc/$1/comm" || dnf_c=unseen; line dnf-idle:main "busy by=$(word "$dnf_c[$1]")"; exit; }
dnf_ids=" $(stat -c %i /var/lib/rpm/.rpm.lock /usr/lib/sysimage/rpm/.rpm.lock | tr '\\n' ' ') "
IFS=$nl
for dnf_l in $(cat /proc/locks); do
  case $dnf_l in *" POSIX "*" WRITE "*) ;; *) continue ;; esac
  dnf_p=\${dnf_l%:*:*}; dnf_l=\${dnf_l##*:}
  case $dnf_ids in *" \${dnf_l%% *} "*) dnf_p=\${dnf_p% *}; dnf_says "\${dnf_p##* }" ;; esac
done
for dnf_l in /var/lib/dnf/rpmdb_lock.pid /var/cache/dnf/metadata_lock.pid /var/cache/dnf/download_lock.pid; do
  dnf_p=; [ ! -r "$dnf_l" ] || read -r dnf_p <"$dnf_l"
  [ -z "$dnf_p" ] || [ ! -d "/proc/$dnf_p" ] || dnf_says "$dnf_p"
done
line dnf-idle:main idle
)`;
