import { type Answer, unknownWhy } from "../answer.ts";
import type { Asker } from "../query.ts";
import { checkOptions } from "../router/options.ts";
import { routerUnit } from "../router/service.ts";

const { dir, run } = checkOptions({});

/** The router's own key, beside those of the routes. */
export const ROUTER = "@router";

/**
 * `route:<name>` and `route:@router`, by one look of the router's script: what files and runtime say. The router's
 * answer also names the digests of the script and of its unit (`none` without systemd) and whether it starts at boot.
 */
export const ROUTE_ASKER: Asker = `
route_why=absent; route_out=; route_own=absent
if [ -d ${dir.slice(0, dir.lastIndexOf("/"))} ] && [ ! -x ${dir.slice(0, dir.lastIndexOf("/"))} ]; then route_why='unknown why=rights'; route_own=$route_why
elif [ -e ${dir}/sync ] && [ ! -r ${dir}/sync ]; then route_why='unknown why=rights'; route_own=$route_why
elif [ -r ${dir}/sync ]; then
  route_out=$(sh ${dir}/sync state 2>/dev/null)
  route_own=\${route_out%%"$nl"*}; route_out=\${route_out#"$route_own"}; route_out=\${route_out#"$nl"}
  route_own=\${route_own#router"$tab"}
  case $route_own in
    ''|unknown*) route_own=\${route_own:-unknown why=no-answer} ;;
    absent) ;;
    *)
      route_unit=none; route_boot=none
      if [ -d /run/systemd/system ]; then
        route_unit=$(sha256sum /etc/systemd/system/${routerUnit} 2>/dev/null | cut -c 1-12); route_unit=\${route_unit:-absent}
        if [ -L /etc/systemd/system/multi-user.target.wants/${routerUnit} ]; then route_boot=yes; else route_boot=no; fi
      fi
      route_own="$route_own sync=$(sha256sum <${dir}/sync | cut -c 1-12) unit=$route_unit boot=$route_boot" ;;
  esac
fi
[ -z "$route_out" ] || printf '%s\\n' "$route_out"
for route_a in "$@"; do
  case $route_a in
    ${ROUTER}) line route:${ROUTER} "$route_own" ;;
    @*) case $route_why in absent) line "route:$route_a" read ;; *) line "route:$route_a" "$route_why" ;; esac ;;
    *) case "$nl$route_out$nl" in *"\${nl}route:$route_a$tab"*) ;; *) line "route:$route_a" "$route_why" ;; esac ;;
  esac
done
`;

const WHYS: Readonly<Record<string, string>> = {
  rights: `no right to read ${dir}`,
  "router-does-not-answer": "the router does not answer",
  "no-answer": "the router's script gives no answer",
};

/** Why an answer of the router is unknown, for people. */
export function whyUnread(answer: Answer): string {
  const why = unknownWhy(answer);
  return WHYS[why] ?? why;
}

/** `listener:<port>`: `free`, `own`, or `foreign pid= name=`: who listens there, over IPv4 or IPv6. */
export const LISTENER_ASKER: Asker = `
for listener_p in "$@"; do
  listener_i=$(awk -v port="$(printf ':%04X' "$listener_p")" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  if [ -z "$listener_i" ]; then line "listener:$listener_p" free; continue; fi
  listener_m=; [ ! -r ${run}/pid ] || read -r listener_m <${run}/pid
  if [ -n "$listener_m" ] && grep -q ${dir}/conf.d "/proc/$listener_m/cmdline" 2>/dev/null; then line "listener:$listener_p" own; continue; fi
  listener_m=$(ls -l /proc/[0-9]*/fd 2>/dev/null | awk -v inodes="$listener_i" '
    BEGIN { n = split(inodes, list); for (i = 1; i <= n; i++) want["socket:[" list[i] "]"] = 1 }
    /^\\/proc\\// { split($1, part, "/"); pid = part[3] }
    $NF in want { print pid; exit }')
  if [ -z "$listener_m" ]; then line "listener:$listener_p" 'foreign pid=? name=unknown'
  elif grep -q ${dir}/conf.d "/proc/$listener_m/cmdline" 2>/dev/null; then line "listener:$listener_p" own
  else line "listener:$listener_p" "foreign pid=$listener_m name=$(word "$(cat "/proc/$listener_m/comm" 2>/dev/null)")"; fi
done
`;
