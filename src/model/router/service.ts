import { checkOptions, type RouterOptions } from "./options.ts";

export const routerUnit = "drover-router.service";

/** The argument list of the master process, in the foreground. Its run folder and the `jail` in it must be there. */
export function startArgv(options: RouterOptions = {}): string[] {
  const { dir, run } = checkOptions(options);
  return ["haproxy", "-W", "-S", `${run}/master.sock,mode,600`, "-f", `${dir}/conf.d`, "-p", `${run}/pid`];
}

/** The systemd unit. `RuntimeDirectory` is relative to /run, so `run` must be below it. */
export function unitFile(options: RouterOptions = {}): string {
  const { dir, run } = checkOptions(options);
  const [, , ...rest] = startArgv(options);
  const folder = run.replace(/^\/run\//, "");
  return [
    "[Unit]",
    "Description=Drover's router",
    "After=network-online.target",
    "Wants=network-online.target",
    "",
    "[Service]",
    "Type=notify",
    `RuntimeDirectory=${folder} ${folder}/jail`,
    "RuntimeDirectoryMode=0711",
    `ExecStartPre=/usr/sbin/haproxy -c -q -f ${dir}/conf.d`,
    `ExecStart=/usr/sbin/haproxy -Ws ${rest.join(" ")}`,
    "ExecReload=/bin/kill -USR2 $MAINPID",
    "KillMode=mixed",
    "Restart=always",
    "RestartSec=1",
    "SuccessExitStatus=143",
    "LimitNOFILE=65536",
    "NoNewPrivileges=yes",
    "PrivateTmp=yes",
    "ProtectSystem=full",
    "ProtectHome=yes",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}
