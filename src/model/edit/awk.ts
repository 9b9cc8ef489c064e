/**
 * The awk that edits of text files share. It gets what is wanted as its first input (`part=1 -`) and the file as its
 * second (`part=2 <path>`). What the file is like is kept: its line ends (those of its first line count), and a last
 * line without a newline. Works in mawk, gawk and busybox; bytes are bytes, because LC_ALL is C.
 */
export const READ = `
{ text = $0; cr = sub(/\\r$/, "", text) }
part == 1 { want[++wants] = text; next }
{ raw[++n] = $0; bare[n] = text; if (n == 1 && cr) eol = "\\r" }
function put(text) { printf "%s%s", sep, text; sep = "\\n" }
function finish() { if (final && sep != "") printf "\\n" }
# Where something new goes: the number of the line that it comes after.
function place(i, last) {
  last = -1
  if (after != "") for (i = 1; i <= n; i++) if (bare[i] ~ after) last = i
  if (last < 0 && before != "") for (i = n; i >= 1; i--) if (bare[i] ~ before) last = i - 1
  return last < 0 ? n + 0 : last
}`;

/**
 * Shell functions for edits. \`edit_final\` says in REPLY whether the last line has its newline (an empty file's has);
 * \`edit_plain\` whether a file is text, \`edit_open\` whether everybody may read it.
 */
export const EDIT_SHELL = `
edit_final() { REPLY=1; if [ -s "$1" ] && [ -n "$(tail -c 1 -- "$1")" ]; then REPLY=0; fi; }
edit_plain() { [ "$(tr -d '\\000' <"$1" | wc -c)" -eq "$(wc -c <"$1")" ]; }
edit_open() { case $(stat -c %a -- "$1") in *[4567]) return 0 ;; *) return 1 ;; esac; }
`;
