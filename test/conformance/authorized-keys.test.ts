import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { readKey } from "../../src/resources/authorized-keys/key.ts";
import { MERGE } from "../../src/resources/authorized-keys/merge.ts";
import authorizedKeys from "../../src/resources/authorized-keys.ts";
import { askHere, SHELLS } from "./ask.ts";
import { describeResource } from "./resource.ts";

const A = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcl/gKRRp6A2VFz4JBWVIebKxTFr4XGixiOsI/SwSTb a@desk";
const B = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINaC1Ck05M2ouHbSGXl4LjaTqhOSJtdyEp03V8HLndzl b@desk";
const C = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJRpbNo8uTfEPnq2gJ1aiE5WDs08ockcBCpTX1ThGN3U c@desk";
const FORCED = 'restrict,command="echo \\"a b\\" c",from="10.0.0.0/8"';
const [A_END, B_END, C_END] = [A, B, C].map((line) => line.split(" ")[1]?.slice(-12)) as [string, string, string];
const MARKS = ["# drover gb/production: begin", "# drover gb/production: end"] as const;

const ann = "user uid=1000 gid=1000 group=ann home=/home/ann shell=/bin/bash comment= groups=";
const home = "home mode=755 own=yes leaves=no";
const sum = "a".repeat(64);
const world = (keys: string, more: object = {}) => ({
  "user:ann": ann,
  "home:ann": home,
  "authorized-keys:ann": keys,
  ...more,
});
const keys = (is: string, sha256 = sum, trust = "folder=ok file=ok"): string => `keys ${trust} ${is} sha256=${sha256}`;

describeResource(authorizedKeys, {
  name: "ann",
  specs: {
    one: { keys: [A] },
    forced: { keys: [`${FORCED} ${B}`] },
    "ours only": { keys: [A], exclusive: true },
    none: { keys: [] },
    kept: { sha256: sum },
  },
  worlds: {
    absent: { ...world("absent"), "user:ann": "absent", "home:ann": "absent" },
    "no file": world(keys(`block=no owners= missing=${A_END} stray=`, "none", "folder=none file=none")),
    "a user of this plan": {
      ...world("absent"),
      "user:ann": "user uid=* gid=* group=ann home=* shell=* comment=* groups=",
      "home:ann": "absent",
    },
    "of others": world(keys(`block=no owners= missing=${A_END} stray=`)),
    "as wanted": world(keys("block=yes owners=gb/production missing= stray=")),
    "one too many": world(keys(`block=yes owners=gb/production missing= stray=${C_END}`)),
    "of another stack": world(keys("block=no owners=other/production missing= stray=")),
    open: world(keys("block=no owners= missing= stray=", sum, "folder=open file=open")),
    kept: world(keys(`block=no owners= missing=${A_END} stray=`, "b".repeat(64)), { [`blob:${sum}`]: "kept" }),
    "somebody else's": world(keys("block=no owners= missing= stray=", sum, "folder=other file=ok")),
    "an open home": world(keys("block=no owners= missing= stray="), { "home:ann": "home mode=775 own=yes leaves=no" }),
    link: world("unknown why=a%20link"),
  },
  refused: ["absent", "somebody else's", "an open home", "link"],
});

test("what is no key is told from one", () => {
  for (const line of [A, `${FORCED} ${B}`, `  cert-authority ${C}`]) expect(readKey(line)?.kind).toBe("ssh-ed25519");
  const cut = A.replace(/(AAAA\S{60})\S+/, "$1");
  const lines = [
    "",
    "# x",
    "ssh-ed25519",
    "ssh-ed25519 short",
    A.replace("ssh-ed25519", "ssh-rsa"),
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    `"${A}`,
  ];
  for (const line of lines) expect(readKey(line), line).toBeUndefined();
  expect(readKey(cut)?.kind).toBe("ssh-ed25519");
});

describe.each(SHELLS)("keys in $name", ({ argv: [command, ...args], tools, ...shell }) => {
  const merge = (how: "ask" | "write", wanted: string[], file: string, only = false): string => {
    const path = tools === undefined ? "" : `PATH=${tools}:$PATH; export PATH\n`;
    const env = {
      PATH: process.env["PATH"],
      // With a socket for its input and no outer shell, bash would take itself for a login from afar.
      SHLVL: "2",
      KEYS_DO: how,
      KEYS_OWNER: "gb/production",
      KEYS_ONLY: only ? "yes" : "no",
      KEYS_WANTED: wanted.join("\n"),
    };
    const { stdout, stderr, status } = spawnSync(command, [...args, "-c", `${path}exec awk '${MERGE}'`], {
      input: file,
      encoding: "utf8",
      env,
    });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    return stdout;
  };
  const block = (...lines: string[]): string => [MARKS[0], ...lines, MARKS[1], ""].join("\n");
  const then = (wanted: string[], file: string, only = false): string => {
    const written = merge("write", wanted, file, only);
    expect(merge("ask", wanted, written, only)).toMatch(/ missing= stray=\n$/);
    expect(merge("write", wanted, written, only), "it stands").toBe(written);
    return written;
  };

  test("keys of others stay, in their order, with a missing last newline and Windows' line ends", () => {
    const others = `# by hand\n${B}\r\n\n${FORCED} ${C}`;
    expect(merge("ask", [A], others)).toBe(`block=no owners= missing=${A_END} stray=\n`);
    expect(then([A], others)).toBe(`${others}\n${block(A)}`);
  });

  test("one that is there is the same under any comment, and keeps its options", () => {
    const renamed = `${FORCED} ${A.split(" ").slice(0, 2).join(" ")} another name\n`;
    expect(merge("ask", [A], renamed)).toBe("block=no owners= missing= stray=\n");
    expect(then([A], renamed)).toBe(renamed);
  });

  test("one with options takes the place of the same without them", () => {
    expect(merge("ask", [`${FORCED} ${A}`], `${A}\n${B}\n`)).toBe(`block=no owners= missing=${A_END} stray=${A_END}\n`);
    expect(then([`${FORCED} ${A}`], `${A}\n${B}\n`)).toBe(`${B}\n${block(`${FORCED} ${A}`)}`);
  });

  test("ours follow what is wanted, and go with it", () => {
    expect(then([B], `${C}\n${block(A, B)}# after\n`)).toBe(`${C}\n${block(B)}# after\n`);
    expect(then([], `${C}\n${block(A, B)}# after\n`)).toBe(`${C}\n# after\n`);
    expect(then([], block(A))).toBe("");
  });

  test("options that somebody added to ours go again", () => {
    expect(then([A], block(`from="*" ${A}`))).toBe(block(A));
  });

  test("ours only: all others go, notes stay, and what is no key at all goes too", () => {
    const file = `# by hand\n${B}\nrubbish line\n${A}\n`;
    expect(merge("ask", [A], file, true)).toBe(`block=no owners= missing= stray=${B_END},?\n`);
    expect(then([A], file, true)).toBe(`# by hand\n${A}\n`);
  });

  test("marks that lost their other half enclose nothing", () => {
    expect(then([A], `${MARKS[0]}\n${B}\n`)).toBe(`${B}\n${block(A)}`);
    expect(then([A], `${B}\n${MARKS[1]}\n${C}\n`)).toBe(`${B}\n${C}\n${block(A)}`);
    expect(then([A], `${MARKS[0]}\n${C}\n${block(B)}`)).toBe(`${C}\n${block(A)}`);
  });

  test("another stack's are its own", () => {
    const other = `# drover other/production: begin\n${B}\n# drover other/production: end\n`;
    expect(merge("ask", [A], other)).toBe(`block=no owners=other/production missing=${A_END} stray=\n`);
    expect(then([A], other)).toBe(other + block(A));
  });

  test("a user who is not there, and one who is, are asked about", () => {
    const ask = (arg: string) =>
      askHere(
        { argv: [command, ...args], ...shell, ...(tools === undefined ? {} : { tools }) },
        authorizedKeys.askers,
        [{ kind: "authorized-keys", arg, extra: ["gb/production", "no", `${FORCED} ${A}`] }],
      ).get(`authorized-keys:${arg}`);
    expect(ask("nobody-here")).toBe("absent");
    if (process.getuid?.() === 0)
      expect(ask("root")).toMatch(/^keys folder=\S+ file=\S+ block=\S+ owners=\S* missing=\S+ stray=\S* sha256=\S+$/);
  });
});
