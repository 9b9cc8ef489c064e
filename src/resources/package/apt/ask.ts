/**
 * `package_seek`: which of the versions that are not there can be had, from a repository that apt has the lists of, or from
 * what it kept of what it once fetched. apt makes its cache in memory then, as it would write it otherwise.
 */
const SEEK = `
package_seek() { # name=version ...
  set +f
  package_all=$(for package_n in "$@"; do printf '%s\\n' "\${package_n%%=*}"; done | sort -u |
    xargs apt-cache -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= madison -- |
    awk -F ' *[|] *' '$3 !~ / Sources$/ { sub(/^ */, "", $1); if (!seen[$1 "=" $2]++) print $1 "=" $2 }')
  for package_n in "$@"; do
    package_version=\${package_n#*=}; package_base=\${package_n%%=*}; package_base=\${package_base%%:*}
    case $nl$package_all$nl in *"$nl$package_base=$package_version$nl"*) line "package:$package_n" offered; continue ;; esac
    package_file=$package_version
    case $package_file in *:*) package_file=\${package_file%%:*}%3a\${package_file#*:} ;; esac
    for package_file in /var/cache/apt/archives/"\${package_base}_\${package_file}"_*.deb; do break; done
    if [ -f "$package_file" ]; then line "package:$package_n" "kept path=$(word "$package_file")"; continue; fi
    package_list=
    for package_line in $package_all; do
      case $package_line in "$package_base="*) package_list=$package_list\${package_list:+,}\${package_line#*=} ;; esac
    done
    line "package:$package_n" "gone versions=$package_list"
  done
}`;

/**
 * The answers of `package` by one `dpkg-query` for all, `broken` with dpkg's own word for what was left half-way. `absent` is also
 * where nothing but its configuration is left. Besides, `dpkg:main` is `clean` or `interrupted`, of whatever package.
 */
export const DPKG_PACKAGE = `(
exec 2>/dev/null; set -f; IFS=$nl
${SEEK}
package_names=" "; package_wanted=; package_there=" "
for package_n in "$@"; do
  case $package_n in *=*) package_wanted=$package_wanted$package_n$nl ;; *) package_names="$package_names$package_n " ;; esac
done
package_all=$(dpkg-query -W -f '\${Package} \${Architecture} \${db:Status-Want} \${db:Status-Eflag} \${db:Status-Status} \${Version} \${Provides}\\n') || {
  for package_n in "$@"; do line "package:$package_n" 'unknown why=dpkg%20does%20not%20answer%20here'; done; exit
}
# dpkg itself is of the machine's own architecture.
for package_line in $package_all; do
  case $package_line in "dpkg "*) package_native=\${package_line#* }; package_native=\${package_native%% *}; break ;; esac
done
package_auto=" "
for package_line in $(cat /var/lib/apt/extended_states); do
  case $package_line in
    "Package: "*) package_n=\${package_line#Package: } ;;
    "Architecture: "*) package_arch=\${package_line#Architecture: } ;;
    "Auto-Installed: 1") package_auto="$package_auto$package_n:$package_arch " ;;
  esac
done
package_state=clean; package_offers=
set +f; set -- /var/lib/dpkg/updates/[0-9]*; set -f
[ ! -e "$1" ] || package_state=interrupted
package_said() { # name
  case $package_names in *" $1 "*) ;; *) return ;; esac
  case $package_status in
    installed)
      package_hold=ok; [ "$package_want" != hold ] || package_hold=hold
      if [ "$package_flag" = ok ]; then package_answer="installed version=$package_version status=$package_hold"
      else package_answer="broken version=$package_version status=$package_flag"; fi ;;
    half-* | unpacked | triggers-*) package_answer="broken version=$package_version status=$package_status" ;;
    *) return ;;
  esac
  case $package_auto in *" $package_n:$package_here "*) package_answer="$package_answer mark=auto" ;; *) package_answer="$package_answer mark=manual" ;; esac
  line "package:$1" "$package_answer"
  package_there="$package_there$1=$package_version "
  package_names="\${package_names%% $1 *} \${package_names#* $1 }"
}
for package_line in $package_all; do
  package_n=\${package_line%% *}; package_line=\${package_line#* }
  package_arch=\${package_line%% *}; package_line=\${package_line#* }
  package_want=\${package_line%% *}; package_line=\${package_line#* }
  package_flag=\${package_line%% *}; package_line=\${package_line#* }
  package_status=\${package_line%% *}; package_line=\${package_line#* }
  package_version=\${package_line%% *}; package_line=\${package_line#* }
  [ "$package_status" != installed ] || [ -z "$package_line" ] || package_offers="$package_offers$nl$package_n: $package_line"
  case $package_status in half-* | unpacked | triggers-*) package_state=interrupted ;; esac
  package_here=$package_arch; [ "$package_arch" != all ] || package_here=$package_native
  [ "$package_here" != "$package_native" ] || package_said "$package_n"
  package_said "$package_n:$package_arch"
done
line dpkg:main "$package_state"
IFS=' '; set -- $package_names; IFS=$nl
for package_n in "$@"; do
  package_answer=absent
  for package_line in $package_offers; do
    case "\${package_line#*:}," in *" $package_n,"* | *" $package_n ("*) package_answer="virtual by=\${package_line%%:*}"; break ;; esac
  done
  line "package:$package_n" "$package_answer"
done
IFS=$nl; set -- $package_wanted; package_wanted=
for package_n in "$@"; do
  case $package_there in *" $package_n "*) line "package:$package_n" here ;; *) package_wanted=$package_wanted$package_n$nl ;; esac
done
[ -z "$package_wanted" ] || package_seek $package_wanted
)`;

/** `package_files`: the files of a package. */
export const DPKG_FILES = `package_files() { dpkg-query -L "$1"; }`;
