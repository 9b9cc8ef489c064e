/** Part of `sync`: waits for the sessions on servers that left, in all workers, and deletes them. */
export const drainPart = `# The sessions on the servers of $1 in every worker, as lines "pid server count" in $sessions. The current worker knows
# nothing of those that a worker before it still serves.
sessions() {
  sessions= olds= facts_part= count_backend=$1 count_pid=1
  ask '# pxname' "show proc; @1; show stat -1 4 -1" || fail 11 "the router does not answer on $run/master.sock"
  each_line fact_old "$answer"
  count "$answer"
  for count_pid in $olds; do
    ! ask_old "$count_pid" '# pxname' "show stat -1 4 -1" || count "$answer"
  done
}

fact_old() {
  case $facts_part:$1 in
    *:'#') [ "\${2-}" = old ] && facts_part=old || facts_part= ;;
    old:*) olds="$olds $1" ;;
  esac
}

count() {
  set -f
  IFS=$nl
  for count_line in $1; do
    case $count_line in
      "$count_backend",*)
        IFS=,
        # shellcheck disable=SC2086
        set -- $count_line
        sessions="$sessions$count_pid $2 $(($3 + $5))$nl"
        ;;
    esac
  done
  unset IFS
  set +f
}

# Sums up $sessions for server $1, in $sum.
sum() {
  sum=0 sum_server=$1
  each_line sum_line "$sessions"
}
sum_line() {
  [ "$2" != "$sum_server" ] || sum=$((sum + $3))
}

# Adds the servers that only workers before the current one still serve.
leaving_old() {
  each_line leaving_line "$sessions"
}
leaving_line() {
  [ "$1" != 1 ] && [ "$3" != 0 ] || return 0
  has_start "$wanted" "$2 " || has_line "$leaving" "$2" || leaving="$leaving$2$nl"
}

# Waits until the servers of $1 that are not in $wanted have no session in any worker, then deletes them. After $2
# hundredths what is left is cut; each word of that is printed.
drain() {
  drain_backend=$1
  sessions "$1"
  leaving_old
  [ -n "$leaving" ] || return 0
  drain_todo=
  each_line drain_mark "$leaving"
  [ -z "$drain_todo" ] || tell "$drain_todo"
  clock
  drain_from=$at drain_end=$((at + $2)) drain_cut=
  while :; do
    sessions "$1"
    clock
    drain_left=
    each_line drain_look "$leaving"
    leaving=$drain_left
    [ -n "$leaving" ] || return 0
    [ "$at" -lt "$((drain_end + 1500))" ] || fail 12 "still in use after the drain limit: $1/$leaving$told"
    sleep 0.1
  done
}

drain_mark() {
  ! has_start "$servers" "$drain_backend $1 " || drain_todo="\${drain_todo}set server $drain_backend/$1 state drain$nl"
}

drain_look() {
  sum "$1"
  if [ "$sum" = 0 ] && delete "$1"; then
    seconds $((at - drain_from))
    printf 'drained %s %s\\n' "$1" "$seconds"
    return
  fi
  drain_left="$drain_left$1$nl"
  [ "$at" -ge "$drain_end" ] && [ "$sum" != 0 ] || return 0
  has_line "$drain_cut" "$1" || printf 'note: %s still open on %s at the drain limit: cut\\n' "$sum" "$1"
  drain_cut="$drain_cut$1$nl"
  cut "$1"
}

# Deletes a server from the current worker, which refuses while a request is on it.
delete() {
  tell "set server $drain_backend/$1 state maint\${nl}del server $drain_backend/$1$nl"
  case $told in *"Server deleted"* | *"No such"*) return 0 ;; esac
  return 1
}

# Ends the sessions of a server everywhere. A worker that is stopping refuses "shutdown sessions server": one by one.
cut() {
  cut_server=$1
  tell "shutdown sessions server $drain_backend/$1$nl"
  for cut_pid in $olds; do
    cut_line=
    ! ask_old "$cut_pid" ' proto=' 'show sess' || each_line cut_session "$answer"
    [ -z "$cut_line" ] || talk "@!$cut_pid$cut_line"
  done
}
cut_session() {
  [ "\${5-}" = "be=$drain_backend" ] && [ "\${6-}" = "srv=$cut_server" ] || return 0
  [ "\${#cut_line}" -gt 6000 ] || cut_line="$cut_line; shutdown session \${1%:}"
}
`;
