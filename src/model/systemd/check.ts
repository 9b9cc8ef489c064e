/**
 * Holds a staged unit against systemd's own parser. What it could not read, and would go without, is refused: unknown
 * keys and sections, values that do not parse, a unit that could not start at all. What is not there yet (a program, a
 * unit that it needs) is none of the file's faults, and neither is what systemd still understands but calls old.
 */
const VERIFY = `
command -v systemd-analyze >/dev/null || { rm -rf -- "$kept"; exit 0; }
export named stem
systemd-analyze verify --man=no "$kept/$base" 2>&1 | awk '
  BEGIN { named = ENVIRON["named"] ":"; stem = ENVIRON["stem"] }
  /please use|please update|removed soon|deprecated/ { next }
  index($0, named) == 1 { print "line " substr($0, length(named) + 1); bad = 1; next }
  stem != "" && index($0, stem) == 1 && /Refusing|fatal error/ { print; bad = 1 }
  END { exit bad }'
code=$?
rm -rf -- "$kept"
exit $code`;

const UNIT = `staged=$1; base=$2; kept=\${staged%/*}/check; named=$kept/$base
case $base in *@.*) stem=\${base%%@*}@ ;; *) stem=$base: ;; esac
mkdir -m 0700 -- "$kept" && cp -- "$staged" "$kept/$base" || exit${VERIFY}`;

/** A drop-in is read on top of an empty unit: only its own lines are judged. */
const DROP_IN = `staged=$1; base=$2; kept=\${staged%/*}/check; named=$kept/$base.d/own.conf; stem=
mkdir -m 0700 -- "$kept" && mkdir -- "$kept/$base.d" && printf '[Unit]\\n' >"$kept/$base" && cp -- "$staged" "$named" || exit${VERIFY}`;

/** systemd's own word on calendar expressions, first: it says what is wrong with them best. */
const CALENDARS = `staged=$1; base=$2; shift 2
if command -v systemd-analyze >/dev/null; then
  for one in "$@"; do systemd-analyze calendar -- "$one" >/dev/null || exit; done
fi
set -- "$staged" "$base"
`;

/** A program that accepts a unit's staged file. */
export function unitCheck(unit: string): string[] {
  return ["sh", "-c", UNIT, "sh", "{}", unit];
}

export function dropInCheck(unit: string): string[] {
  return ["sh", "-c", DROP_IN, "sh", "{}", unit];
}

export function timerCheck(unit: string, calendars: readonly string[]): string[] {
  return ["sh", "-c", `${CALENDARS}${UNIT}`, "sh", "{}", unit, ...calendars];
}
