import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/digest.ts";
import { word } from "../../src/model/answer.ts";
import directory from "../../src/resources/directory.ts";
import file from "../../src/resources/file.ts";
import pack from "../../src/resources/package.ts";
import service from "../../src/resources/service.ts";
import user from "../../src/resources/user.ts";
import { requirement } from "../machines/require.ts";
import { askHere, SHELLS } from "./ask.ts";

const askers = Object.assign({}, ...[file, directory, user, pack, service].map((type) => type.askers));
const notRoot = await requirement("files of other users", async () =>
  process.getuid?.() === 0 ? { ok: true } : { ok: false, why: "only root can make them" },
);
await requirement("busybox, bash and dash", async () =>
  SHELLS.length === 3
    ? { ok: true }
    : { ok: false, why: `only ${SHELLS.map((shell) => shell.name).join(" and ")} is installed` },
);

/** Names that a careless shell text would take for something else. */
const NAMES = [
  "plain",
  "a b",
  'it\'s "x" $(y) `z` *',
  "back\\slash",
  "käse",
  "-rf",
  "colon:",
  "%41",
  "semi;colon",
  "[a]",
];

let root = "";

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "drover-askers-")));
  chmodSync(root, 0o755);
  for (const name of NAMES) writeFileSync(join(root, name), name);
  writeFileSync(join(root, "empty"), "");
  chmodSync(join(root, "empty"), 0o4711);
  mkdirSync(join(root, "folder"));
  symlinkSync("folder", join(root, "link"));
  if (notRoot) return;
  mkdirSync(join(root, "ours"));
  symlinkSync(join(root, "folder"), join(root, "ours/link"));
  symlinkSync("ours", join(root, "to-ours"));
  writeFileSync(join(root, "folder/file"), "");
  chownSync(join(root, "ours"), 4242, 4243);
  chownSync(join(root, "folder/file"), 4242, 0);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.each(SHELLS)("in $name", (shell) => {
  const path = (name: string, kind = "path"): { kind: string; arg: string } => ({ kind, arg: join(root, name) });
  const mode = `mode=${(0o666 & ~process.umask()).toString(8)}`;

  test("names of all kinds are asked in one go, and each gets its own answer", () => {
    const answers = askHere(shell, askers, [...NAMES.map((name) => path(name)), path("nothing"), path("folder")]);
    for (const name of NAMES) {
      const answer = answers.get(`path:${join(root, name)}`);
      expect(answer).toContain(`file ${mode}`);
      expect(answer).toContain(`sha256=${sha256(name)}`);
    }
    expect(answers.get(`path:${join(root, "nothing")}`)).toBe("absent");
    expect(answers.get(`path:${join(root, "folder")}`)).toMatch(/^directory mode=\d+ owner=/);
    expect(answers.size).toBe(NAMES.length + 2);
  });

  test("links, devices, special bits and what is below a file", () => {
    const answers = askHere(shell, askers, [
      ...["link", "empty", "plain/x"].map((name) => path(name)),
      { kind: "path", arg: "/dev/null" },
    ]);
    expect(answers.get(`path:${join(root, "link")}`)).toBe("link to=folder");
    expect(answers.get(`path:${join(root, "empty")}`)).toContain("file mode=4711 ");
    expect(answers.get(`path:${join(root, "plain/x")}`)).toBe(`unknown why=${word("Not a directory")}`);
    expect(answers.get("path:/dev/null")).toBe("other");
  });

  test.skipIf(notRoot)(
    "a user's link on the way is not followed; root's is; numbers without a name stay numbers",
    () => {
      const names = ["ours/link/file", "to-ours/link/file", "link/file", "folder/file", "ours/link/none", "link/none"];
      const answers = askHere(
        shell,
        askers,
        names.map((name) => path(name, "entry")),
      );
      expect(answers.get(`entry:${join(root, names[0] ?? "")}`)).toContain("unknown why=");
      expect(answers.get(`entry:${join(root, names[1] ?? "")}`)).toContain("unknown why=");
      expect(answers.get(`entry:${join(root, names[2] ?? "")}`)).toBe(`file ${mode} owner=4242:root ids=4242:0`);
      expect(answers.get(`entry:${join(root, names[3] ?? "")}`)).toBe(`file ${mode} owner=4242:root ids=4242:0`);
      // What is not there yet would be written there all the same.
      expect(answers.get(`entry:${join(root, names[4] ?? "")}`)).toContain("unknown why=");
      expect(answers.get(`entry:${join(root, names[5] ?? "")}`)).toBe("absent");
    },
  );

  test("a text with secrets is compared, and neither it nor its digest is told", () => {
    const text = "it's a secret\n\n";
    writeFileSync(join(root, "secret"), text);
    const ask = (value: string): string | undefined =>
      askHere(shell, askers, [{ ...path("secret", "secretfile"), extra: [{ secret: "PW" }] }], {
        secrets: () => value,
      }).get(`secretfile:${join(root, "secret")}`);
    expect(ask(text)).toMatch(/^file mode=\d+ owner=\S+( ids=\S+)? secret=same$/);
    expect(ask("it's a secret\n")).toMatch(/ secret=other$/);
    expect(ask("-n")).toMatch(/ secret=other$/);
  });

  test("a file with secrets is told by a digest under the machine's own key, by no other", () => {
    const state = mkdtempSync(join(root, "state-"));
    const names = ["keyed one", "keyed-two", "keyed-other"];
    ["same\n", "same\n", "other\n"].forEach((text, at) => {
      writeFileSync(join(root, names[at] ?? ""), text);
    });
    rmSync(join(root, "keyed-link"), { force: true });
    symlinkSync("keyed-two", join(root, "keyed-link"));
    const ask = (): (string | undefined)[] => {
      const all = [...names, "keyed-link", "nothing"];
      const answers = askHere(
        shell,
        askers,
        all.map((name) => path(name, "keyed")),
        { env: { DROVER_STATE: state } },
      );
      return all.map((name) => answers.get(`keyed:${join(root, name)}`));
    };
    expect(ask()).toEqual(["keyed sum=none", "keyed sum=none", "keyed sum=none", "absent", "absent"]);
    writeFileSync(join(state, "key"), `${sha256("key")}\n`);
    const [one = "", two, other] = ask();
    expect(one).toMatch(/^keyed sum=[0-9a-f]{64}$/);
    expect([one === two, one === other, one.includes(sha256("same\n"))]).toEqual([true, false, false]);
  });

  test("what is in a folder, hidden names and all", () => {
    mkdirSync(join(root, "full"), { recursive: true });
    for (const name of [".a", "..b", "c d", "e", "-n"]) writeFileSync(join(root, "full", name), "");
    const answers = askHere(
      shell,
      askers,
      ["full", "nothing", "plain"].map((name) => path(name, "entries")),
    );
    const names = /names=(.*)/.exec(answers.get(`entries:${join(root, "full")}`) ?? "")?.[1]?.split("/");
    expect(names?.sort()).toEqual(["-n", "..b", ".a", "c%20d", "e"]);
    expect(answers.get(`entries:${join(root, "nothing")}`)).toBe("absent");
    expect(answers.get(`entries:${join(root, "plain")}`)).toBe("absent");
  });

  test("users and groups, those that are not there, and who is busy", () => {
    const answers = askHere(shell, askers, [
      ...["root", "daemon", "nobody-here"].map((arg) => ({ kind: "user", arg })),
      ...["root", "nobody-here"].map((arg) => ({ kind: "group", arg })),
      { kind: "user-busy", arg: "nobody-here" },
    ]);
    expect(answers.get("user:root")).toMatch(
      /^user uid=0 gid=0 group=root home=\/root shell=\S+ comment=\S* groups=\S*$/,
    );
    expect(answers.get("user:daemon")).toContain("user uid=1 gid=1 group=daemon ");
    expect(answers.get("user:nobody-here")).toBe("absent");
    expect(answers.get("group:root")).toBe("group gid=0");
    expect(answers.get("group:nobody-here")).toBe("absent");
    expect(answers.get("user-busy:nobody-here")).toBe("idle");
  });

  test("services are not there by chance, and a process that ended is known by its start", () => {
    const state = join(root, "state");
    mkdirSync(join(state, "services"), { recursive: true });
    writeFileSync(join(state, "services/gone.pid"), `${process.pid} 1 00000000-0000-0000-0000-000000000000\n`);
    writeFileSync(join(state, "services/gone"), "0123456789abcdef\n");
    const answers = askHere(
      shell,
      askers,
      ["gone", "drover-nothing"].map((arg) => ({ kind: "service", arg })),
      { env: { DROVER_STATE: state } },
    );
    expect(answers.get("service:drover-nothing")).toBe("absent");
    const gone = answers.get("service:gone");
    // Where systemd runs, its word counts.
    expect([
      "absent",
      "service by=drover unit=own enabled=none active=inactive config=0123456789abcdef stale=no",
    ]).toContain(gone);
  });
});

const noDpkg = await requirement("dpkg", async () =>
  askHere(SHELLS[0] ?? { name: "sh", argv: ["/bin/sh"] }, askers, [{ kind: "package", arg: "dpkg" }])
    .get("package:dpkg")
    ?.startsWith("installed ")
    ? { ok: true }
    : { ok: false, why: "this machine has no dpkg" },
);

describe.skipIf(noDpkg).each(SHELLS)("dpkg in $name", (shell) => {
  test("packages by one question: there, by architecture, only by a name, and not at all", () => {
    const names = ["dpkg", "dpkg:amd64", "dpkg:arm64", "awk", "drover-nothing"];
    const answers = askHere(shell, askers, [
      ...names.map((arg) => ({ kind: "package", arg })),
      ...["dpkg", "drover-nothing"].map((arg) => ({ kind: "package-start", arg })),
      { kind: "apt-lists", arg: "main" },
      { kind: "apt-idle", arg: "main" },
    ]);
    expect(answers.get("package:dpkg")).toMatch(/^installed version=\S+ status=ok mark=(auto|manual)$/);
    const native = ["dpkg:amd64", "dpkg:arm64"].map((name) => answers.get(`package:${name}`));
    expect(native.filter((answer) => answer === answers.get("package:dpkg"))).toHaveLength(1);
    expect(answers.get("package:awk")).toMatch(/^virtual by=\w+$/);
    expect(answers.get("package:drover-nothing")).toBe("absent");
    expect(answers.get("package-start:dpkg")).toMatch(/^(quiet|starts units=\S+)$/);
    expect(answers.get("package-start:drover-nothing")).toBe("absent");
    expect(answers.get("dpkg:main")).toMatch(/^(clean|interrupted)$/);
    expect(answers.get("apt-lists:main")).toMatch(/^(absent|present age=(fresh|old))$/);
    expect(answers.get("apt-idle:main")).toMatch(/^(idle|busy by=\S+)$/);
  });
});
