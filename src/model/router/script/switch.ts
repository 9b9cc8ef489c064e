/** Part of `sync`: brings the current worker to the wanted servers and host names through its runtime socket alone. */
export const switchPart = `# The commands that bring the current worker's servers of $1 to $wanted, in $todo; those that have to go in $leaving.
compare_servers() {
  todo= leaving= compare=$1
  each_line compare_wanted "$wanted"
  each_line compare_running "$servers"
}

compare_wanted() {
  if has_start "$servers" "$compare $1 "; then
    compare_at=\${2%:*}
    compare_at=\${compare_at#"["}
    has_start "$servers" "$compare $1 $2 " ||
      todo="\${todo}set server $compare/$1 addr \${compare_at%"]"} port \${2##*:}$nl"
    has_line "$servers" "$compare $1 $2 2 0" || todo="\${todo}set server $compare/$1 state ready$nl"
  else
    todo="\${todo}add server $compare/$1 $2\${nl}enable server $compare/$1$nl"
  fi
}

compare_running() {
  [ "$1" = "$compare" ] || return 0
  has_start "$wanted" "$2 " || leaving="$leaving$2$nl"
}

# The same for the host names of $1 and $hosts.
compare_hosts() {
  compare=$1
  each_line compare_host "$hosts"
  each_line compare_entry "$entries"
}

compare_host() {
  has_line "$entries" "$1 $2" && return
  if has_start "$entries" "$1 "; then
    todo="\${todo}set map $map $1 $2$nl"
  else
    todo="\${todo}add map $map $1 $2$nl"
  fi
}

compare_entry() {
  [ "\${2-}" = "$compare" ] || return 0
  has_start "$hosts" "$1 " || todo="\${todo}del map $map $1$nl"
}

# Brings the current worker to $wanted and $hosts, and has it say so.
switch() {
  compare_servers "$1"
  compare_hosts "$1"
  [ -n "$todo" ] || return 0
  tell "$todo"
  facts || fail 11 "the router does not answer on $run/master.sock"
  compare_servers "$1"
  compare_hosts "$1"
  [ -z "$todo" ] || fail 11 "the router does not follow; left to do:$nl$todo$told"
}
`;
