import { command, file, pkg, type Role, service, user } from "drover";

export interface PostgresqlOptions {
  /** The version that the distribution has. */
  readonly version?: number;
  /** A database of this name, with a role of this name that owns it, for the user of this name. */
  readonly app?: string;
  /** Networks whose clients come in by password. */
  readonly networks?: readonly string[];
  /** By name, as postgresql.conf takes them. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

const SETTINGS = { max_connections: 50, password_encryption: "scram-sha-256", shared_buffers: "64MB", work_mem: "8MB" };

const config = (settings: Readonly<Record<string, string | number>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join("");

/** Who comes in, first match first: users of this machine as themselves, all others by password. */
const access = (networks: readonly string[]): string =>
  [
    "# TYPE DATABASE USER ADDRESS METHOD",
    "local all all peer",
    "host all all 127.0.0.1/32 scram-sha-256",
    "host all all ::1/128 scram-sha-256",
    ...networks.map((network) => `host all all ${network} scram-sha-256`),
    "",
  ].join("\n");

/** Makes it when a query does not find it: psql itself ends with 0, whatever it found. */
const once = (name: string, run: string[], query: string, needs: string[]) =>
  command(
    name,
    { run, check: ["sh", "-c", 'psql -XtAc "$1" | grep -qx 1', "sh", query], user: "postgres" },
    { needs: ["service:postgresql", ...needs] },
  );

/** PostgreSQL with its settings, who may come in, and the database of an app. */
export function postgresql({
  version = 15,
  app = "shop",
  networks = ["10.0.0.0/8"],
  settings = SETTINGS,
}: PostgresqlOptions = {}): Role {
  const folder = `/etc/postgresql/${version}/main`;
  const needs = ["package:postgresql"];
  const owner = "postgres:postgres";
  return () => [
    pkg("postgresql"),
    file(`${folder}/conf.d/local.conf`, { content: config(settings), owner }, { needs }),
    file(`${folder}/pg_hba.conf`, { content: access(networks), mode: "0640", owner }, { needs }),
    service("postgresql", { follows: [`file:${folder}/conf.d/local.conf`, `file:${folder}/pg_hba.conf`] }),
    user(app, { system: true }),
    once("database-role", ["createuser", app], `SELECT 1 FROM pg_roles WHERE rolname = '${app}'`, []),
    once("database", ["createdb", "--owner", app, app], `SELECT 1 FROM pg_database WHERE datname = '${app}'`, [
      "command:database-role",
    ]),
  ];
}

export default postgresql();
