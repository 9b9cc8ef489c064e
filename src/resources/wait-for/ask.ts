import { ATTEMPT } from "../../model/attempt/script.ts";
import type { Asker } from "../../model/query.ts";

/**
 * `wait-for:<name>`, with what is waited for as further arguments: `reached`, or `waiting`. A port without a host is
 * looked up among those that something here listens on; with one it is connected to.
 */
export const WAIT_FOR: Asker = `(
exec 2>/dev/null </dev/null
${ATTEMPT}
wait_for_n=$1; shift
wait_for_says() { line "wait-for:$wait_for_n" "$1"; exit 0; }
wait_for_has() { command -v "$1" >/dev/null; }
wait_for_connect() { # host, port
  if wait_for_has bash; then timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$1" "$2"
  elif wait_for_has nc; then timeout 5 nc -z "$1" "$2"
  elif wait_for_has socat; then timeout 5 socat -u /dev/null "TCP:$1:$2"
  else wait_for_says 'unknown why=bash,%20nc%20or%20socat%20is%20needed%20to%20connect'; fi
}
wait_for_listens() { # port: in state 0A in the kernel's own list
  wait_for_hex=$(printf ':%04X' "$1")
  awk -v port="$wait_for_hex" '$4 == "0A" && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }' $(ls /proc/net/tcp /proc/net/tcp6)
}
wait_for_url() {
  if wait_for_has curl; then curl -fsS -m 10 -o /dev/null -- "$1"
  elif wait_for_has wget; then timeout 10 wget -q -O /dev/null "$1"
  else wait_for_says 'unknown why=curl%20or%20wget%20is%20needed%20to%20ask%20a%20URL'; fi
}
case $1 in
  listens) wait_for_listens "$2" ;;
  connect) wait_for_connect "$2" "$3" ;;
  url) wait_for_url "$2" ;;
  path) [ -e "$2" ] ;;
  command) shift; attempt 30 "$@" >/dev/null ;;
  *) false ;;
esac && wait_for_says reached
wait_for_says waiting
)`;
