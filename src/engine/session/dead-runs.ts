/** What dead runs left, a name each: folders of runs that never began, and files with secrets of runs that never ended. */
export const DEAD_RUNS = `
dead_runs() {
  for dead_dir in "$DROVER_STATE"/runs/*; do
    dead_run=\${dead_dir##*/}; dead_run=\${dead_run%.new}
    [ -d "$DROVER_RUN/$dead_run" ] || [ "\${dead_dir%.new}" != "$dead_dir" ] || continue
    dead_by=$dead_dir/pid; [ -e "$dead_by" ] || dead_by=$dead_dir/starter
    if { read -r dead_pid dead_start; } 2>/dev/null <"$dead_by" && [ "$(started "$dead_pid")" = "$dead_start" ]; then continue; fi
    printf '%s\\n' "\${dead_dir##*/}"
  done
}
`;
