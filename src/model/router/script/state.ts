/** Part of `sync`: the one that changes nothing. */
export const statePart = `# Prints what files and runtime say, with nothing written anywhere.
state() {
  if [ ! -e "$dir/conf.d/00-base.cfg" ]; then
    [ -e "$dir" ] || [ -x "\${dir%/*}" ] || [ ! -e "\${dir%/*}" ] || { printf 'router\\tunknown why=no-right-to-read\\n' && return; }
    printf 'router\\tabsent\\n'
    return
  fi
  state_runtime=down
  state_olds=
  if alive; then state_runs && state_runtime=up || state_runtime=mute; fi
  {
    state_files
    [ "$state_runtime" != up ] || state_lines
  } | sort | state_fold
}

# What is known, as lines "name<TAB>what<TAB>value"; the router's own have no name. Sorted, those of a name meet.
state_files() {
  set -- "$dir/conf.d/00-base.cfg"
  for state_file in "$dir"/conf.d/50-*.cfg "$dir"/hosts.d/*.map; do
    [ ! -e "$state_file" ] || set -- "$@" "$state_file"
  done
  sha256sum "$@" | while read -r sha path; do
    sha=\${sha%"\${sha#????????????}"}
    name=\${path##*/}
    case $path in
      */conf.d/00-base.cfg) printf '\\tbase\\t%s\\n' "$sha" ;;
      */conf.d/*)
        name=\${name#50-}
        name=\${name%.cfg}
        owner_of "$name"
        printf '%s\\tfragment\\t%s\\n%s\\towner\\t%s\\n' "$name" "$sha" "$name" "$owner"
        ;;
      *) printf '%s\\tmap\\t%s\\n' "\${name%.map}" "$sha" ;;
    esac
  done
  set -- "$dir"/hosts.d/*.map
  [ -e "$1" ] || set -- /dev/null
  [ "$(cat "$@" | sha256sum)" != "$(sha256sum 2>/dev/null <"$map")" ] || printf '\\thosts\\tassembled\\n'
}

# Asks the current worker, and those before it for the sessions that they still serve.
state_runs() {
  facts || return 1
  for state_pid in $olds; do
    if ask '# pxname' "@!$state_pid; show stat -1 4 -1"; then
      state_olds=$state_olds$answer$nl
    elif [ -d "/proc/$state_pid" ]; then
      return 1
    fi
  done
}

state_lines() {
  each_line state_backend "$backends"
  each_line state_server "$servers"
  each_line state_entry "$entries"
  state_old "$state_olds"
}

state_backend() {
  case $1 in _*) ;; *) printf '%s\\tloaded\\t\\n' "$1" ;; esac
}

state_server() {
  case $1 in _*) return ;; esac
  if [ "$4 $5" = '2 0' ]; then
    printf '%s\\tserver\\t%s@%s\\n' "$1" "$2" "$3"
  else
    printf '%s\\tleaving\\t%s\\n' "$1" "$2"
  fi
}

state_entry() {
  case $1 in
    '*'*) printf '%s\\tdomain\\t%%2a%s\\n' "\${2-}" "\${1#?}" ;;
    *) printf '%s\\tdomain\\t%s\\n' "\${2-}" "$1" ;;
  esac
}

# Servers with sessions in a worker before the current one, which does not have them any more.
state_old() {
  set -f
  IFS=$nl
  for state_line in $1; do
    IFS=,
    # shellcheck disable=SC2086
    set -- $state_line
    case $1 in '#'* | _*) continue ;; esac
    [ "$(($3 + $5))" = 0 ] || has_start "$servers" "$1 $2 " || printf '%s\\tleaving\\t%s\\n' "$1" "$2"
  done
  unset IFS
  set +f
}

# Folds the sorted lines: first the router's, then a line for each name.
state_fold() {
  fold_name= fold_base= fold_hosts=differs
  state_clear
  while IFS= read -r line; do
    name=\${line%%"$tab"*}
    line=\${line#*"$tab"}
    value=\${line#*"$tab"}
    if [ "$name" != "$fold_name" ]; then
      state_print
      fold_name=$name
    fi
    case \${line%%"$tab"*} in
      base) fold_base=$value ;;
      hosts) fold_hosts=$value ;;
      fragment) fold_fragment=$value ;;
      map) fold_map=$value ;;
      owner) fold_owner=$value ;;
      loaded) fold_loaded=yes ;;
      server) fold_servers=$fold_servers\${fold_servers:+,}$value ;;
      leaving) fold_leaving=$fold_leaving\${fold_leaving:+,}$value ;;
      domain) fold_domains=$fold_domains\${fold_domains:+,}$value ;;
    esac
  done
  state_print
}

state_clear() {
  fold_fragment=none fold_map=none fold_owner= fold_loaded= fold_servers= fold_leaving= fold_domains=
}

state_print() {
  if [ -z "$fold_name" ]; then
    state_router
  elif [ "$state_runtime" = mute ]; then
    printf 'route:%s\\tunknown why=router-does-not-answer\\n' "$fold_name"
  else
    fold_head=served
    [ -n "$fold_loaded" ] || fold_head=written
    [ "$fold_fragment" != none ] || fold_head=stray
    printf 'route:%s\\t%s owner=%s config=%s.%s runtime=%s leaving=%s domains=%s\\n' "$fold_name" "$fold_head" \\
      "$fold_owner" "$fold_fragment" "$fold_map" "$fold_servers" "$fold_leaving" "$fold_domains"
  fi
  state_clear
}

state_router() {
  case $state_runtime in
    up)
      printf 'router\\trunning version=%s pid=%s config=%s loaded=%s hosts=%s\\n' \\
        "$version" "$master" "$fold_base" "$loaded" "$fold_hosts"
      ;;
    mute) printf 'router\\tunknown why=router-does-not-answer\\n' ;;
    down) printf 'router\\tstopped config=%s hosts=%s\\n' "$fold_base" "$fold_hosts" ;;
  esac
}
`;
