import type { Asker } from "../../model/query.ts";
import { DPKG_FILES, DPKG_PACKAGE } from "./apt/ask.ts";
import { RPM_FILES, RPM_PACKAGE } from "./dnf/ask.ts";

/**
 * `package:<name>`, all at once: `installed version= status=ok|hold mark=manual|auto`, `broken version= status= mark=` for what was
 * left half-way, `virtual by=` for a name that only another package provides, `absent`.
 *
 * `package:<name>=<version>`: `here`; else, which takes a second, `offered`, `kept path=` where only the archive of it is left,
 * `gone versions=a,b` with those that can be had, or `unsure why=`.
 */
export const PACKAGE: Asker = `packages
case $packages_by in
  dnf) ${RPM_PACKAGE} ;;
  apt | none) ${DPKG_PACKAGE} ;;
  *) for package_n in "$@"; do line "package:$package_n" "unknown why=packages%20are%20those%20of%20$packages_by%20here,%20and%20Drover%20knows%20apt%20and%20dnf%204"; done ;;
esac`;

/**
 * `package-start:<name>`: which of its services start with the machine: `starts units=a/b`, `quiet`, or `absent`. Without a
 * systemctl, what systemd would start counts for nothing; a unit's init script may be kept by another package then.
 */
export const PACKAGE_START: Asker = `packages
(
exec 2>/dev/null; IFS=$nl
package_ctl=no; ! command -v systemctl >/dev/null || package_ctl=yes
if [ "$packages_by" = dnf ]; then ${RPM_FILES}
else ${DPKG_FILES}; fi
for package_n in "$@"; do
  package_units=
  package_list=$(package_files "$package_n") || { line "package-start:$package_n" absent; continue; }
  for package_f in $package_list; do
    package_u=\${package_f##*/}
    case $package_ctl:$package_f in
      *:/etc/init.d/*) set -- /etc/rc[S2-5].d/S[0-9][0-9]"$package_u" ;;
      yes:/lib/systemd/system/*.* | yes:/usr/lib/systemd/system/*.*)
        set -- /etc/systemd/system/*.wants/"$package_u" /etc/systemd/system/*.requires/"$package_u" ;;
      no:/lib/systemd/system/*.service | no:/usr/lib/systemd/system/*.service)
        package_u=\${package_u%.service}; set -- /etc/rc[S2-5].d/S[0-9][0-9]"$package_u" ;;
      *) continue ;;
    esac
    for package_l in "$@"; do
      [ -L "$package_l" ] || continue
      case /$package_units/ in */"$package_u"/*) ;; *) package_units=$package_units\${package_units:+/}$package_u ;; esac
      break
    done
  done
  if [ -n "$package_units" ]; then line "package-start:$package_n" "starts units=$package_units"
  else line "package-start:$package_n" quiet; fi
done
)`;
