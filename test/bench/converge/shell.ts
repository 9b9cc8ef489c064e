import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { shell } from "../../peers/install.ts";
import type { Tool } from "./tool.ts";
import { CRON, FILES, LINES, LINES_FILE, PACKAGES, SERVICES, USERS, WEB_ROOT } from "./work.ts";

/** What somebody would write by hand, and be content with: each thing is looked at before it is changed. */
export const byHand: Tool = {
  name: "a shell script by hand",
  about: "the same checks and changes in one script, over one ssh for each host, hosts in parallel",
  async prepare({ folder }) {
    await writeFile(join(folder, "converge.sh"), script());
  },
  async run({ hosts, config, folder }, warm) {
    const keep = warm ? `-o ControlMaster=auto -o ControlPath=${folder}/%n -o ControlPersist=120` : "";
    const ssh = hosts.map(({ name }) => `ssh -F ${config} ${keep} root@${name} sh -eu <converge.sh & p${name}=$!`);
    await shell(`${ssh.join("\n")}\n${hosts.map(({ name }) => `wait $p${name} || exit 1`).join("\n")}`, folder);
  },
};

function script(): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    "export DEBIAN_FRONTEND=noninteractive LC_ALL=C",
    `if [ "$(dpkg-query -W -f '\${db:Status-Status}\\n' ${PACKAGES.join(" ")} 2>/dev/null | grep -cx installed)" != ${PACKAGES.length} ]; then apt-get install -y -qq --no-install-recommends ${PACKAGES.join(" ")} </dev/null >/dev/null; fi`,
    ...USERS.map(
      ({ name, shell: path, comment }) =>
        `getent passwd ${name} >/dev/null || useradd -m -s ${path} -c ${quoted(comment)} ${name}`,
    ),
    `put() { if ! printf %s "$2" | cmp -s - "$1"; then printf %s "$2" >"$1.new"; chmod 644 "$1.new"; mv "$1.new" "$1"; fi; }`,
    ...FILES.map(({ path, content }) => `put ${path} ${quoted(content)}`),
    ...LINES.map(
      ({ key, line }) =>
        `grep -qx ${quoted(line)} ${LINES_FILE} || { sed -i ${quoted(`/^${key}=/d`)} ${LINES_FILE}; printf '%s\\n' ${quoted(line)} >>${LINES_FILE}; }`,
    ),
    ...CRON.map(
      ({ name, minute, hour, command }) =>
        `put /etc/cron.d/${name} ${quoted(`${minute} ${hour} * * * root ${command}\n`)}`,
    ),
    ...SERVICES.map(
      (name) => `systemctl -q is-enabled ${name} && systemctl -q is-active ${name} || systemctl enable --now ${name}`,
    ),
    `[ "$(stat -c '%U:%G %a' ${WEB_ROOT} 2>/dev/null)" = 'www-data:www-data 755' ] || install -d -o www-data -g www-data -m 755 ${WEB_ROOT}`,
    "",
  ].join("\n");
}
