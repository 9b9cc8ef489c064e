import { describe, expect, test } from "vitest";
import { isManaged } from "../../src/drover/drift-managed.ts";
import { drifted, lastSeen, unmanaged } from "../../src/engine/drift.ts";
import { type JournalLine, NO_MEMORY } from "../../src/model/journal.ts";
import { fold } from "../../src/model/memory.ts";

const OWNER = "gb/production";
const header = { owner: OWNER, stack: "gb", by: "me@here", command: "up", machine: "web", machines: {} };

function lines(...runs: ReadonlyArray<ReadonlyArray<{ id: string; answers: object; owner?: string }>>): JournalLine[] {
  let seq = 0;
  return runs.flatMap((done, at) =>
    [
      { t: "begin", format: 1, header },
      ...done.map((one) => ({ t: "done", n: 0, action: "update", owner: OWNER, skipped: false, ...one })),
    ].map(
      // Lines as a runner writes them, with what matters here.
      (rest) => ({ seq: ++seq, time: "t", run: `r${at}`, ...rest }) as unknown as JournalLine,
    ),
  );
}

describe("managed things", () => {
  const journal = lines(
    [{ id: "file:/a", answers: { "path:/a": "file sha256=1" } }],
    [
      { id: "file:/a", answers: { "path:/a": "file sha256=2" } },
      { id: "file:/b", answers: { "path:/b": "file sha256=3" } },
      { id: "file:/c", answers: { "path:/c": "file" }, owner: "other/production" },
    ],
  );
  const seen = lastSeen(journal, fold(NO_MEMORY, journal), OWNER);

  test("are held against what the last run that touched them saw", () => {
    const answers = new Map([
      ["path:/a", "file sha256=1"],
      ["path:/b", "file sha256=3"],
      ["path:/c", "absent"],
    ]);
    expect(drifted(seen, answers)).toEqual([
      { id: "file:/a", key: "path:/a", was: "file sha256=2", is: "file sha256=1", run: 2, by: "me@here" },
    ]);
  });

  test("are not said to have drifted when they could not be asked about", () => {
    expect(drifted(seen, new Map())).toEqual([]);
  });
});

describe("what nobody declared", () => {
  const before = {
    "inventory-kept:package/vim": "2:9.0",
    "inventory-kept:user/ann": "uid=1000 shell=/bin/sh",
    "inventory-kept:unit/cron.service": "enabled",
    "inventory-kept:port/tcp/0.0.0.0:22": "by=sshd",
  };
  const now = {
    "inventory:package/nmap": "7.93",
    "inventory:user/ann": "uid=0 shell=/bin/sh",
    "inventory:port/tcp/0.0.0.0:22": "by=sshd",
    "inventory:key/root/ssh-ed25519:AAAA": "comment=eve",
    "inventory-gap:unit": "no systemd",
    "package-file:/usr/bin/ls": "changed",
  };
  const answers = new Map(Object.entries({ ...before, ...now }));

  test("is told as having come, gone or changed; a kind that cannot be read is not taken for gone", () => {
    expect(unmanaged(answers, () => false)).toEqual([
      { kind: "key", name: "root/ssh-ed25519:AAAA", is: "comment=eve" },
      { kind: "package", name: "nmap", is: "7.93" },
      { kind: "package", name: "vim", was: "2:9.0" },
      { kind: "user", name: "ann", was: "uid=1000 shell=/bin/sh", is: "uid=0 shell=/bin/sh" },
      { kind: "package-file", name: "/usr/bin/ls", is: "changed" },
    ]);
  });

  test("is nothing before the first run has ended", () => {
    expect(unmanaged(new Map(Object.entries(now)), () => false)).toEqual([
      { kind: "package-file", name: "/usr/bin/ls", is: "changed" },
    ]);
  });

  test.each([
    ["package", "nmap:amd64", "package:nmap"],
    ["user", "ann", "user:ann"],
    ["group", "ann", "user:ann"],
    ["key", "ann/ssh-ed25519:AAAA", "authorized-keys:ann"],
    ["unit", "cron.service", "service:cron"],
    ["timer", "backup.timer", "timer:backup"],
    ["package-file", "/etc/x", "path:/etc/x"],
  ])("%s %s is managed by %s", (kind, name, id) => {
    expect(isManaged(kind, name, new Set([id]))).toBe(true);
    expect(isManaged(kind, name, new Set([`${id}-other`]))).toBe(false);
  });
});
