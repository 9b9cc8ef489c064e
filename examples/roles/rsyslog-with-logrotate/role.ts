import { directory, file, logrotate, pkg, type Role, service } from "drover";

export interface AppLogOptions {
  /** What the app calls itself in the log; also the name of its folder. */
  readonly name?: string;
  /** How many days of it stay. */
  readonly days?: number;
  /** Where all of it goes besides, such as `logs.internal:514`, over TCP. */
  readonly forwardTo?: string;
}

const forward = (target: string): string => {
  const [host, port = "514"] = target.split(":");
  return `  action(type="omfwd" target="${host}" port="${port}" protocol="tcp" queue.type="LinkedList" queue.size="10000" action.resumeRetryCount="-1")\n`;
};

const rules = (name: string, log: string, forwardTo: string | undefined): string =>
  `if $programname == "${name}" then {
  action(type="omfile" file="${log}" fileOwner="root" fileGroup="adm" fileCreateMode="0640")
${forwardTo === undefined ? "" : forward(forwardTo)}  stop
}
`;

/** The log of an app in a file of its own, which is rotated. */
export function appLog({ name = "shop", days = 14, forwardTo }: AppLogOptions = {}): Role {
  const folder = `/var/log/${name}`;
  // Before the rules of the system, which would write it down once more.
  const config = `/etc/rsyslog.d/30-${name}.conf`;
  return () => [
    pkg("rsyslog"),
    pkg("logrotate"),
    directory(folder, { mode: "0750", owner: "root:adm" }),
    file(
      config,
      { content: rules(name, `${folder}/${name}.log`, forwardTo), check: ["rsyslogd", "-N1", "-f", "{}"] },
      { needs: ["package:rsyslog"] },
    ),
    service("rsyslog", { follows: [`file:${config}`] }, { needs: [`directory:${folder}`] }),
    logrotate(name, {
      paths: `${folder}/*.log`,
      every: "daily",
      keep: days,
      compress: true,
      delayCompress: true,
      create: { mode: "0640", owner: "root", group: "adm" },
      shared: true,
      after: ["/usr/lib/rsyslog/rsyslog-rotate"],
    }),
  ];
}

export default appLog();
