import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/digest.ts";
import group from "../../src/resources/group.ts";
import sudoers from "../../src/resources/sudoers.ts";
import user from "../../src/resources/user.ts";
import { requirement } from "../machines/require.ts";
import { askHere, SHELLS } from "./ask.ts";
import { describeResource } from "./resource.ts";

const ann = "user uid=1000 gid=1000 group=ann home=/home/ann shell=/bin/bash comment= groups=adm";
const bob = "user uid=1001 gid=1001 group=bob home=/home/bob shell=/bin/bash comment= groups=ops";
const bringing = { "package:app": "installed version=* status=ok mark=manual" };

describeResource(group, {
  name: "ops",
  specs: {
    plain: {},
    "a number": { gid: 2000 },
    members: { members: ["ann", "bob"] },
    all: { gid: 2001, system: true, members: ["ann"] },
  },
  worlds: {
    absent: {
      "group:ops": "absent",
      "group-primary:ops": "unused",
      "gid:2000": "free",
      "user:ann": ann,
      "user:bob": bob,
    },
    "on its way": { "group:ops": "absent", "gid:2000": "free", "user:ann": "absent", "user:bob": bob, ...bringing },
    there: {
      "group:ops": "group gid=2000",
      "group-primary:ops": "unused",
      "gid:2000": "taken by=ops",
      "user:ann": ann,
      "user:bob": bob,
    },
    "somebody's": { "group:ops": "group gid=500", "group-primary:ops": "users names=ann", "user:ann": ann },
    taken: { "group:ops": "absent", "gid:2000": "taken by=sudo", "user:ann": ann, "user:bob": bob },
    remote: { "group:ops": "remote" },
    unreadable: { "group:ops": "unknown why=rights" },
  },
  refused: ["taken", "remote", "unreadable", "somebody's"],
});

const hash = (kind: string, lock: string, is: string) => ({
  "shadow:ann": `shadow password=${kind} lock=${lock} expires=never`,
  "shadow-is:ann": `shadow password=${kind} lock=${lock} expires=never hash=${is}`,
});
const none = {
  "shadow:ann": "absent",
  "shadow-is:ann": "absent",
  "home:ann": "absent",
  "subids:ann": "subids uids=0 gids=0",
};
const rest = {
  "user-busy:ann": "idle",
  "home:ann": "home mode=755 own=yes leaves=no",
  "subids:ann": "subids uids=65536 gids=0",
};

describeResource(user, {
  name: "ann",
  specs: {
    secret: { password: { hash: { secret: "HASH" } } },
    "secret and locked": { password: { hash: { secret: "HASH" } }, locked: true },
    hash: { password: { hash: "$6$salt$text" }, locked: false },
    locked: { password: "locked", expires: "never" },
    open: { password: "none" },
    lock: { locked: true, expires: "2027-01-31" },
    unlock: { locked: false },
    home: { createHome: true, homeMode: "0700", removeHome: true },
    "no home": { createHome: false, removeHome: false },
    subids: { subids: 65536 },
    groups: { groups: ["adm"], groupsExclusive: true, group: "users" },
    number: { uid: 2000 },
  },
  worlds: {
    absent: { "user:ann": "absent", ...none },
    "on its way": { "user:ann": "absent", ...none, ...bringing },
    "with the hash": { "user:ann": ann, ...hash("hash", "no", "same"), ...rest },
    "with the hash, locked": { "user:ann": ann, ...hash("hash", "yes", "same"), ...rest },
    "with another": { "user:ann": ann, ...hash("hash", "no", "other"), ...rest },
    "with none": { "user:ann": ann, ...hash("none", "yes", "other"), ...rest },
    star: { "user:ann": ann, ...hash("star", "yes", "other"), ...rest, "home:ann": "home mode=none own=no leaves=yes" },
    open: { "user:ann": ann, ...hash("empty", "no", "other"), ...rest, "home:ann": "home mode=700 own=yes leaves=yes" },
    expired: {
      "user:ann": ann,
      ...rest,
      "shadow:ann": "shadow password=hash lock=no expires=20849",
      "shadow-is:ann": "shadow password=hash lock=no expires=20849 hash=same",
    },
    "no value": { "user:ann": ann, ...hash("hash", "no", "same"), ...rest, "shadow-is:ann": "unknown why=secret" },
    "no value and no hash": {
      "user:ann": ann,
      ...hash("none", "yes", "other"),
      ...rest,
      "shadow-is:ann": "unknown why=secret",
    },
    busy: { "user:ann": ann, ...rest, "user-busy:ann": "busy by=1%20(sh)" },
    "no line": { "user:ann": ann, ...rest, "shadow:ann": "unknown why=no", "shadow-is:ann": "unknown why=no" },
    taken: { "user:ann": ann, ...rest, "uid:2000": "taken by=bob" },
  },
  refused: ["with none", "star", "busy", "no line", "taken"],
});

const ops = sha256("ops ALL = ALL\n");
const sudoersWorld = (answer: string, more: object = {}): Record<string, string> => ({
  "path:/etc/sudoers.d/ops": answer,
  "entry:/etc/sudoers.d/ops": answer.replace(/ sha256=.*/, ""),
  ...more,
});

describeResource(sudoers, {
  name: "ops",
  specs: {
    rule: { rules: [{ who: "ops", commands: "ALL" }] },
    text: { text: 'Defaults:ops env_keep += "LANG"' },
    seen: { sha256: ops, mode: "0440", owner: "root:root" },
  },
  worlds: {
    absent: sudoersWorld("absent"),
    "its package on its way": sudoersWorld("absent", { ...bringing, "path:/etc/sudoers.d": "absent" }),
    "the same": sudoersWorld(`file mode=440 owner=root:root sha256=${ops}`),
    another: sudoersWorld(`file mode=440 owner=root:root sha256=${sha256("x")}`, { [`blob:${ops}`]: "kept" }),
    "the same, open": sudoersWorld(`file mode=664 owner=ops:ops ids=1000:1000 sha256=${ops}`),
    link: sudoersWorld("link to=/tmp/x"),
    unreadable: sudoersWorld("unknown why=rights"),
  },
  refused: ["absent", "link", "unreadable"],
});

test("what sudo would ignore or misread is refused by name", () => {
  for (const name of ["a.b", "a~", ".a", "", "a/b", "-a"]) {
    expect(() => sudoers.query([{ name, spec: undefined }], "gb/production"), name).toThrow(/sudo ignores/);
  }
  const rule = (fields: object): boolean =>
    sudoers.schema.safeParse({ rules: [{ who: "ann", commands: "ALL", ...fields }] }).success;
  const bad = [
    { who: "a b" },
    { who: "ann, bob" },
    { who: "%" },
    { commands: "systemctl" },
    { commands: "/a\nroot ALL=ALL" },
  ];
  for (const fields of [...bad, { as: "x y" }, { hosts: "a b" }, { tags: ["NOPASSWD"] }, { commands: [] }])
    expect(rule(fields), JSON.stringify(fields)).toBe(false);
  expect(sudoers.schema.safeParse({ rules: [{ who: "ann", commands: "ALL" }], text: "x" }).success).toBe(false);
});

const askers = { ...group.askers, ...user.askers };
const notRoot = await requirement("the shadow file", async () =>
  process.getuid?.() === 0 ? { ok: true } : { ok: false, why: "only root may read it" },
);

describe.each(SHELLS)("accounts in $name", (shell) => {
  const ask = (kind: string, ...args: string[]) =>
    askHere(
      shell,
      askers,
      args.map((arg) => ({ kind, arg })),
    );

  test("numbers that are taken, and whose they are", () => {
    expect(ask("uid", "0", "1", "3999999")).toEqual(
      new Map([
        ["uid:0", "taken by=root"],
        ["uid:1", "taken by=daemon"],
        ["uid:3999999", "free"],
      ]),
    );
    expect(ask("gid", "0", "3999999")).toEqual(
      new Map([
        ["gid:0", "taken by=root"],
        ["gid:3999999", "free"],
      ]),
    );
  });

  test("whose primary group it is, and groups of all kinds", () => {
    const primary = ask("group-primary", "root", "nobody-here");
    expect(primary.get("group-primary:root")).toMatch(/^users names=root/);
    expect(primary.get("group-primary:nobody-here")).toBe("unused");
    expect(ask("group", "root", "nobody-here").get("group:nobody-here")).toBe("absent");
  });

  test("who runs something, in one look for all", () => {
    const busy = ask("user-busy", "root", "nobody-here", "daemon");
    expect(busy.get("user-busy:nobody-here")).toBe("idle");
    expect(busy.size).toBe(3);
    if (process.getuid?.() === 0) expect(busy.get("user-busy:root")).toMatch(/^busy by=\d+/);
  });

  test("homes and subordinate numbers", () => {
    const home = ask("home", "root", "nobody-here");
    expect(home.get("home:root")).toMatch(/^home mode=\d+ own=yes leaves=no$/);
    expect(home.get("home:nobody-here")).toBe("absent");
    expect(ask("subids", "nobody-here").get("subids:nobody-here")).toBe("subids uids=0 gids=0");
  });

  test.skipIf(notRoot)("passwords by what they are, never by what they hold", () => {
    const lines = readFileSync("/etc/shadow", "utf8").trim().split("\n");
    const star = lines.find((line) => line.split(":")[1] === "*")?.split(":")[0] ?? "";
    const answers = ask("shadow", star, "nobody-here");
    expect(answers.get(`shadow:${star}`)).toMatch(/^shadow password=star lock=yes expires=(never|\d+)$/);
    expect(answers.get("shadow:nobody-here")).toBe("absent");
    const exact = askHere(shell, askers, [{ kind: "shadow-is", arg: star, extra: [{ secret: "HASH" }] }], {
      secrets: () => "$6$it's$*",
    });
    expect(exact.get(`shadow-is:${star}`)).toMatch(/ hash=other$/);
  });
});
