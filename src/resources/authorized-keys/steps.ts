import type { Step } from "../../model/step.ts";
import { MERGE } from "./merge.ts";

/**
 * Works in a folder that belongs to the user, who may swap what is in it meanwhile: it goes in and makes sure where it is,
 * reads with the user's own rights, stages in a folder of root's own, and renames from within. What is replaced is kept.
 */
const WRITE = `umask 077; KEYS_WANTED=$(cat); KEYS_OWNER=$2; KEYS_ONLY=$3; KEYS_DO=write; export KEYS_OWNER KEYS_ONLY KEYS_WANTED KEYS_DO
fail() { echo "$1" >&2; exit 1; }
entry=$(awk -F : -v name="$1" '$1 == name { print $3 ":" $4 ":" $6; exit }' /etc/passwd)
uid=\${entry%%:*}; gid=\${entry#*:}; home=\${gid#*:}; gid=\${gid%%:*}
[ -n "$uid" ] || fail "there is no user $1"
as_user() {
  if [ "$uid" = "$(id -u)" ]; then "$@"; else setpriv --reuid="$uid" --regid="$gid" --clear-groups -- "$@"; fi
}
cd -P -- "$home" || fail "the home $home of $1 is not there"
home=$(pwd -P); [ "$home" = / ] && ssh=/.ssh || ssh=$home/.ssh
[ -e .ssh ] || [ -L .ssh ] || as_user mkdir -m 0700 .ssh || exit
cd -P .ssh && [ "$(pwd -P)" = "$ssh" ] || fail "$ssh is a link"
case $(stat -c %u .) in "$uid" | 0) ;; *) fail "$ssh belongs to somebody else" ;; esac
case $(stat -c %a .) in *[2367] | *[2367]?) as_user chmod go-w . || exit ;; esac
stage=.drover.authorized_keys.new
rm -rf -- "$stage" && mkdir -m 0700 "$stage" && cd -P "$stage" && [ "$(pwd -P)" = "$ssh/$stage" ] && [ -O . ] || fail "somebody moves things in $ssh"
if [ -L ../authorized_keys ] || [ -d ../authorized_keys ]; then cd .. && rm -rf -- "$stage"; fail "$ssh/authorized_keys is a link or a folder"; fi
: >old
if [ -e ../authorized_keys ]; then
  ( cd .. && as_user cat authorized_keys ) >old || exit
  sum=$(sha256sum <old); sum=\${sum%% *}; blobs=\${DROVER_STATE:-/var/lib/drover}/blobs
  if [ ! -e "$blobs/$sum" ]; then mkdir -p -- "$blobs" && cp old "$blobs/.new" && sync "$blobs/.new" && mv -f "$blobs/.new" "$blobs/$sum" && sync "$blobs" || exit; fi
fi
awk '${MERGE}' <old >new || exit
if [ -s new ] || [ -n "$KEYS_WANTED" ]; then
  chown -- "$uid:$gid" new && chmod 0600 new && sync new && mv -f new ../authorized_keys || exit
else rm -f ../authorized_keys; fi
cd .. && rm -rf -- "$stage" && sync .`;

/** Brings the file to the lines wanted; none takes ours away. */
export function writeKeys(user: string, owner: string, lines: readonly string[], only: boolean): Step {
  const argv = ["sh", "-c", WRITE, "sh", user, owner, only ? "yes" : "no"];
  return { kind: "exec", argv, stdin: lines.map((line) => `${line}\n`).join(""), within: 60 };
}
