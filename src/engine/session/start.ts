import { quote } from "../../lib/quote.ts";
import type { Program } from "../../model/program.ts";
import type { Compiled, PayloadFile } from "./compile.ts";
import { PROXY_SETENV } from "./proxy.ts";

/**
 * Starts a program's runner, or leaves the one alone that was started before; prints `seen <journal lines>` then, else why not. One that was cut
 * off by a boot of its own is started again in its folder: what it keeps on tmpfs went with the boot, and is laid out anew.
 */
export function startScript(program: Program, compiled: Compiled): string {
  const held = program.segments.findIndex((segment) => segment.held === true);
  const ready = compiled.segments.slice(0, held === -1 ? compiled.segments.length : held);
  return [
    runFolder(program),
    `lay_out() {`,
    `:`,
    compiled.mask === "" ? "" : `printf '%s' ${quote(compiled.mask)} >"$hot/mask"`,
    ...ready.map((segment, index) => writeSegment(index, segment)),
    program.checkpoint === undefined ? "" : `printf '%s\\n' ${quote(program.checkpoint)} >"$dir/checkpoint"`,
    `printf '%s' ${quote(compiled.main)} >"$dir/main"`,
    `}`,
    `seen=0; [ ! -r "$DROVER_STATE/journal" ] || seen=$(($(wc -l <"$DROVER_STATE/journal")))`,
    `if [ ! -d "$dir" ]; then`,
    `rm -rf "$dir.new" "$hot"`,
    `{ mkdir -p "$DROVER_STATE/runs" "$DROVER_RUN" && mkdir "$dir.new" "$hot" && chmod 700 "$DROVER_STATE" "$dir.new" "$hot"; } 2>&1 || exit`,
    `dir=$dir.new; printf '%s %s\\n' $$ "$(started $$)" >"$dir/starter"`,
    `lay_out`,
    `dir=\${dir%.new}; mv "$dir.new" "$dir"`,
    LAUNCH,
    `elif [ -s "$dir/booting" ] && [ ! -e "$dir/ended" ] && [ "$(cat "$dir/booting")" != "$(this_boot)" ]; then`,
    `seen=0; { mkdir -p "$DROVER_RUN" && chmod 700 "$DROVER_RUN" && rm -rf "$hot" && mkdir "$hot"; } 2>&1 || exit`,
    `rm -f "$dir/pid"; lay_out`,
    LAUNCH,
    `else seen=0; fi`,
    `printf 'seen %s\\n' "$seen"`,
  ].join("\n");
}

/** Starts the runner so that it outlives this connection: as a unit of its own where systemd is. */
const LAUNCH = `${PROXY_SETENV}
if [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ] && systemd-run "$@" --quiet --collect --unit="drover-$RUN" --property=KillMode=process /bin/sh "$dir/main" >/dev/null 2>&1; then :
else setsid /bin/sh "$dir/main" </dev/null >"$dir/log" 2>&1 & fi
launched=0
while [ ! -e "$dir/pid" ] && [ ! -e "$dir/refused" ] && [ $launched -lt 100 ]; do sleep 0.05; launched=$((launched + 1)); done`;

export function runFolder(program: Program): string {
  return `RUN=${quote(program.id)}; dir=$DROVER_STATE/runs/$RUN; hot=$DROVER_RUN/$RUN`;
}

/** The files first, the script last and by rename: a segment is there whole or not at all. */
export function writeSegment(index: number, segment: { script: string; files: readonly PayloadFile[] }): string {
  return [
    ...segment.files.map((file) => `printf '%s' ${quote(file.text)} >"$${file.hot ? "hot" : "dir"}/${file.name}"`),
    `printf '%s' ${quote(segment.script)} >"$dir/segment.new"; mv "$dir/segment.new" "$dir/segment.${index}"`,
  ].join("\n");
}
