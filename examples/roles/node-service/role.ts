import { directory, file, pkg, type Role, service, unit, user } from "drover";

export interface NodeServiceOptions {
  /** Also the name of its user, its folder in /srv and its unit. */
  readonly name?: string;
  readonly port?: number;
  /** Further variables of its environment, which only it may read. */
  readonly environment?: Readonly<Record<string, string>>;
}

const PROGRAM = `import { createServer } from "node:http";

const { PORT, GREETING } = process.env;
const server = createServer((request, response) => {
  if (request.url === "/healthz") return response.end("ok\\n");
  response.setHeader("content-type", "text/plain");
  response.end(\`\${GREETING}\\n\`);
});
process.on("SIGTERM", () => server.close());
server.listen(Number(PORT));
`;

/** What it may not do, whatever is wrong with it. */
const SANDBOX = {
  NoNewPrivileges: true,
  PrivateTmp: true,
  ProtectHome: true,
  ProtectSystem: "strict",
  RestrictAddressFamilies: "AF_INET AF_INET6 AF_UNIX",
};

const envFile = (variables: Readonly<Record<string, string | number>>): string =>
  Object.entries(variables)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");

/** An app on Node.js: a user of its own, its files and environment, and a unit that keeps it running. */
export function nodeService({
  name = "greeter",
  port = 3000,
  environment = { GREETING: "hello" },
}: NodeServiceOptions = {}): Role {
  const [program, env] = [`/srv/${name}/server.mjs`, `/etc/${name}/env`];
  return () => [
    pkg("nodejs"),
    user(name, { system: true, home: `/srv/${name}`, createHome: false }),
    directory(`/srv/${name}`, { mode: "0755", owner: "root:root" }),
    file(program, { content: PROGRAM }),
    directory(`/etc/${name}`, { mode: "0750", owner: `root:${name}` }),
    file(env, {
      content: envFile({ NODE_ENV: "production", PORT: port, ...environment }),
      mode: "0640",
      owner: `root:${name}`,
    }),
    unit(`${name}.service`, {
      Unit: { Description: `${name}, an app on Node.js`, After: "network.target" },
      Service: {
        User: name,
        WorkingDirectory: `/srv/${name}`,
        EnvironmentFile: env,
        ExecStart: `/usr/bin/node ${program}`,
        Restart: "on-failure",
        ...SANDBOX,
      },
      Install: { WantedBy: "multi-user.target" },
    }),
    service(name, { follows: [`file:${program}`, `file:${env}`] }, { needs: ["package:nodejs"] }),
  ];
}

export default nodeService();
