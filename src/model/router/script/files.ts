/** Part of `sync`: files are judged by HAProxy first, then replaced whole. */
export const filesPart = `same() {
  [ -e "$2" ] && [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ]
}

# Replaces $2 by the bytes of $1, durably: synced, renamed, its directory synced.
put() {
  same "$1" "$2" && return
  put_new=\${2%/*}/.new
  cat "$1" >"$put_new" && sync "$put_new" && mv -f "$put_new" "$2" && sync "\${2%/*}" || fail 15 "cannot write $2"
}

# Puts the host names of all apps together.
assemble() {
  set -- "$dir"/hosts.d/*.map
  [ -e "$1" ] || set -- /dev/null
  cat "$@" >"$dir/.hosts" && put "$dir/.hosts" "$map" && rm -f "$dir/.hosts" || fail 15 "cannot write $map"
}

folders() {
  mkdir -p "$dir/conf.d" "$dir/hosts.d" || fail 15 "cannot make $dir"
  [ -e "$map" ] || assemble
}

# Lets HAProxy judge all files with $1 in place of $2.
judge() {
  judge_new=$1 judge_old=$2
  set --
  for judge_file in "$dir"/conf.d/*.cfg; do
    [ "$judge_file" = "$judge_old" ] && judge_file=$judge_new judge_new=
    [ -e "$judge_file" ] && set -- "$@" -f "$judge_file"
  done
  [ -z "$judge_new" ] || set -- "$@" -f "$judge_new"
  judge_said=$(haproxy -c "$@" 2>&1) || fail 10 "$judge_said\${nl}HAProxy refuses this configuration; nothing was changed"
}

# Reads a fragment: its servers as lines "name address:port" in $wanted.
read_fragment() {
  wanted= fragment_name= fragment_more=
  while read -r word first second rest; do
    case $word in
      backend) [ -z "$fragment_name" ] && fragment_name=$first || fragment_more=$first ;;
      server) wanted="$wanted$first $second$nl" ;;
      global | defaults | frontend | listen | peers | resolvers | program | ring | cache | userlist | mailers | \\
        http-errors | fcgi-app | log-forward | crt-store) fragment_more=$word ;;
    esac
  done <"$2"
  [ "$fragment_name" = "$1" ] && [ -z "$fragment_more" ] || fail 10 "$2 is not the backend $1 and nothing else"
}

# Reads host names as lines "host backend" in $hosts, and refuses those that another app holds.
read_hosts() {
  hosts=
  while read -r key value rest; do
    [ "$value" = "$1" ] || fail 10 "$2 leads $key to $value, not to $1"
    hosts="$hosts$key $value$nl"
  done <"$2"
  for other in "$dir"/hosts.d/*.map; do
    [ -e "$other" ] && [ "$other" != "$dir/hosts.d/$1.map" ] || continue
    while read -r key value rest; do
      has_start "$hosts" "$key " || continue
      owner_of "$value"
      fail 13 "host name $key is served by $value of $owner"
    done <"$other"
  done
}

# The owner that a fragment names in its first line, in $owner.
owner_of() {
  owner=
  [ -r "$dir/conf.d/50-$1.cfg" ] || return 0
  read -r hash owner rest <"$dir/conf.d/50-$1.cfg"
  owner=\${owner#owner=}
}
`;
