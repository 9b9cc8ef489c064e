import type { Asker } from "../query.ts";

/**
 * `apt-lists:main`: `absent`, or `present age=fresh|old`: old is what is older than a day or than the sources. apt gives
 * the lists the server's times; that of its folders is when they were last fetched.
 */
export const APT_LISTS: Asker = `(
exec 2>/dev/null
command -v apt-get >/dev/null || { line apt-lists:main 'unknown why=there%20is%20no%20apt%20here'; exit; }
apt_found=
for apt_f in /var/lib/apt/lists/*_Packages* /var/lib/apt/lists/*Release; do [ ! -e "$apt_f" ] || { apt_found=1; break; }; done
[ -n "$apt_found" ] || { line apt-lists:main absent; exit; }
apt_newest() { apt_n=0; for apt_t in $(stat -c %Y "$@"); do [ "$apt_t" -le "$apt_n" ] || apt_n=$apt_t; done; }
apt_newest /var/lib/apt/lists /var/lib/apt/lists/partial; apt_lists=$apt_n
apt_newest /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/sources.list.d/*
if [ "$apt_n" -gt "$apt_lists" ] || [ $(($(date +%s) - apt_lists)) -gt 86400 ]; then line apt-lists:main 'present age=old'
else line apt-lists:main 'present age=fresh'; fi
)`;

/** `apt-idle:main`: `idle`, or `busy by=` with the process that holds one of the locks of apt and dpkg. */
export const APT_IDLE: Asker = `(
exec 2>/dev/null
apt_ids=" $(stat -c %i /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock | tr '\\n' ' ') "
IFS=$nl
for apt_l in $(cat /proc/locks); do
  case $apt_l in *" POSIX "*) ;; *) continue ;; esac
  apt_p=\${apt_l%:*:*}
  apt_l=\${apt_l##*:}
  case $apt_ids in *" \${apt_l%% *} "*) ;; *) continue ;; esac
  apt_p=\${apt_p% *}; apt_p=\${apt_p##* }
  read -r apt_c <"/proc/$apt_p/comm" || apt_c=unseen
  line apt-idle:main "busy by=$(word "$apt_c[$apt_p]")"; exit
done
line apt-idle:main idle
)`;
