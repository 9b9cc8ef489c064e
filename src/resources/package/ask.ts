import type { Asker } from "../../model/query.ts";

/**
 * `package:<name>`, by one `dpkg-query` for all: `installed version= status=ok|hold mark=manual|auto`, `broken version=
 * status= mark=` for what was left half-way, `virtual by=` for a name that only another package provides, `absent` (also
 * where nothing but its configuration is left). Besides, `dpkg:main` is `clean` or `interrupted`, of whatever package.
 */
export const PACKAGE: Asker = `(
exec 2>/dev/null; set -f; IFS=$nl
package_names=" "; for package_n in "$@"; do package_names="$package_names$package_n "; done
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
)`;

/** `package-start:<name>`: which of its services start with the machine: `starts units=a/b`, `quiet`, or `absent`. */
export const PACKAGE_START: Asker = `(
exec 2>/dev/null; IFS=$nl
for package_n in "$@"; do
  package_units=
  package_list=$(dpkg-query -L "$package_n") || { line "package-start:$package_n" absent; continue; }
  for package_f in $package_list; do
    package_u=\${package_f##*/}
    case $package_f in
      /etc/init.d/*) set -- /etc/rc[2-5].d/S[0-9][0-9]"$package_u" ;;
      /lib/systemd/system/*.* | /usr/lib/systemd/system/*.*)
        set -- /etc/systemd/system/*.wants/"$package_u" /etc/systemd/system/*.requires/"$package_u" ;;
      *) continue ;;
    esac
    for package_l in "$@"; do
      [ ! -L "$package_l" ] || { package_units=$package_units\${package_units:+/}$package_u; break; }
    done
  done
  if [ -n "$package_units" ]; then line "package-start:$package_n" "starts units=$package_units"
  else line "package-start:$package_n" quiet; fi
done
)`;
