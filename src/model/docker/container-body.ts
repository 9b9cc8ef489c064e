import { isConcat, type Json, type Text } from "../secret.ts";
import { volumeLabel } from "./container-answer.ts";
import { filesOf } from "./container-files.ts";
import { bytesOf, type ContainerSpec, specDigest } from "./container-spec.ts";
import { APP, GROUP, OWNER, PROCESS, RELEASE, SPEC, STOP, VOLUMES } from "./label.ts";

/** What the engine is asked to make. Secrets are references in it. */
export function createBody(name: string, spec: ContainerSpec, owner: string, sealing: boolean): Json {
  return {
    Image: spec.image,
    ...(spec.command === undefined ? {} : { Cmd: spec.command }),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    Env: Object.entries(spec.env).map(([variable, text]) => assignment(variable, text)),
    Labels: labels(spec, owner),
    StopTimeout: Math.ceil(spec.stop),
    HostConfig: hostConfig(name, spec, sealing),
    NetworkingConfig: {
      EndpointsConfig: {
        [spec.network]: { IPAMConfig: { IPv4Address: spec.address }, Aliases: [spec.process] },
      },
    },
  };
}

function assignment(variable: string, text: Text): Json {
  if (typeof text === "string") return `${variable}=${text}`;
  const parts = isConcat(text) ? text.concat : [text];
  return { concat: [`${variable}=`, ...parts.map((part) => (typeof part === "string" ? part : { ...part }))] };
}

function labels(spec: ContainerSpec, owner: string): Record<string, string> {
  return {
    [OWNER]: owner,
    [APP]: spec.app,
    [PROCESS]: spec.process,
    [RELEASE]: spec.release,
    [GROUP]: spec.group,
    [SPEC]: specDigest(spec),
    [VOLUMES]: volumeLabel(spec),
    [STOP]: String(Math.ceil(spec.stop)),
  };
}

function hostConfig(name: string, spec: ContainerSpec, sealing: boolean): Json {
  const { limits } = spec;
  const memory =
    limits.memory === undefined ? {} : { Memory: bytesOf(limits.memory), MemorySwap: bytesOf(limits.memory) };
  return {
    NetworkMode: spec.network,
    // Set only when it is proven: a broken one must not start again and again.
    RestartPolicy: { Name: "no" },
    ReadonlyRootfs: !spec.writable,
    ...(spec.writable || spec.volumes.some(({ path }) => path === "/tmp")
      ? {}
      : { Tmpfs: { "/tmp": "rw,exec,nosuid,nodev,mode=1777" } }),
    CapDrop: ["ALL"],
    CapAdd: spec.capabilities,
    SecurityOpt: ["no-new-privileges"],
    Init: true,
    LogConfig: { Type: "local", Config: { "max-size": "10m", "max-file": "5" } },
    ...memory,
    ...(limits.cpus === undefined ? {} : { NanoCpus: Math.round(limits.cpus * 1e9) }),
    PidsLimit: limits.pids,
    Mounts: mounts(name, spec, sealing),
  };
}

function mounts(name: string, spec: ContainerSpec, sealing: boolean): Json[] {
  return [
    ...spec.volumes.map((volume) => ({
      Type: "volume",
      Source: volume.name,
      Target: volume.path,
      VolumeOptions: { NoCopy: !volume.copy },
    })),
    ...filesOf(name, spec, sealing).map(({ source, target }) => ({
      Type: "bind",
      Source: source,
      Target: target,
      ReadOnly: true,
    })),
  ];
}
