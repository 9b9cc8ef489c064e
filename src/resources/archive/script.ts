import { REMOVE_TREE } from "../../model/edit/remove-tree.ts";
import { FETCH } from "../../model/fetch/script.ts";
import { LISTED } from "./ask.ts";

/**
 * What is wrong with an archive, before it is unpacked: names that lead out of it, by the listing alone. Its first input
 * are the names, its second the long listing, in the same order; a member below a link would be written where that leads.
 */
const NAMES = `
part == 1 { name[++n] = $0; sub(/\\/+$/, "", name[n]); next }
{ if (substr($0, 1, 1) == "l") link[name[++m]] = 1; else m++ }
function refuse(why) { print why; bad = 1; exit }
END {
  if (bad) exit
  for (i = 1; i <= n; i++) {
    if (name[i] ~ /^\\//) refuse("it holds an absolute name: " name[i])
    if (name[i] ~ /(^|\\/)\\.\\.(\\/|$)/) refuse("it holds a name that leads out: " name[i])
    parts = split(name[i], part_, "/"); above = ""
    for (j = 1; j < parts; j++) {
      above = above (j > 1 ? "/" : "") part_[j]
      if (above in link) refuse("it puts " name[i] " below a link")
    }
  }
}`;

/** Unpacks \`got\` into \`new\`. */
const UNPACK = `
plain() { case $format in gz) gzip -dc got ;; xz) xz -dc got ;; zst) zstd -qdc got ;; *) cat got ;; esac; }
refuse() { printf 'refused: %s\\n' "$1"; exit 1; }
unpack() {
  umask 022; mkdir new names || return
  if [ "$format" = zip ]; then unzip -Z1 got >names/short || return; : >names/long; : >names/said
  else plain | tar -tf - >names/short 2>names/said && plain | tar -tvf - >names/long 2>>names/said || { cat names/said; return 1; }; fi
  why=$(awk '${NAMES}' part=1 names/short part=2 names/long) || return
  [ -z "$why" ] || refuse "$why"
  # Busybox does not list such names as they are.
  ! grep -q 'emoving leading' names/said || refuse "it holds names that lead out: $(grep -m 1 'emoving leading' names/said)"
  if [ "$format" = zip ]; then unzip -q -o got -d new </dev/null; else plain | tar -xof - -C new; fi
}
# Nothing of it may be anything but files, folders, and links that stay inside.
contained() {
  why=$(find new ! -type f ! -type d ! -type l | head -n 1)
  [ -z "$why" ] || refuse "it holds a device, a pipe or a socket: $why"
  why=$(find new -type f -links +1 -exec stat -c '%d:%i %h' {} + | awk '{ seen[$1]++; want[$1] = $2 } END { for (i in seen) if (seen[i] != want[i]) print i }')
  [ -z "$why" ] || refuse 'it holds a hard link that leads out'
  why=$(find new -name "*$nl*" | head -n 1)
  [ -z "$why" ] || refuse 'it holds a name with a line break'
  find new -type l >names/links
  while IFS= read -r link; do
    to=$(readlink -- "$link"; printf .); to=\${to%?.}; depth=-1; down=
    out="it holds a link that leads out: $link -> $to"
    case $to in /*) refuse "$out" ;; esac
    IFS=/; for part in \${link#new/}; do depth=$((depth + 1)); done
    # A way up after one down may pass a link: where that leads, words alone do not tell.
    for part in $to; do
      case $part in '' | .) ;; ..) depth=$((depth - 1)); [ -z "$down" ] || refuse "$out" ;; *) down=1 ;; esac
      [ $depth -ge 0 ] || refuse "$out"
    done
    IFS=' '
  done <names/links
}
# As tar does it: what lies above the level is left out.
strip() {
  mkdir up && set +f || return
  for above in new/* new/.[!.]* new/..?*; do
    [ -d "$above" ] && [ ! -L "$above" ] || continue
    for inner in "$above"/* "$above"/.[!.]* "$above"/..?*; do
      [ -e "$inner" ] || [ -L "$inner" ] || continue
      [ ! -e "up/\${inner##*/}" ] || refuse "two of its folders hold \${inner##*/}, which strip would make one"
      mv -- "$inner" up/ || return
    done
  done
  set -f; rm -rf new && mv up new
}
`;

/**
 * Words: path, record, sha256, strip, owner, mode, format, within, archive on the target or nothing. All is made beside
 * its place; the record is by the folder's own number, so that it holds from the moment of the swap, and not before.
 */
export const MAKE = `${FETCH}${LISTED}${UNPACK}
path=$1 record=$2 sha=$3 strip=$4 owner=$5 mode=$6 format=$7
records=\${note%/*}/archives
stage "$path" || exit
if [ -n "$9" ]; then cat -- "$9" >got && verify got "$sha" || exit; else fetch "$sha" "$8" || exit; fi
( unpack ) || { printf 'it could not be unpacked\\n'; exit 1; }
level=0; while [ $level -lt "$strip" ]; do ( strip ) || exit; level=$((level + 1)); done
( contained ) || exit
chown -R -h -- "$owner" new && chmod -- "$mode" new || exit
umask 077; mkdir -p -- "$records" || exit
kept=$records/$record.$(stat -c %d-%i new)
printf 'unpacked sha256=%s strip=%s owner=%s mode=%s\\n%s\\n' "$sha" "$strip" "$owner" "$mode" "$(listed new)" >"$kept.new" &&
  sync && mv -f -- "$kept.new" "$kept" || exit
if [ -e "../$base" ]; then mv -T -- "../$base" old || exit; fi
mv -T -- new "../$base" || { [ ! -e old ] || mv -T -- old "../$base"; exit 1; }
set +f; for other in "$records/$record".*; do [ "$other" = "$kept" ] || rm -f -- "$other"; done
staged`;

/** Words: path, record. */
export const TAKE_AWAY = `${REMOVE_TREE}remove_tree "$1" && rm -f -- "\${DROVER_STATE:-/var/lib/drover}/archives/$2".*`;
