import { chmodSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import cron from "../../src/resources/cron.ts";
import environment from "../../src/resources/environment.ts";
import logrotate from "../../src/resources/logrotate.ts";
import timer from "../../src/resources/timer.ts";
import unit from "../../src/resources/unit.ts";
import { requirement } from "../machines/require.ts";
import { askHere, SHELLS } from "./ask.ts";

await requirement("busybox, bash and dash", async () =>
  SHELLS.length === 3
    ? { ok: true }
    : { ok: false, why: `only ${SHELLS.map((shell) => shell.name).join(" and ")} is installed` },
);

let root = "";
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "drover-services-")));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What there is to be read of systemd differs from machine to machine; a unit of no such name is none everywhere. */
const askers = Object.assign({}, ...[unit, timer, cron, logrotate].map((type) => type.askers));

describe.each(SHELLS)("in $name", (shell) => {
  test("units and timers that are not there, also by names that hold a backslash", () => {
    const units = ["drover-nothing.service", "drover-nothing@.service", "drover-no\\x2dthing.mount"];
    const answers = askHere(shell, askers, [
      ...units.map((arg) => ({ kind: "unit-load", arg })),
      { kind: "timer", arg: "drover-nothing" },
      { kind: "cron-daemon", arg: "main" },
      { kind: "logrotate-here", arg: "main" },
    ]);
    for (const name of units) {
      expect(answers.get(`unit-load:${name}`)).toMatch(
        /^(none|load state=(not-found|template) stale=no|unknown why=systemd.*answer)$/,
      );
    }
    expect(answers.get("timer:drover-nothing")).toMatch(
      /^(timer enabled=none active=inactive stale=no run=none|unknown why=.*)$/,
    );
    expect(answers.get("cron-daemon:main")).toMatch(/^(here|absent)$/);
    expect(answers.get("logrotate-here:main")).toMatch(/^(here|absent)$/);
  });

  test("variables as pam_env reads them, beside those of others", () => {
    const path = join(root, "environment");
    const own = { environment: (environment.askers["environment"] ?? "").replaceAll("/etc/environment", path) };
    const ask = (...names: string[]): (string | undefined)[] => {
      const answers = askHere(
        shell,
        own,
        names.map((arg) => ({ kind: "environment", arg })),
      );
      return names.map((name) => answers.get(`environment:${name}`));
    };
    rmSync(path, { force: true });
    expect(ask("A")).toEqual(["absent"]);
    writeFileSync(
      path,
      [
        "# A=comment",
        'A="first"',
        "  export B='two words'",
        "AB=other",
        "A=last # so it ends",
        'Q="a "b" c\\d $(x) *"',
        "EMPTY=",
        "no line of a variable",
        "LAST=without an end",
      ].join("\n"),
    );
    chmodSync(path, 0o644);
    expect(ask("A", "B", "AB", "Q", "EMPTY", "LAST", "C")).toEqual([
      "set value=last%20",
      "set value=two%20words",
      "set value=other",
      'set value=a%20"b"%20c\\d%20$(x)%20%2a',
      "set value=",
      "set value=without%20an%20end",
      "absent",
    ]);
    chmodSync(path, 0o600);
    expect(ask("A")[0]).toMatch(/^unknown why=not%20everybody/);
    rmSync(path);
    symlinkSync("/dev/null", path);
    expect(ask("A")[0]).toMatch(/^unknown why=.*link$/);
    rmSync(path);
  });
});
