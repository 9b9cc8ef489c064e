import type { Asker } from "../query.ts";
import { FOLDERS } from "./folders.ts";

/**
 * `path:<path>`, set-wise: two `stat` and one `sha256sum` for all.
 *
 * Answers `file mode=644 owner=root:root sha256=...`, `directory mode= owner=`, `link to=`, `mounted mode= owner=` (a file
 * that is a mount point of its own cannot be replaced by rename), `other`, `absent`, or `unknown why=`. Things that are
 * not root's have `ids=uid:gid` besides, and links have `owner=` only then. A path is unknown where a folder above it is
 * a link that others could have put there: what would be changed is then not what was named.
 */
export const PATH: Asker = walk({
  // Collected, and hashed by one call; names with a backslash, which that call would escape, by one each.
  file: `case $path_p in
      *\\\\*) path_sum=$(sha256sum <"$path_p"); path_hashed "$path_p" "$path_meta" "\${path_sum%% *}" ;;
      *) path_files=$path_files$path_p$nl; path_pairs=$path_pairs$path_p$nl$path_meta$nl ;;
    esac`,
  last: `
set -- $path_pairs
if [ $# -gt 0 ]; then
  for path_line in $(sha256sum -- $path_files); do
    while [ $# -gt 0 ] && [ "$1" != "\${path_line#*  }" ]; do path_hashed "$1" "$2" ''; shift 2; done
    [ $# -eq 0 ] || { path_hashed "$1" "$2" "\${path_line%% *}"; shift 2; }
  done
  while [ $# -gt 0 ]; do path_hashed "$1" "$2" ''; shift 2; done
fi`,
});

/** `entry:<path>`: as `path` without the digest, for files that may hold a secret. */
export const ENTRY: Asker = walk({ kind: "entry", file: `line "entry:$path_p" "file $path_meta"` });

/**
 * `secretfile:<path>` with the text wanted as further argument: as `entry`, with `secret=same|other`. The text is
 * compared on the target, in pipes: neither it nor its digest leaves it.
 */
export const SECRETFILE: Asker = walk({
  kind: "secretfile",
  first: `path_text=$2; set -- "$1"`,
  file: `path_sum=$(sha256sum <"$path_p")
    if [ -z "$path_sum" ]; then line "secretfile:$path_p" 'unknown why=it%20may%20not%20be%20read'
    elif [ "$path_sum" = "$(printf %s "$path_text" | sha256sum)" ]; then line "secretfile:$path_p" "file $path_meta secret=same"
    else line "secretfile:$path_p" "file $path_meta secret=other"; fi`,
});

/**
 * `keyed:<path>`: `keyed sum=` and the digest of a file that may hold a secret, under the target's own key: `none` before there is
 * one. Whoever does not have that key cannot try values against it.
 */
export const KEYED: Asker = `(
exec 2>/dev/null
for keyed_p in "$@"; do
  if [ ! -f "$keyed_p" ] || [ -L "$keyed_p" ]; then line "keyed:$keyed_p" absent
  elif [ ! -r "$keyed_p" ]; then line "keyed:$keyed_p" 'unknown why=it%20may%20not%20be%20read'
  else keyed <"$keyed_p"; line "keyed:$keyed_p" "keyed sum=$REPLY"; fi
done
)`;

interface Walk {
  readonly kind?: string;
  /** Before anything else. */
  readonly first?: string;
  /** For a regular file `$path_p` with `$path_meta`. */
  readonly file: string;
  /** After all paths. */
  readonly last?: string;
}

/** All in a subshell, so that options and variables stay its own. */
function walk({ kind = "path", first = ":", file, last = "" }: Walk): Asker {
  return `(
exec 2>/dev/null; set -f; IFS=$nl; path_kind=${kind}
${first}
${FOLDERS}
path_hashed() { # path, meta, digest
  if [ -n "$3" ]; then line "path:$1" "file $2 sha256=$3"; else line "path:$1" 'unknown why=it%20may%20not%20be%20read'; fi
}
path_missing() { # path
  path_trust "$1"
  if [ -n "$path_why" ]; then line "$path_kind:$1" "unknown why=$(word "$path_why")"; return; fi
  path_why='No such file or directory'
  [ -z "$path_odd" ] || path_why=$(stat -- "$1" 2>&1 >/dev/null)
  case $path_why in
    *'No such file or directory') line "$path_kind:$1" absent ;;
    *) line "$path_kind:$1" "unknown why=$(word "\${path_why##*: }")" ;;
  esac
}
path_here() {
  path_owner=$path_user:$path_group
  case $path_owner in *[!A-Za-z0-9._:-]*) path_owner=$(word "$path_owner") ;; esac
  if [ "$path_uid:$path_gid" = 0:0 ]; then path_owner=root:root; else path_owner="$path_owner ids=$path_uid:$path_gid"; fi
  path_meta="mode=$path_mode owner=$path_owner"
  case $path_type in
    4???) line "$path_kind:$path_p" "directory $path_meta" ;;
    a???) path_linked=$path_linked$path_p$nl
      if [ "$path_owner" = root:root ]; then path_metas=$path_metas-$nl; else path_metas=$path_metas$path_owner$nl; fi ;;
    8???)
      case $path_mounts in *"$nl$path_p$nl"*) line "$path_kind:$path_p" "mounted $path_meta"; return ;; esac
    ${file} ;;
    *) line "$path_kind:$path_p" other ;;
  esac
}
path_lead() { # path, target: the first of path_metas is its own
  path_to=$2
  case $path_to in *[!A-Za-z0-9._/@+-]*) path_to=$(word "$(printf %s "$path_to" | tr '\\000-\\037\\177' '?')") ;; esac
  path_meta=\${path_metas%%"$nl"*}; path_metas=\${path_metas#*"$nl"}
  [ "$path_meta" = - ] && path_meta= || path_meta=" owner=$path_meta"
  line "$path_kind:$1" "link to=$path_to$path_meta"
}
# Busybox reads one link at a time, and a target may hold a line break: then each is read by itself.
path_leads() { # paths
  path_count=0; path_targets=$(readlink -- "$@")
  for path_to in $path_targets; do path_count=$((path_count + 1)); done
  if [ $path_count = $# ]; then for path_to in $path_targets; do path_lead "$1" "$path_to"; shift; done
  else for path_p in "$@"; do path_lead "$path_p" "$(readlink -n -- "$path_p")"; done; fi
}
path_mounts=$nl$(cut -d ' ' -f 5 /proc/self/mountinfo)$nl
path_folders "$@"
path_files=; path_pairs=; path_odd=; path_linked=; path_metas=
path_lines=$(stat -c "$path_format" -- "$@" 2>&1)
for path_line in $path_lines; do
  case $path_line in "stat: "*'No such file or directory') ;; "stat: "*) path_odd=1 ;; esac
done
for path_line in $path_lines; do
  case $path_line in "stat: "*) continue ;; esac
  path_split "$path_line"
  while [ $# -gt 0 ] && [ "$1" != "$path_p" ]; do path_missing "$1"; shift; done
  path_trust "$path_p"
  if [ -n "$path_why" ]; then line "$path_kind:$path_p" "unknown why=$(word "$path_why")"; else path_here; fi
  shift
done
while [ $# -gt 0 ]; do path_missing "$1"; shift; done
[ -z "$path_linked" ] || path_leads $path_linked
${last}
)`;
}
