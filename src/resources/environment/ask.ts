import type { Asker } from "../../model/query.ts";

/**
 * `environment:<name>`: `set value=` or `absent`, as pam_env reads /etc/environment: the last line of a name counts, `export`
 * is passed over, a `#` ends the value, one pair of quotes around it goes. A file that not everybody may read may hold
 * secrets: nothing of it is told.
 */
export const ENVIRONMENT: Asker = `(
exec 2>/dev/null; set -f
env_f=/etc/environment; env_all=$nl; env_why=
if [ -L "$env_f" ]; then env_why='/etc/environment is a link'
elif [ -e "$env_f" ]; then
  case $(stat -c %a "$env_f") in *[4567]) ;; *) env_why='not everybody may read /etc/environment, so that it may hold secrets' ;; esac
fi
if [ -z "$env_why" ] && [ -r "$env_f" ]; then
  while IFS= read -r env_l || [ -n "$env_l" ]; do
    env_l=\${env_l#"\${env_l%%[! $tab]*}"}
    env_l=\${env_l#export }
    case $env_l in '#'* | '') ;; *=*) env_all=$env_all\${env_l%%'#'*}$nl ;; esac
  done <"$env_f"
fi
for env_n in "$@"; do
  if [ -n "$env_why" ]; then line "environment:$env_n" "unknown why=$(word "$env_why")"; continue; fi
  env_v=\${env_all##*"$nl$env_n="}
  if [ "$env_v" = "$env_all" ]; then line "environment:$env_n" absent; continue; fi
  env_v=\${env_v%%"$nl"*}
  case $env_v in
    [\\"\\']*) env_v=\${env_v#?}; case $env_v in *[\\"\\']) env_v=\${env_v%?} ;; esac ;;
  esac
  case $env_v in *[!A-Za-z0-9._/:,@+=~^-]*) env_v=$(word "$env_v") ;; esac
  line "environment:$env_n" "set value=$env_v"
done
)`;
