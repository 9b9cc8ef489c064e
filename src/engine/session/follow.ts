import { DroverError, type ErrorCode } from "../../lib/error.ts";
import { parseLines } from "../../lib/ndjson.ts";
import type { JournalLine } from "../../model/journal.ts";

/**
 * Waits up to five seconds for lines after `$after`, then prints the runner's state and the lines. Long polling: it
 * survives lost connections, and every look tells the runner that its client lives.
 */
export const FOLLOW = `
printf '%s' "$beat" >"$dir/client"
alive() { { read -r run_pid run_start; } <"$dir/pid" 2>/dev/null || return 1; [ "$(started "$run_pid")" = "$run_start" ]; }
look=0
# Every look takes a process of a machine that is at work: what does not come at once is looked for less often.
pause=0.1
while [ $look -lt 20 ]; do
  [ -e "$dir/ended" ] || [ -e "$dir/refused" ] && break
  # Counting and looking for the runner take processes: done when the journal was written since, and now and then.
  if [ "$DROVER_STATE/journal" -nt "$dir/client" ] || [ $((look % 5)) = 0 ]; then
    [ -r "$DROVER_STATE/journal" ] && [ $(($(wc -l <"$DROVER_STATE/journal"))) -gt "$after" ] && break
    alive || break
  fi
  look=$((look + 1)); [ $look -lt 6 ] || pause=0.3
  sleep $pause
done
if [ -e "$dir/refused" ]; then printf 'refused '; cat "$dir/refused"
elif [ -e "$dir/ended" ]; then printf 'ended\\n'
elif alive; then printf 'running\\n'
elif [ -e "$dir/ended" ]; then printf 'ended\\n'
else printf 'dead\\n'; fi
[ ! -r "$DROVER_STATE/journal" ] || tail -n "+$((after + 1))" "$DROVER_STATE/journal"`;

export interface FollowView {
  readonly state: "running" | "ended" | "dead";
  readonly refused: DroverError | undefined;
  /** Lines of this run only. */
  readonly lines: readonly JournalLine[];
  /** Number of the last journal line seen, of whatever run. */
  readonly last: number;
}

const STATES = ["running", "ended", "dead"] as const;

export function parseFollow(text: string, run: string, seen = 0): FollowView {
  const at = text.indexOf("\n");
  const [head, rest] = [text.slice(0, at), text.slice(at + 1)];
  // The journal is written by our own runner only; foreign lines are told apart by their run.
  const all = parseLines(rest) as JournalLine[];
  return {
    state: STATES.find((state) => state === head) ?? "dead",
    refused: head.startsWith("refused ") ? refusal(head.slice("refused ".length)) : undefined,
    lines: all.filter((line) => line.run === run),
    last: all.reduce((last, line) => Math.max(last, line.seq), seen),
  };
}

function refusal(text: string): DroverError {
  const { code, message } = JSON.parse(text) as { code: ErrorCode; message: string };
  if (code !== "LOCKED") return new DroverError(code, message);
  return new DroverError("LOCKED", `another run holds this machine: ${describeHolder(message)}`, {
    hint: "wait until it is done, then run the command again; a run whose client is gone ends by itself",
  });
}

/** `ann@laptop, run 20…, drover up` from the holder's record. */
export function describeHolder(text: string): string {
  try {
    const holder = JSON.parse(text) as { by?: string; run?: string; command?: string; stack?: string };
    return `${holder.by ?? "somebody"} with \`drover ${holder.command ?? "?"}\` of ${holder.stack ?? "?"} (run ${holder.run ?? "?"})`;
  } catch {
    return "no record of who";
  }
}
