import { z } from "zod";
import { type Answer, formatAnswer, parseAnswer } from "../answer.ts";
import { ownerSchema, pathSchema } from "../name.ts";
import type { Step } from "../step.ts";
import { APP, field, labelField, OWNER, PATH, unfield } from "./label.ts";
import { call, DOCKER, engineAsker } from "./socket.ts";

export const volumeSpecSchema = z.strictObject({
  app: z.string().optional().describe("The app that it belongs to."),
  path: pathSchema.optional().describe("Where the app sees it."),
  user: ownerSchema
    .refine((user) => /^\d+:\d+$/.test(user), 'expected numbers such as "10001:10001"')
    .optional()
    .describe("Who may write to it: numeric user and group of its top folder."),
});
export type VolumeSpec = z.output<typeof volumeSpecSchema>;

export interface VolumeState {
  /** `uid:gid` of its top folder; `?` where that could not be read. */
  readonly user: string;
  readonly owner: string;
  readonly app: string;
  readonly path: string;
  readonly answer: Answer;
}

const TEMPLATE = [
  `volume:{{.Name}}{{"\\t"}}{{.Mountpoint}}{{"\\t"}}volume driver={{urlquery .Driver}}`,
  labelField("owner", OWNER, ".Labels"),
  labelField("app", APP, ".Labels"),
  labelField("path", PATH, ".Labels"),
].join(" ");

/** `volume:<name>`; who may write is read from the folder itself. */
export const VOLUME_ASKER = engineAsker(
  "volume",
  `
  dk_ids=
  for dk_a in $dk_owners; do dk_list volume ls -q --filter "label=${OWNER}=$dk_a" && dk_ids="$dk_ids $dk_got"; done
  if [ -z "$dk_bad" ] && [ -n "$dk_ids$*" ]; then
    dk_inspect volume inspect --format '${TEMPLATE}' $dk_ids "$@" && dk_out=$(printf '%s\\n' "$dk_got" | sort -u |
      while IFS=$tab read -r dk_key dk_path dk_rest; do
        [ -z "$dk_key" ] || line "$dk_key" "$dk_rest user=$(stat -c %u:%g -- "$dk_path" 2>/dev/null || printf '?')"
      done)
  fi
`,
);

export function volumeAnswer(spec: VolumeSpec, owner: string): Answer {
  return formatAnswer("volume", {
    driver: "local",
    owner: field(owner),
    app: field(spec.app ?? ""),
    path: field(spec.path ?? ""),
    user: spec.user ?? "*",
  });
}

export function parseVolume(answer: Answer): VolumeState {
  const { fields } = parseAnswer(answer);
  return {
    user: fields["user"] ?? "?",
    owner: unfield(fields["owner"]),
    app: unfield(fields["app"]),
    path: unfield(fields["path"]),
    answer,
  };
}

export function createVolume(name: string, spec: VolumeSpec, owner: string): Step[] {
  const labels = {
    [OWNER]: owner,
    ...(spec.app === undefined ? {} : { [APP]: spec.app }),
    ...(spec.path === undefined ? {} : { [PATH]: spec.path }),
  };
  const body = { Name: name, Driver: "local", Labels: labels };
  return [call("POST", "/volumes/create", { body, statuses: [200, 201] }), ...giveSteps(name, spec)];
}

const GIVE = `chown -- "$2" "$(${DOCKER.join(" ")} volume inspect --format '{{.Mountpoint}}' "$1")"`;

/** The engine makes volumes root's; the process that uses it is not root. Only the top folder: what is in it is the app's. */
export function giveSteps(name: string, spec: VolumeSpec): Step[] {
  return spec.user === undefined ? [] : [{ kind: "exec", argv: ["sh", "-c", GIVE, "sh", name, spec.user] }];
}

/** Not by force: one that a container uses stays, and the run says so. */
export function removeVolume(name: string): Step {
  return call("DELETE", `/volumes/${name}`, { statuses: [204, 404] });
}
