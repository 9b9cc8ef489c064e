import { digestOf } from "../../lib/digest.ts";
import { secretsIn, type Text } from "../secret.ts";
import type { Step } from "../step.ts";
import type { ContainerSpec } from "./container-spec.ts";
import { FILES, FORGET_UNIT, sealStep, UNSEALED } from "./sealing.ts";
import { DOCKER } from "./socket.ts";

/** A file that a container gets read-only. The folders are root's alone: what is in them is seen from within only. */
export interface GivenFile {
  /** Where the app sees it. */
  readonly target: string;
  /** Its name on the machine. */
  readonly name: string;
  readonly content: Text;
  /** Where the container engine takes it from. */
  readonly source: string;
  readonly sealed: boolean;
}

/** The files of a container. With `sealing` those with secrets rest sealed, and lie open on a tmpfs only. */
export function filesOf(container: string, spec: ContainerSpec, sealing: boolean): GivenFile[] {
  return Object.entries(spec.files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([target, content]) => {
      const name = digestOf(target).slice(0, 16);
      const sealed = sealing && secretsIn(content).size > 0;
      return { target, name, content, sealed, source: `${sealed ? UNSEALED : FILES}/${container}/${name}` };
    });
}

/** Puts the files there. With a user that only the image knows, everybody within the container may read them. */
export function writeFiles(container: string, spec: ContainerSpec, sealing: boolean): Step[] {
  const files = filesOf(container, spec, sealing);
  if (files.length === 0) return [];
  const owner = spec.user === undefined ? "0:0" : withGroup(spec.user);
  const mode = spec.user === undefined ? "0444" : "0400";
  const sealed = files.filter((file) => file.sealed).map(({ name }) => name);
  const folders = sealed.length > 0 ? [FILES, UNSEALED] : [FILES];
  return [
    ...folders.flatMap((folder) => [closed(folder), closed(`${folder}/${container}`)]),
    ...files.map(({ source, content }): Step => ({ kind: "write", path: source, content, mode, owner })),
    ...(sealed.length > 0 ? [sealStep(container, sealed)] : []),
  ];
}

function closed(folder: string): Step {
  return { kind: "exec", argv: ["mkdir", "-p", "-m", "0700", "--", folder] };
}

/** Folders without a container are those of a run that was killed between the two: they go, too. */
const REMOVE = `rm -rf -- "${FILES}/$1" "${UNSEALED}/$1"; [ -d ${FILES} ] || exit 0
names=$(${DOCKER.join(" ")} ps -a --format '{{.Names}}') || exit 0
for folder in ${FILES}/* ${UNSEALED}/*; do
  printf '%s\\n' "$names" | grep -qxF -e "\${folder##*/}" || rm -rf -- "$folder"
done${FORGET_UNIT}`;

export function removeFiles(container: string): Step {
  return { kind: "exec", argv: ["sh", "-c", REMOVE, "sh", container] };
}

export function withGroup(user: string): string {
  return user.includes(":") ? user : `${user}:${user}`;
}

/** Where secrets of this container rest, for the reader of a plan. */
export function restingNotes(spec: ContainerSpec, sealing: boolean): string[] {
  const [env, files] = [secretsIn(spec.env), secretsIn(spec.files)].map((found) => [...found.keys()]);
  return [
    ...(env?.length
      ? [`${list(env)} in env: the container engine stores it, readable by root only; \`files\` is better`]
      : []),
    ...(files?.length && !sealing
      ? [`${list(files)} in files: rests readable by root only; this machine has no systemd-creds to seal it`]
      : []),
  ];
}

function list(names: readonly string[]): string {
  return names.map((name) => `secret ${name}`).join(", ");
}
