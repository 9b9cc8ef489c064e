import type { Asker } from "../../model/query.ts";

/**
 * `locale:<name>`: `locale gen=yes|no|none|builtin made=yes|no lang=yes|no file=`: its entry in /etc/locale.gen (`none`: the
 * package locales is not there), whether it was made, whether it is the default, and which file says so.
 */
export const LOCALE: Asker = `(
exec 2>/dev/null
locale_all=" $(locale -a | tr '\\n' ' ')"
locale_file=$(readlink -f /etc/default/locale); [ -n "$locale_file" ] || locale_file=/etc/default/locale
locale_lang=$(sed -n 's/^[ \\t]*\\(export[ \\t][ \\t]*\\)\\{0,1\\}LANG=//p' "$locale_file" | tail -n 1 | tr -d '"' | tr -d "'")
if [ ! -e /etc/locale.gen ]; then locale_gen=none
else locale_gen=" $(sed -n 's/^[ \\t]*\\([^ #\\t]*\\)[ \\t][ \\t]*UTF-8[ \\t]*$/\\1/p' /etc/locale.gen | tr '\\n' ' ')"; fi
for locale_n in "$@"; do
  locale_g=no; locale_m=no; locale_d=no
  case $locale_n in
    C.UTF-8) locale_g=builtin ;;
    *) case $locale_gen in none) locale_g=none ;; *" $locale_n "*) locale_g=yes ;; esac ;;
  esac
  case $locale_all in *" $locale_n "* | *" \${locale_n%.UTF-8}.utf8 "*) locale_m=yes ;; esac
  [ "$locale_lang" != "$locale_n" ] || locale_d=yes
  line "locale:$locale_n" "locale gen=$locale_g made=$locale_m lang=$locale_d file=$(word "$locale_file")"
done
)`;
