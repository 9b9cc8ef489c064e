import { ANY, type Answer, formatAnswer, parseAnswer } from "../answer.ts";
import type { ContainerSpec } from "./container-spec.ts";
import { specDigest } from "./container-spec.ts";
import { APP, field, GROUP, labelField, OWNER, PROCESS, RELEASE, SPEC, STOP, unfield, VOLUMES } from "./label.ts";
import { engineAsker } from "./socket.ts";

/** The restart policy of a container that was proven; before that it has none, so that a broken one storms nothing. */
export const PROMOTED = "unless-stopped";

export interface ContainerState {
  /** `running`, `exited`, `created`, `restarting`, `paused`, `dead` or `removing`. */
  readonly status: string;
  readonly id: string;
  readonly spec: string;
  readonly image: string;
  readonly network: string;
  readonly address: string;
  readonly volumes: readonly string[];
  readonly restart: string;
  readonly app: string;
  readonly process: string;
  readonly release: string;
  readonly group: string;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stop: number;
}

const TEMPLATE = [
  `container:{{slice .Name 1}}{{"\\t"}}container status={{.State.Status}} id={{slice .Id 0 12}}`,
  labelField("spec", SPEC),
  "image={{urlquery .Config.Image}}",
  "net={{range $n, $e := .NetworkSettings.Networks}}{{urlquery $n}}{{end}}",
  "ip={{range .NetworkSettings.Networks}}{{with .IPAMConfig}}{{.IPv4Address}}{{end}}{{end}}",
  labelField("vols", VOLUMES),
  "restart={{.HostConfig.RestartPolicy.Name}}",
  labelField("owner", OWNER),
  labelField("app", APP),
  labelField("process", PROCESS),
  labelField("release", RELEASE),
  labelField("group", GROUP),
  labelField("stop", STOP),
].join(" ");

/** `container:<name>`: one list and one inspection for all of an owner's containers and those that are named. */
export const CONTAINER_ASKER = engineAsker(
  "container",
  `
  dk_ids=
  for dk_a in $dk_owners; do dk_list ps -aq --no-trunc --filter "label=${OWNER}=$dk_a" && dk_ids="$dk_ids $dk_got"; done
  if [ -z "$dk_bad" ] && [ -n "$dk_ids$*" ]; then
    dk_inspect container inspect --format '${TEMPLATE}' $dk_ids "$@" && dk_out=$(printf '%s\\n' "$dk_got" | sort -u)
  fi
`,
);

/** What a container says once it is proven. */
export function containerAnswer(spec: ContainerSpec, owner: string): Answer {
  return formatAnswer("container", {
    status: "running",
    id: ANY,
    spec: specDigest(spec),
    image: field(spec.image),
    net: field(spec.network),
    ip: spec.address,
    vols: field(volumeLabel(spec)),
    restart: PROMOTED,
    owner: field(owner),
    app: spec.app,
    process: spec.process,
    release: spec.release,
    group: spec.group,
    stop: ANY,
  });
}

export function volumeLabel(spec: ContainerSpec): string {
  return spec.volumes.map((volume) => volume.name).join(",");
}

export function parseContainer(answer: Answer): { state: ContainerState; owners: readonly string[] } {
  const { fields } = parseAnswer(answer);
  const text = (name: string): string => unfield(fields[name]);
  const owner = text("owner");
  const state: ContainerState = {
    status: text("status"),
    id: text("id"),
    spec: text("spec"),
    image: text("image"),
    network: text("net"),
    address: text("ip"),
    volumes: text("vols")
      .split(",")
      .filter((name) => name !== ""),
    restart: text("restart"),
    app: text("app"),
    process: text("process"),
    release: text("release"),
    group: text("group"),
    stop: Number.parseFloat(text("stop")) || 10,
  };
  return { state, owners: owner === "" ? [] : [owner] };
}

/** The same answer with whatever status: a container that stopped by itself may still be replaced or removed. */
export function anyStatus(answer: Answer): Answer {
  return answer.replace(/ status=\S*/, ` status=${ANY}`);
}
