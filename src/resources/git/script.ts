import { GIT_SHELL } from "./ask.ts";

/**
 * Words: path, owner, kind (`commit`, `tag`, `branch`), what is wanted, depth or nothing, submodules (0, 1), force (0, 1).
 * The URL comes on stdin. A new checkout is made beside its place and renamed. What has no place of its own in the
 * remote's list, a commit, is fetched by itself, or with all branches where a server does not give it so.
 */
export const CHECK_OUT = `set -f; umask 022
${GIT_SHELL}
path=$1 owner=$2 kind=$3 want=$4 depth=$5 modules=$6 force=$7; url=$(cat)
note=\${DROVER_STATE:-/var/lib/drover}/staged
uid=$(id -u -- "\${owner%%:*}") || exit
in_it() { git_as "$uid" git -c core.fsmonitor=false -C "$at" "$@" </dev/null; }
fetch() { in_it fetch -q --force \${depth:+--depth "$depth"} origin "$@"; }
check_out() {
  case $kind in
    tag) fetch "+refs/tags/$want:refs/tags/$want" && commit=$(in_it rev-parse --verify "refs/tags/$want^{commit}") ;;
    branch) fetch "+refs/heads/$want:refs/remotes/origin/$want" && commit=$(in_it rev-parse --verify "refs/remotes/origin/$want^{commit}") ;;
    commit)
      in_it cat-file -e "$want^{commit}" 2>/dev/null || fetch "$want" 2>/dev/null ||
        in_it fetch -q --force --tags origin '+refs/heads/*:refs/remotes/origin/*' || return
      commit=$(in_it rev-parse --verify "$want^{commit}") ;;
  esac || return
  if [ "$force" = 1 ]; then in_it reset -q --hard && in_it clean -q -f -d || return; fi
  if [ "$kind" = branch ]; then in_it checkout -q -B "$want" "$commit"; else in_it checkout -q --detach "$commit"; fi || return
  [ "$modules" = 0 ] || in_it submodule -q update --init --recursive \${depth:+--depth "$depth"} || return
  # git itself leaves what it checked out to the kernel: after a power cut files would be empty.
  sync -f "$at" 2>/dev/null || sync
}
if [ -e "$path" ]; then
  at=$path
  in_it remote set-url origin "$url" && check_out
else
  folder=\${path%/*}; at=\${folder:-}/.drover.\${path##*/}.new
  trap 'rm -rf -- "$at"; rm -f -- "$note"' EXIT
  printf '%s\\n' "$at" >"$note" && rm -rf -- "$at" && mkdir -m 0755 -- "$at" && chown -- "$owner" "$at" || exit
  in_it init -q && in_it remote add origin "$url" && check_out || exit
  mv -T -- "$at" "$path" && { sync "\${folder:-/}" 2>/dev/null || sync; }
fi`;
