import type { Asker } from "../query.ts";
import type { Step, WaitStep } from "../step.ts";
import type { ContainerSpec } from "./container-spec.ts";
import { DOCKER, docker } from "./socket.ts";

/**
 * `http:<address>:<port>/<path>` with the Host header and a time limit: `ready code=200` for any 2xx, else
 * `answered code=...` or `silent`. Asked from the machine, as the router will. The connection is not half-closed after
 * the request: some servers take that for a client that went away.
 */
export const HTTP_ASKER: Asker = `
http_to=\${1%%/*}; http_line=$(printf 'GET /%s HTTP/1.1\\r\\nHost: %s\\r\\nUser-Agent: drover\\r\\nAccept: */*\\r\\nConnection: close\\r\\n\\r\\n' "\${1#*/}" "$2" |
  timeout "$3" socat -t "$3" - "TCP:$http_to,connect-timeout=$3,shut-none" 2>/dev/null | head -n 1 | tr -d '\\r')
case $http_line in
  'HTTP/'*' 2'[0-9][0-9]*) http_said=ready ;;
  'HTTP/'*' '[1-5][0-9][0-9]*) http_said=answered ;;
  *) line "http:$1" silent; return ;;
esac
http_line=\${http_line#* }; line "http:$1" "$http_said code=\${http_line%% *}"
`;

/** `container-run:<name>`: `running`, or `ended code=...` where it will not become ready any more. */
export const RUN_ASKER: Asker = `
for run_a in "$@"; do
  run_said=$(timeout 20 ${DOCKER.join(" ")} container inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$run_a" 2>/dev/null)
  case $run_said in
    exited*|dead*) line "container-run:$run_a" "ended code=\${run_said#* }" ;;
    '') line "container-run:$run_a" 'ended code=gone' ;;
    *) line "container-run:$run_a" "\${run_said% *}" ;;
  esac
done
`;

/** Waits until a started container has shown that it works, or gives up at once when it ended. */
export function proveSteps(name: string, spec: Pick<ContainerSpec, "proof" | "address">): Step[] {
  const { proof } = spec;
  const run = { kind: "container-run", arg: name };
  const unless = { query: run, answer: "ended code=*", says: "it ended before it was ready" };
  if (proof.kind === "alive") {
    return [
      { kind: "exec", argv: ["sleep", String(proof.seconds)], within: proof.seconds + 60 },
      { kind: "wait", query: run, to: "running", within: 2, unless },
    ];
  }
  const host = proof.host === "" ? spec.address : proof.host;
  const arg = `${spec.address}:${proof.port}${proof.path}`;
  const query = { kind: "http", arg, extra: [host, String(Math.ceil(proof.timeout))] };
  const wait: WaitStep = {
    kind: "wait",
    query,
    to: "ready code=*",
    within: proof.start,
    every: proof.interval,
    unless,
    says: `it did not become healthy: ${proof.path} on port ${proof.port} gave no 2xx`,
  };
  return [wait];
}

/** What is worth knowing when it did not. */
export function evidenceSteps(name: string): Step[] {
  const ended = "{{if not .State.Running}}, exit code {{.State.ExitCode}}{{end}}";
  const why = "{{if .State.OOMKilled}}, out of memory{{end}}{{with .State.Error}}, {{.}}{{end}}";
  return [
    docker(["container", "inspect", "--format", `{{.Name}}: {{.State.Status}}${ended}${why}`, name], { within: 30 }),
    docker(["logs", "--tail", "50", name], { within: 30 }),
  ];
}
