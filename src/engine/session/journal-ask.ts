import type { Asker } from "../../model/query.ts";
import { DEAD_RUNS } from "./dead-runs.ts";

/**
 * `journal:head` (or `journal:all` for every line): what the target remembers: the cached fold with its number, the lines after it, and who holds the
 * lock now. Lines of JSON hold no tab, so each travels as an answer of its own.
 *
 * `journal:left`: a run that died left something behind, which the next run sweeps.
 *
 * The lock itself is not tried: `flock` would open it as a file to be made, and a runner that starts in that moment would
 * find it taken. Whoever holds it has said which process it is.
 */
export const JOURNAL: Asker = `${DEAD_RUNS}journal_seq=0
if [ "$1" != all ] && [ -r "$DROVER_STATE/checkpoint" ]; then
  { read -r journal_seq; read -r journal_json; } <"$DROVER_STATE/checkpoint"
  line journal:checkpoint "$journal_json"
fi
if [ -e "$DROVER_STATE/journal" ]; then
  if [ -r "$DROVER_STATE/journal" ]; then
    awk -v after="$journal_seq" 'NR > after { printf "journal-line:%d\\t%s\\n", NR, $0 } END { printf "journal:head\\t%d\\n", NR }' "$DROVER_STATE/journal"
  else line journal:head 'unknown why=rights'; fi
else line journal:head 0; fi
if [ -r "$DROVER_STATE/holder-process" ]; then
  read -r journal_pid journal_start journal_more <"$DROVER_STATE/holder-process"
  if [ -n "$journal_start" ] && [ "$(started "$journal_pid")" = "$journal_start" ] && [ "\${journal_more#* }" = "$(cat /proc/sys/kernel/random/boot_id)" ]; then
    line journal:holder "$(cat "$DROVER_STATE/holder" 2>/dev/null | tr -d '\\n\\t')"
  fi
fi
[ -z "$(dead_runs)" ] || line journal:left yes
`;
