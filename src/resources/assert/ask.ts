import { ATTEMPT } from "../../model/attempt/script.ts";
import type { Asker } from "../../model/query.ts";

/** `assert:<name>`, with a user, a folder and an argv as further arguments: `holds`, or `fails code= said=` with its last words. */
export const ASSERT: Asker = `(
${ATTEMPT}
assert_n=$1; shift
assert_said=$({ attempt 30 "$@" 2>&1 </dev/null; assert_code=$?; [ -z "$attempt_lacks" ] || printf '%s is not there' "$attempt_lacks"; printf '\\n%s' "$assert_code"; } | tail -c 400)
assert_code=\${assert_said##*"$nl"}
[ "$assert_code" != 0 ] || { line "assert:$assert_n" holds; exit 0; }
assert_said=$(printf %s "\${assert_said%"$nl"*}" | tr '\\000-\\037\\177' ' ')
line "assert:$assert_n" "fails code=$assert_code said=$(word "$assert_said")"
)`;
