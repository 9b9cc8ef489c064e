import type { Step } from "../step.ts";
import { type ContainerState, PROMOTED } from "./container-answer.ts";
import { createBody } from "./container-body.ts";
import { removeFiles, writeFiles } from "./container-files.ts";
import type { ContainerSpec } from "./container-spec.ts";
import { APP, OWNER } from "./label.ts";
import { proveSteps } from "./probe.ts";
import { call, DOCKER } from "./socket.ts";

/** Makes it, starts it, waits until it works, and only then lets the engine restart it. */
export function createSteps(name: string, spec: ContainerSpec, owner: string, sealing: boolean): Step[] {
  return [
    ...writeFiles(name, spec, sealing),
    call("POST", `/containers/create?name=${name}`, {
      body: createBody(name, spec, owner, sealing),
      statuses: [201],
      within: 120,
    }),
    ...finishSteps(name, spec, "created"),
  ];
}

/** The rest of the way for one that is there: a run that was killed left it, or somebody stopped it. */
export function finishSteps(name: string, spec: ContainerSpec, status: string): Step[] {
  const first =
    status === "paused"
      ? call("POST", `/containers/${name}/unpause`, { statuses: [204] })
      : call("POST", `/containers/${name}/start`, { statuses: [204, 304], within: 120 });
  return [first, ...proveSteps(name, spec), promote(name)];
}

function promote(name: string): Step {
  return call("POST", `/containers/${name}/update`, { body: { RestartPolicy: { Name: PROMOTED } }, statuses: [200] });
}

/** SIGTERM, its time to stop, then SIGKILL. */
export function stopStep(name: string, stop: number): Step {
  const seconds = Math.ceil(stop);
  return call("POST", `/containers/${name}/stop?t=${seconds}`, { statuses: [204, 304, 404], within: seconds + 60 });
}

export function startStep(name: string): Step {
  return call("POST", `/containers/${name}/start`, { statuses: [204, 304], within: 120 });
}

export function removeSteps(name: string, state: Pick<ContainerState, "stop">): Step[] {
  return [stopStep(name, state.stop), ...discardSteps(name)];
}

/** Takes it away with its anonymous volumes. */
function discardSteps(name: string): Step[] {
  return [
    call("DELETE", `/containers/${name}?force=true&v=true`, { statuses: [204, 404, 409], within: 120 }),
    removeFiles(name),
  ];
}

const DISCARD = `ids=$(${DOCKER.join(" ")} ps -aq --filter "label=${OWNER}=$1" --filter "label=${APP}=$2" --filter "name=^/$3$")
[ -z "$ids" ] || ${DOCKER.join(" ")} rm -f -v $ids`;

/** Undoes a creation that failed: only what carries our labels, in case the name turned out to be somebody else's. */
export function undoSteps(name: string, spec: ContainerSpec, owner: string): Step[] {
  return [{ kind: "exec", argv: ["sh", "-c", DISCARD, "sh", owner, spec.app, name], within: 120 }, removeFiles(name)];
}
