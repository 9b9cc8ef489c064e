import { type Answer, isUnknown } from "../answer.ts";
import type { Asker, Query } from "../query.ts";
import { secretsIn, type Text } from "../secret.ts";
import { filesOf, type GivenFile } from "./container-files.ts";
import type { ContainerSpec } from "./container-spec.ts";
import { FILES, UNSEALED } from "./sealing.ts";
import { DOCKER, SOCKET } from "./socket.ts";

export const SECRETS = "container-secrets";

/** `same`, `other` or `absent`: whether a container has the values that its secrets have now. Compared on the machine. */
export function secretsQuery(name: string, spec: ContainerSpec): Query | undefined {
  const env = Object.entries(spec.env).filter(([, text]) => hasSecret(text));
  const files = secretFiles(name, spec);
  if (env.length + files.length === 0) return undefined;
  const extra: Text[] = [
    ...env.flatMap(([variable, text]) => ["env", variable, text]),
    ...files.flatMap((file) => ["file", file.name, file.content]),
  ];
  return { kind: SECRETS, arg: name, extra };
}

/** Whether it has secrets in files: then it matters whether the machine can seal them. */
export function secretFiles(name: string, spec: ContainerSpec): GivenFile[] {
  return filesOf(name, spec, false).filter(({ content }) => hasSecret(content));
}

function hasSecret(text: Text): boolean {
  return secretsIn(text).size > 0;
}

/** Values are this function's arguments and its builtins' input only: no other process gets them in its argv. */
export const SECRETS_ASKER: Asker = `
cs_name=$1; shift
cs_rs=$(printf '\\036'); cs_env=
if [ ! -S ${SOCKET} ] || ! cs_env=$(timeout 20 ${DOCKER.join(" ")} container inspect --format '{{range .Config.Env}}{{"\\x1e"}}{{.}}{{end}}' "$cs_name" 2>/dev/null); then
  line "${SECRETS}:$cs_name" absent; return
fi
cs_said=same
while [ $# -ge 3 ]; do
  case $1 in
    env) case "$cs_env$cs_rs" in *"$cs_rs$2=$3$cs_rs"*) ;; *) cs_said=other ;; esac ;;
    file)
      if [ -e "${FILES}/$cs_name/$2.cred" ]; then
        systemd-creds decrypt --name="$2" "${FILES}/$cs_name/$2.cred" - 2>/dev/null | cmp -s - "${UNSEALED}/$cs_name/$2" || cs_said=other
        printf '%s' "$3" | cmp -s - "${UNSEALED}/$cs_name/$2" || cs_said=other
      else printf '%s' "$3" | cmp -s - "${FILES}/$cs_name/$2" || cs_said=other; fi ;;
  esac
  shift 3
done
line "${SECRETS}:$cs_name" "$cs_said"
`;

/** The key with its answer, for a container that has secrets and where the client knows their values. */
export function secretsAnswer(name: string, spec: ContainerSpec, answer: Answer): Record<string, Answer> {
  return secretsQuery(name, spec) === undefined || isUnknown(answer) ? {} : { [`${SECRETS}:${name}`]: answer };
}
