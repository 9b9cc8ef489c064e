import type { ExecStep } from "../step.ts";

/**
 * Gives a shared file of lines (`/etc/hosts`, `/etc/fstab`) other lines: an awk program reads it and prints what it is to
 * be. Staged beside it (root's own folders only), checked, synced, renamed, its folder synced; mode and owner stay. A file
 * that is a mount point of its own, as a container's /etc/hosts, cannot be replaced: it is written in place.
 */
const REWRITE = (program: string, check: string): string => `
f=$1; shift; d=\${f%/*} from=$f; t=$d/.drover.\${f##*/}.new
if [ -L "$f" ]; then echo "$f is a link: it is not followed"; exit 1; fi
rm -rf -- "$t" || exit
if [ -e "$f" ]; then cp -p -- "$f" "$t" || exit; else from=/dev/null; : >"$t" && chmod 0644 "$t" || exit; fi
fail() { rm -f -- "$t"; exit 1; }
DROVER_A=\${1:-} DROVER_B=\${2:-} DROVER_C=\${3:-} awk '${program}' "$from" >"$t" || fail
if ! { ${check}; }; then echo "what was to be written to $f is not accepted"; fail; fi
sync "$t" 2>/dev/null || sync
if cut -d ' ' -f 5 /proc/self/mountinfo | grep -qxF -- "$f"; then
  cat -- "$t" >"$f" || fail
  sync "$f" 2>/dev/null || sync
  rm -f -- "$t"
else
  mv -f -- "$t" "$f" || fail
  sync "$d" 2>/dev/null || sync
fi`;

/**
 * `program` is awk without a single quote, and has its arguments as ENVIRON["DROVER_A"], `_B` and `_C`; `check` is sh that
 * accepts the staged file `$t`.
 */
export function rewriteStep(path: string, program: string, args: readonly string[], check = ":"): ExecStep {
  return { kind: "exec", argv: ["sh", "-c", REWRITE(program, check), "sh", path, ...args], within: 60 };
}
