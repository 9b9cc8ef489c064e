import { digestOf } from "../../lib/digest.ts";
import { secretsIn, type Text } from "../secret.ts";
import type { Step } from "../step.ts";
import type { ContainerSpec } from "./container-spec.ts";
import { DOCKER } from "./socket.ts";

/** Files that containers get read-only. The folder is root's alone: what is in it is seen from within only. */
export const FILES = "/var/lib/drover/files";

export interface GivenFile {
  /** Where the app sees it. */
  readonly target: string;
  /** Where it rests on the machine. */
  readonly source: string;
  readonly content: Text;
}

export function filesFolder(container: string): string {
  return `${FILES}/${container}`;
}

export function filesOf(container: string, spec: ContainerSpec): GivenFile[] {
  return Object.entries(spec.files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([target, content]) => ({
      target,
      source: `${filesFolder(container)}/${digestOf(target).slice(0, 16)}`,
      content,
    }));
}

/** Puts the files there. With a user that only the image knows, everybody within the container may read them. */
export function writeFiles(container: string, spec: ContainerSpec): Step[] {
  const files = filesOf(container, spec);
  if (files.length === 0) return [];
  const owner = spec.user === undefined ? "0:0" : withGroup(spec.user);
  const mode = spec.user === undefined ? "0444" : "0400";
  return [
    { kind: "exec", argv: ["mkdir", "-p", "-m", "0700", "--", FILES] },
    { kind: "exec", argv: ["mkdir", "-p", "-m", "0700", "--", filesFolder(container)] },
    ...files.map(({ source, content }): Step => ({ kind: "write", path: source, content, mode, owner })),
  ];
}

/** Folders without a container are those of a run that was killed between the two: they go, too. */
const REMOVE = `rm -rf -- "$2/$1"; [ -d "$2" ] || exit 0
names=$(${DOCKER.join(" ")} ps -a --format '{{.Names}}') || exit 0
for folder in "$2"/*; do
  printf '%s\\n' "$names" | grep -qxF -e "\${folder##*/}" || rm -rf -- "$folder"
done`;

export function removeFiles(container: string): Step {
  return { kind: "exec", argv: ["sh", "-c", REMOVE, "sh", container, FILES] };
}

export function withGroup(user: string): string {
  return user.includes(":") ? user : `${user}:${user}`;
}

/** Where secrets of this container rest, for the reader of a plan. */
export function restingNotes(spec: ContainerSpec): string[] {
  const [env, files] = [secretsIn(spec.env), secretsIn(spec.files)].map((found) => [...found.keys()]);
  return [
    ...(env?.length
      ? [`${list(env)} in env: the container engine stores it, readable by root only; \`files\` is better`]
      : []),
    ...(files?.length ? [`${list(files)} in files: rests on the machine readable by root only, not sealed`] : []),
  ];
}

function list(names: readonly string[]): string {
  return names.map((name) => `secret ${name}`).join(", ");
}
