import { ATTEMPT } from "../../model/attempt/script.ts";
import type { Asker } from "../../model/query.ts";

/** How long a check may take, in seconds: it runs in every plan. */
export const CHECK_LIMIT = 30;

/**
 * `command:<name>`, with the check's user, folder and argv as further arguments: `done` when it ends with 0, `needed` on any
 * other exit code, `missing what=` where something that the check itself needs is not there.
 */
export const COMMAND: Asker = `(
${ATTEMPT}
command_n=$1; shift
attempt ${CHECK_LIMIT} "$@" >/dev/null 2>&1 </dev/null
command_code=$?
if [ -n "$attempt_lacks" ]; then line "command:$command_n" "missing what=$(word "$attempt_lacks")"; exit 0; fi
case $command_code in
  0) line "command:$command_n" done ;;
  124 | 137) line "command:$command_n" 'unknown why=its%20check%20did%20not%20end%20within%20${CHECK_LIMIT}%20s' ;;
  *) line "command:$command_n" needed ;;
esac
)`;
