import type { ExecStep, Step, WaitStep } from "../../model/step.ts";
import type { ServiceSpec } from "../service.ts";

/** The runner's state folder, as its steps see it. */
export const FOLDER = `dir=\${DROVER_STATE:-/var/lib/drover}/services; mkdir -p "$dir" || exit`;

/** Records the configuration that it runs with now: after the restart, so that one that was cut off is done again. */
export function record(name: string, digest: string): ExecStep {
  const script = `${FOLDER}; printf '%s\\n' "$2" >"$dir/.$1.new" && sync "$dir/.$1.new" && mv -f "$dir/.$1.new" "$dir/$1"`;
  return { kind: "exec", argv: ["sh", "-c", script, "sh", name, digest] };
}

export function forget(name: string): ExecStep {
  return { kind: "exec", argv: ["sh", "-c", `${FOLDER}; rm -f -- "$dir/$1" "$dir/$1.pid"`, "sh", name] };
}

/** Waits until it works, as far as that can be told; a failed start ends the wait at once. */
export function awaitReady(name: string, spec: ServiceSpec): WaitStep[] {
  if (!spec.running) return [];
  const failed = {
    query: { kind: "service", arg: name },
    answer: "service by=* unit=* enabled=* active=failed config=* stale=*",
  };
  const gone = { ...failed, answer: "service by=drover unit=* enabled=* active=inactive config=* stale=*" };
  const unless = spec.argv === undefined ? failed : gone;
  if (spec.ready === undefined) {
    return [{ kind: "wait", query: { kind: "service-steady", arg: name }, to: "steady", within: 60, unless }];
  }
  const { query, to, within } = spec.ready;
  const { kind, arg, extra } = query;
  return [{ kind: "wait", query: { kind, arg, ...(extra === undefined ? {} : { extra }) }, to, within, unless }];
}

export function exec(...argv: string[]): ExecStep {
  return { kind: "exec", argv };
}

/** As init calls it: what it starts keeps this umask, and what it writes is for everybody to read. A run's own is 077. */
export function asInit(...argv: string[]): ExecStep {
  return exec("sh", "-c", 'umask 022; exec "$@"', "sh", ...argv);
}

/** Starting and stopping may take as long as the service's own limits say. */
export function slowly(...argv: string[]): Step {
  return { kind: "exec", argv, within: 600 };
}
