import type { Asker } from "../../model/query.ts";

/** How what is in a folder is told from what an archive brought: by the names of all of it. */
export const LISTED = `listed() { ( cd -- "$1" && find . -xdev | LC_ALL=C sort | sha256sum | cut -d ' ' -f 1 ); }`;

/**
 * `archive:<path>` with the name of its record and, where it is wanted, what the answer should be, as further arguments.
 *
 * Answers `absent`; `foreign` where something is there that we did not unpack; `unpacked sha256= strip= owner= mode=`
 * from the record. Where that is not what is wanted, `clean=yes|no` besides: whether others have put anything in.
 */
export const ARCHIVE: Asker = `(
exec 2>/dev/null
${LISTED}
if [ ! -e "$1" ] && [ ! -L "$1" ]; then line "archive:$1" absent; exit; fi
archive_r=$DROVER_STATE/archives/$2.$(stat -c %d-%i -- "$1")
if [ ! -r "$archive_r" ] || [ -L "$1" ]; then line "archive:$1" foreign; exit; fi
{ read -r archive_said; read -r archive_list; } <"$archive_r"
[ "$archive_said" = "\${3:-}" ] ||
  if [ "$(listed "$1")" = "$archive_list" ]; then archive_said="$archive_said clean=yes"; else archive_said="$archive_said clean=no"; fi
line "archive:$1" "$archive_said"
)`;

/** `unpacker:<program>`: `there`, or `absent`. */
export const UNPACKER: Asker = `
for unpacker_p in "$@"; do
  if command -v "$unpacker_p" >/dev/null; then line "unpacker:$unpacker_p" there; else line "unpacker:$unpacker_p" absent; fi
done`;
