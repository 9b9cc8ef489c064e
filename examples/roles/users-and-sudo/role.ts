import { authorizedKeys, group, pkg, type Role, sudoers, user } from "drover";

export interface Person {
  readonly name: string;
  readonly keys: readonly string[];
}

export interface TeamOptions {
  readonly people?: readonly Person[];
  /** What they may do as root, by whole paths. */
  readonly commands?: readonly string[];
}

const PEOPLE: readonly Person[] = [
  {
    name: "ann",
    keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHi5c5wiuDdG8v//JPsBWz68oLhks9hnGZB/Yjb6HylI ann@example.com"],
  },
  {
    name: "bob",
    keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIvQ9gCgyac/xQnvqTRRiKVkD8km5naqNBbP792EtVsn bob@example.com"],
  },
];

const COMMANDS = ["/usr/bin/systemctl daemon-reload", "/usr/bin/journalctl"];

/** People who come in by their keys, a user that deploys, and what they may do as root. */
export function team({ people = PEOPLE, commands = COMMANDS }: TeamOptions = {}): Role {
  const groups = ["deployers", "adm"];
  return () => [
    pkg("sudo"),
    group("deployers", { gid: 2000 }),
    user("deploy", { system: true, group: "deployers", home: "/srv/deploy", createHome: true, shell: "/bin/bash" }),
    ...people.flatMap(({ name, keys }) => [
      user(name, { groups, shell: "/bin/bash", comment: `${name}, by key only`, homeMode: "0750" }),
      authorizedKeys(name, { keys: [...keys] }),
    ]),
    sudoers("deployers", {
      rules: [
        { who: "%deployers", commands: [...commands], nopasswd: true },
        { who: "%deployers", as: "deploy", commands: "ALL", nopasswd: true },
      ],
    }),
  ];
}

export default team();
