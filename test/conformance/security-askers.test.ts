import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/digest.ts";
import { NO_FACTS } from "../../src/model/facts.ts";
import type { Query } from "../../src/model/query.ts";
import firewall from "../../src/resources/firewall.ts";
import reboot from "../../src/resources/reboot.ts";
import sshd from "../../src/resources/sshd.ts";
import { requirement } from "../machines/require.ts";
import { askHere, SHELLS, type TestShell } from "./ask.ts";

const askers = { ...firewall.askers, ...sshd.askers, ...reboot.askers };
const notRoot = await requirement("sshd's answers", async () =>
  process.getuid?.() === 0 ? { ok: true } : { ok: false, why: "only root may ask sshd" },
);

let root = "";
let state = "";

/** Stands in for a program of the machine: says what a file holds, and ends with a code. */
function program(name: string, script: string): void {
  writeFileSync(join(root, "bin", name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, "bin", name), 0o755);
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "drover-security-"));
  state = join(root, "state");
  mkdirSync(join(root, "bin"));
  mkdirSync(state);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.each(SHELLS)("askers of security in $name", (shell) => {
  const tools = (): TestShell => ({ ...shell, tools: [join(root, "bin"), shell.tools].filter(Boolean).join(":") });
  const ask = (query: Query) => askHere(tools(), askers, [query], { env: { DROVER_STATE: state } });
  const rules = () => ask({ kind: "firewall-rules", arg: "main" }).get("firewall-rules:main");

  test("loaded rules are known by how they are listed, and against the record of what was loaded", () => {
    const listing = 'table inet drover {\n\tchain input {\n\t\tcomment "it\'s \\ * $(x)"\n\t}\n}\n';
    writeFileSync(join(root, "listing"), listing);
    program("nft", `[ "$*" = '-s list table inet drover' ] && cat ${join(root, "listing")}`);
    rmSync(join(state, "firewall"), { force: true });
    expect(rules()).toBe(`loaded file=none rules=other listing=${sha256(listing)}`);
    writeFileSync(join(state, "firewall"), `abc ${sha256(listing)}\n`);
    expect(rules()).toBe(`loaded file=abc rules=same listing=${sha256(listing)}`);
    writeFileSync(join(root, "listing"), `${listing}# more\n`);
    expect(rules()).toBe(`loaded file=abc rules=other listing=${sha256(`${listing}# more\n`)}`);
    program("nft", "echo 'Error: No such file or directory' >&2; exit 1");
    expect(rules()).toBe("absent nft=yes");
    program("nft", "echo 'Error: Could not process rule: Operation not permitted' >&2; exit 1");
    expect(rules()).toBe("unknown why=Error:%20Could%20not%20process%20rule:%20Operation%20not%20permitted");
  });

  test.skipIf(notRoot)("what sshd says of each key, and of our text alone, is told as it spells it", () => {
    program(
      "sshd",
      'case "$*" in "-T -f /dev/stdin") echo "text $(cat)"; echo permitrootlogin without-password; echo port 22; echo port 2222 ;; -T) echo permitrootlogin yes; echo port 22; echo banner "a  b *" ;; esac',
    );
    const answers = ask({
      kind: "sshd-effective",
      arg: "main",
      extra: ["it's $(x)", "banner", "permitrootlogin", "port", "text"],
    });
    expect(answers.get("sshd-effective:main")).toBe(
      "effective banner=a%20%20b%20%2a permitrootlogin=yes port=22 text=-",
    );
    expect(answers.get("sshd-wanted:main")).toBe(
      "wanted banner=- permitrootlogin=without-password port=22,2222 text=it's%20$(x)",
    );
    program("sshd", 'echo "/etc/x line 3: Bad option: a b" >&2; exit 255');
    const broken = ask({ kind: "sshd-effective", arg: "main", extra: ["x", "port"] });
    expect(broken.get("sshd-effective:main")).toBe("broken why=/etc/x%20line%203:%20Bad%20option:%20a%20b");
    expect(broken.get("sshd-wanted:main")).toBe("broken why=/etc/x%20line%203:%20Bad%20option:%20a%20b");
  });

  test("a boot that is recorded is still to come until the machine has booted", () => {
    const booted = () =>
      ask({ kind: "reboot", arg: "main" })
        .get("reboot:main")
        ?.replace(/required=(yes|no)/, "required=?");
    rmSync(join(state, "reboot"), { force: true });
    expect(booted()).toBe("up required=? config=none");
    writeFileSync(join(state, "reboot"), "another-boot.1 abc\n");
    expect(booted()).toBe("up required=? config=abc");
    const [step] = reboot.plan(
      "main",
      { when: "changed", of: "x" },
      { kind: "absent" },
      {
        owner: "gb",
        facts: { ...NO_FACTS, init: "systemd" },
        answers: new Map([["reboot:main", "up required=no config=none"]]),
      },
    ).steps;
    const [, , script = "", , digest = ""] = step?.kind === "exec" ? step.argv : [];
    const [command, ...args] = shell.argv;
    const path = shell.tools === undefined ? "/usr/bin:/bin" : `${shell.tools}:/usr/bin:/bin`;
    const ran = spawnSync(command, [...args, "-c", script, "sh", digest], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: { DROVER_STATE: state, PATH: path },
    });
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    expect(booted()).toBe("up required=? config=pending");
  });
});
