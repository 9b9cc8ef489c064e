/** Part of `sync`: the sub-commands that change something. */
export const commandsPart = `base() {
  base_file=$dir/conf.d/00-base.cfg
  folders
  judge "$1" "$base_file"
  forget_log
  [ ! -e "$base_file" ] || put "$base_file" "$dir/base.before"
  put "$1" "$base_file"
  assemble
  if alive && facts; then
    # What only a reload finds out, such as a port that is taken, must not wait for the next start.
    base_loaded || (reload) || { put "$dir/base.before" "$base_file" && exit 11; }
  else
    start
  fi
  rm -f "$dir/base.before"
}

apply() {
  centi "$4"
  read_fragment "$1" "$2"
  folders
  read_hosts "$1" "$3"
  judge "$2" "$dir/conf.d/50-$1.cfg"
  put "$2" "$dir/conf.d/50-$1.cfg"
  put "$3" "$dir/hosts.d/$1.map"
  assemble
  forget_log
  start
  facts || fail 11 "the router does not answer on $run/master.sock"
  if ! has_line "$backends" "$1" || ! base_loaded; then
    reload
    has_line "$backends" "$1" || fail 11 "the router has no backend $1 after its reload$nl$(evidence)"
  fi
  switch "$1"
  drain "$1" "$centi"
}

remove() {
  centi "$2"
  wanted= hosts=
  forget_log
  if alive; then
    facts || fail 11 "the router does not answer on $run/master.sock"
    compare_servers "$1"
    todo=
    compare_hosts "$1"
    [ -z "$todo" ] || tell "$todo"
    drain "$1" "$centi"
  fi
  if [ -e "$dir/conf.d/50-$1.cfg" ] || [ -e "$dir/hosts.d/$1.map" ]; then
    rm -f "$dir/hosts.d/$1.map" "$dir/conf.d/50-$1.cfg" && sync "$dir/hosts.d" "$dir/conf.d" || fail 15 "cannot remove $1"
  fi
  [ ! -d "$dir/hosts.d" ] || assemble
  if alive && facts && has_line "$backends" "$1"; then
    reload
    ! has_line "$backends" "$1" || fail 11 "the router still has backend $1 after its reload"
  fi
}
`;
