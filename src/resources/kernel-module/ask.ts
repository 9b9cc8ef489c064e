import type { Asker } from "../../model/query.ts";

/**
 * `module:<name>`: `loaded use= can=` (with how many use it), `builtin can=`, `there can=` (it could be loaded), `missing can=`.
 * `can=yes|no` is whether we may load modules here; `denied=` is a file of somebody else that keeps it from being loaded.
 */
export const MODULE: Asker = `(
exec 2>/dev/null
module_k=$(uname -r); module_can=no
while read -r module_f module_v; do
  [ "$module_f" = CapEff: ] || continue
  # CAP_SYS_MODULE is bit 16.
  case $module_v in *[13579bdf]????) module_can=yes ;; esac
done </proc/self/status
command -v modprobe >/dev/null || module_can=no
# Those of others that keep a module out, as name=path.
module_files=
for module_f in /etc/modprobe.d/*.conf /run/modprobe.d/*.conf /usr/lib/modprobe.d/*.conf /lib/modprobe.d/*.conf; do
  case $module_f in */drover-*) ;; *) [ ! -r "$module_f" ] || module_files="$module_files $module_f" ;; esac
done
module_denied=$(awk '$1 == "blacklist" || ($1 == "install" && $3 ~ "/(false|true)$") { gsub("-", "_", $2); print $2 "=" FILENAME }' /dev/null $module_files)
for module_n in "$@"; do
  module_m=$(printf %s "$module_n" | tr - _); module_s=missing
  if [ -e "/sys/module/$module_m/initstate" ]; then
    module_u=0; [ ! -r "/sys/module/$module_m/refcnt" ] || read -r module_u <"/sys/module/$module_m/refcnt"
    module_s="loaded use=$module_u"
  elif [ -d "/sys/module/$module_m" ] || tr - _ <"/lib/modules/$module_k/modules.builtin" | grep -q "/$module_m\\.ko"; then module_s=builtin
  elif tr - _ <"/lib/modules/$module_k/modules.dep" | grep -qE "(^|/)$module_m\\.ko[.a-z]*:"; then module_s=there
  fi
  module_by=
  for module_l in $module_denied; do
    case $module_l in "$module_m="*) module_by=$(word "\${module_l#*=}") ;; esac
  done
  line "module:$module_n" "$module_s can=$module_can\${module_by:+ denied=$module_by}"
done
)`;
