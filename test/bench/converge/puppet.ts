import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { shell } from "../../peers/install.ts";
import type { Tool } from "./tool.ts";
import { CRON, FILES, LINES, LINES_FILE, PACKAGES, SERVICES, USERS, WEB_ROOT } from "./work.ts";

export const puppet: Tool = {
  name: "Puppet",
  about: "Debian's puppet-agent on the hosts, `puppet apply` over one ssh each, hosts in parallel",
  async prepare(round) {
    const install =
      "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends puppet-agent puppet-module-puppetlabs-cron-core puppet-module-puppetlabs-stdlib";
    const all = await Promise.all(round.hosts.map((host) => host.sh(install)));
    const failed = all.find(({ code }) => code !== 0);
    if (failed !== undefined) throw new Error(`puppet: ${failed.stderr}`);
    await writeFile(join(round.folder, "site.pp"), manifest());
  },
  async run({ hosts, config, folder }, warm) {
    const keep = warm ? `-o ControlMaster=auto -o ControlPath=${folder}/%n -o ControlPersist=120` : "";
    const apply = "cat >/tmp/site.pp && puppet apply --detailed-exitcodes /tmp/site.pp; c=$?; [ $c = 0 ] || [ $c = 2 ]";
    const ssh = hosts.map(({ name }) => `ssh -F ${config} ${keep} root@${name} '${apply}' <site.pp & p${name}=$!`);
    await shell(`${ssh.join("\n")}\n${hosts.map(({ name }) => `wait $p${name} || exit 1`).join("\n")}`, folder);
  },
};

function manifest(): string {
  const text = (value: string): string => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const listed = FILES.map(
    ({ path, content }) => `file { ${text(path)}: content => ${text(content)}, mode => '0644' }`,
  );
  return [
    `package { [${PACKAGES.map(text).join(", ")}]: ensure => installed, install_options => ['--no-install-recommends'] }`,
    ...USERS.map(
      ({ name, shell: path, comment }) =>
        `user { ${text(name)}: ensure => present, shell => ${text(path)}, comment => ${text(comment)}, managehome => true }`,
    ),
    ...listed,
    ...LINES.map(
      ({ key, line }) =>
        `file_line { ${text(key)}: path => ${text(LINES_FILE)}, line => ${text(line)}, match => ${text(`^${key}=`)} }`,
    ),
    ...CRON.map(
      ({ name, minute, hour, command }) =>
        `cron { ${text(name)}: command => ${text(command)}, user => root, minute => ${text(minute)}, hour => ${text(hour)}, require => Package['cron'] }`,
    ),
    ...SERVICES.map(
      (name) =>
        `service { ${text(name)}: ensure => running, enable => true, require => Package[${text(name === "nginx" ? "nginx-light" : name)}] }`,
    ),
    `file { ${text(WEB_ROOT)}: ensure => directory, owner => 'www-data', group => 'www-data', mode => '0755' }`,
    "",
  ].join("\n");
}
