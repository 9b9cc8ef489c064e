/** How the runner ends: the end is told, the machine let go, and what nobody waits for comes last. */
export const RUNNER_END = `finish() {
  if [ "$failed" = 0 ]; then finish_ok=true; else finish_ok=false; fi
  rm -rf "$hot" # Before the end is told: a runner killed after it leaves no secret behind.
  [ "$FAREWELL" = 1 ] || printf '%s %s\\n' $$ "$(started $$)" >"$dir/counting"
  journal "\\"t\\":\\"end\\",\\"ok\\":$finish_ok,\\"failed\\":$failed"
  : >"$dir/ended"
  if [ "$failed" = 0 ] && [ "$FAREWELL" = 1 ]; then
    # The client says that it has read the end; without one the memory stays.
    leave=0; while [ ! -e "$dir/cancel" ] && [ $leave -lt 100 ]; do sleep 0.2; leave=$((leave + 1)); done
    [ ! -e "$dir/cancel" ] || rm -rf -- "$DROVER_STATE" "$DROVER_RUN"
    exit 0
  fi
  ls -1d "$DROVER_STATE"/runs/* 2>/dev/null | sort | head -n -20 | while read -r old_run; do rm -rf -- "$old_run"; done
  # Nobody waits for what follows: the machine is let go first, and a client that lives looks at what was done.
  : >"$DROVER_STATE/holder-process"; exec 9>&-
  unseen=0; while [ ! -e "$dir/seen" ] && [ $unseen -lt 50 ]; do sleep 0.2; unseen=$((unseen + 1)); done
  # A later run counts by itself, and what it has made by then is not for this one to tell.
  [ "$(ls -1 "$DROVER_STATE/runs" | sort | tail -n 1)" = "$RUN" ] || { rm -f "$dir/counting"; exit 0; }
  renice -n 19 $$ >/dev/null 2>&1
  # Kept until the next run: what is there beyond it is an addition of somebody else.
  ( ask_inventory all >"$DROVER_STATE/.inventory" && mv -f "$DROVER_STATE/.inventory" "$DROVER_STATE/inventory" )
  rm -f "$dir/counting"
  exit 0
}
`;
