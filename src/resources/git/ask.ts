import type { Asker } from "../../model/query.ts";

/**
 * Shell functions for checkouts. `git_in folder args` runs git as whoever owns the folder: what its configuration names is
 * run by git, and is not run as root for that. Nothing is asked of a person, and nothing of what is read is locked.
 */
export const GIT_SHELL = `
git_as() ( # uid argv...
  export GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0 GIT_ASKPASS=/bin/false
  export GIT_SSH_COMMAND='ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new'
  git_uid=$1; shift
  [ "$git_uid" != "$(id -u)" ] || exec "$@"
  git_line=$(getent passwd "$git_uid"); git_line=\${git_line#*:*:*:}
  git_gid=\${git_line%%:*}; git_line=\${git_line#*:*:}; HOME=\${git_line%%:*}; export HOME
  exec setpriv --reuid "$git_uid" --regid "\${git_gid:-$git_uid}" --clear-groups "$@"
)
git_in() { git_folder=$1; shift; git_as "$(stat -c %u -- "$git_folder")" git -c core.fsmonitor=false -C "$git_folder" "$@" </dev/null; }
`;

/**
 * `git:<path>` with what is wanted as further arguments: `commit`, `tag`, `branch` or nothing, its name, and `1` where a
 * branch follows its remote.
 *
 * Answers `absent`; `foreign` where something else is there; `nogit` without git; else
 * `git url= owner= head= on=<branch or -> want=<commit or -> at=yes|no dirty=yes|no`. `want` is what is wanted, as it is
 * known here: of a branch that follows, what the remote says now, or `unreachable`; `at` whether it is there.
 */
export const GIT: Asker = `(
exec 2>/dev/null
${GIT_SHELL}
if [ ! -e "$1" ] && [ ! -L "$1" ]; then
  if command -v git >/dev/null; then line "git:$1" absent; else line "git:$1" nogit; fi; exit
fi
if ! command -v git >/dev/null || [ ! -e "$1/.git" ]; then line "git:$1" foreign; exit; fi
if [ ! -r "$1/.git" ]; then line "git:$1" 'unknown why=it%20may%20not%20be%20read'; exit; fi
git_url=$(git_in "$1" config --get remote.origin.url)
git_head=$(git_in "$1" rev-parse --verify -q 'HEAD^{commit}') || git_head=-
git_on=$(git_in "$1" symbolic-ref -q --short HEAD) || git_on=-
git_want=-
case \${2:-} in
  commit) git_want=$(git_in "$1" rev-parse --verify -q "$3^{commit}") || git_want=- ;;
  tag) git_want=$(git_in "$1" rev-parse --verify -q "refs/tags/$3^{commit}") || git_want=- ;;
  branch)
    if [ "\${4:-}" = 1 ]; then
      git_line=$(timeout 10 sh -c '
${GIT_SHELL.replaceAll("'", "'\\''")}
git_in "$1" ls-remote --exit-code origin "refs/heads/$2"' sh "$1" "$3") && git_want=\${git_line%%"$tab"*} || git_want=unreachable
    else [ "$git_on" != "$3" ] || git_want=$git_head; fi ;;
esac
git_at=no
case \${2:-}:$git_on in
  commit:- | tag:- | branch:"\${3:-}") case $git_want in "$git_head" | unreachable) git_at=yes ;; esac ;;
esac
if git_status=$(git_in "$1" status --porcelain --ignore-submodules=none); then [ -z "$git_status" ] && git_dirty=no || git_dirty=yes; else line "git:$1" 'unknown why=git%20could%20not%20read%20it'; exit; fi
line "git:$1" "git url=$(word "$git_url") owner=$(stat -c %U:%G -- "$1") head=$git_head on=$(word "$git_on") want=$git_want at=$git_at dirty=$git_dirty"
)`;
