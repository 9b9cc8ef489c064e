import { describe, expect, test } from "vitest";
import { digestOf, sha256 } from "../../src/lib/digest.ts";
import cron from "../../src/resources/cron.ts";
import dropIn from "../../src/resources/drop-in.ts";
import environment from "../../src/resources/environment.ts";
import limits from "../../src/resources/limits.ts";
import logrotate from "../../src/resources/logrotate.ts";
import service from "../../src/resources/service.ts";
import timer from "../../src/resources/timer.ts";
import unit from "../../src/resources/unit.ts";
import { describeResource } from "./resource.ts";

const folder = "directory mode=755 owner=root:root";
const own = `file mode=644 owner=root:root sha256=${sha256("[Service]\nExecStart=/x\n")}`;

/** The files above a unit, the unit's own, and what systemd says of it. */
function systemd(path: string, file: string, load: string, more: Record<string, string> = {}): Record<string, string> {
  const entry = file.replace(/ sha256=\w+$/, "");
  return {
    "fact:init": "systemd",
    "path:/etc/systemd/system": folder,
    [`path:${path}`]: file,
    [`entry:${path}`]: entry,
    ...loads(load),
    ...more,
  };
}

function loads(load: string): Record<string, string> {
  return { "unit-load:app.service": load, "unit-load:app@.service": load.replace(/state=\S+/, "state=template") };
}

const contents = {
  sections: {
    Unit: { After: ["a.target", "b.target"] },
    Service: { ExecStart: "/srv/app/run", NoNewPrivileges: true },
  },
  text: { text: "[Service]\nExecStart=/x\n" },
};
const [read, changed, missing] = [
  "load state=loaded stale=no",
  "load state=loaded stale=yes",
  "load state=not-found stale=no",
];

for (const name of ["app.service", "app@.service"]) {
  const path = `/etc/systemd/system/${name}`;
  describeResource(unit, {
    name,
    specs: contents,
    worlds: {
      absent: systemd(path, "absent", missing),
      "a package's": systemd(path, "absent", read),
      "a package on its way": systemd(path, "absent", missing, {
        "package:app": "installed version=* status=ok mark=manual",
      }),
      "as it is": systemd(path, own, read),
      "not read yet": systemd(path, own, changed),
      "with a fault": systemd(path, own, "load state=bad-setting stale=no"),
      silent: systemd(path, own, "unknown why=systemd"),
      masked: systemd(path, "link to=/dev/null", "load state=masked stale=no"),
      "without systemd": { ...systemd(path, "absent", "none"), "fact:init": "none" },
    },
    // What only systemd holds is read again, or it was never said.
    moving: ["not read yet", "silent"],
    refused: ["masked", "without systemd"],
  });
}

const dropInPath = "/etc/systemd/system/app.service.d/limits.conf";

describeResource(dropIn, {
  name: "app.service/limits",
  specs: contents,
  worlds: {
    absent: systemd(dropInPath, "absent", read, { "path:/etc/systemd/system/app.service.d": "absent" }),
    "before its unit": systemd(dropInPath, "absent", missing),
    "as it is": systemd(dropInPath, own, read),
    "not read yet": systemd(dropInPath, own, changed),
    "without systemd": { ...systemd(dropInPath, "absent", "none"), "fact:init": "sysv" },
  },
  moving: ["not read yet"],
  refused: ["without systemd"],
});

function said(enabled: string, active: string, config = "none"): string {
  return `service by=systemd unit=other enabled=${enabled} active=${active} config=${config} stale=no`;
}

const definition = "unit:app.service=1\n";
const record = `${digestOf(["", definition]).slice(0, 8)}-${sha256("one").slice(0, 16)}`;
const unitFile = "path:/etc/systemd/system/app.service";

describeResource(service, {
  name: "app",
  specs: {
    masked: { masked: true },
    plain: {},
    "with its units": { definition, reload: true },
    "with its units and a configuration": { definition, config: "one" },
    "neither enabled nor running": { enabled: false, running: false },
    "what it follows": { config: "file:/etc/app.conf=1\n", definition, reload: true },
  },
  worlds: {
    absent: { "fact:init": "systemd", "service:app": "absent", [unitFile]: "absent" },
    on: { "fact:init": "systemd", "service:app": said("enabled", "active"), [unitFile]: "absent" },
    "started from something else": {
      "fact:init": "systemd",
      "service:app": said("enabled", "active", "01234567-none"),
      [unitFile]: "absent",
    },
    "started from it": {
      "fact:init": "systemd",
      "service:app": said("enabled", "active", record),
      [unitFile]: "absent",
    },
    "started by others, with what it follows": {
      ...{ "fact:init": "systemd", "service:app": said("enabled", "active"), [unitFile]: "absent" },
      "service-since:app": `since with=${sha256(`file:/etc/app.conf=1\n${definition}`)}`,
    },
    "started by others, before what it follows": {
      ...{ "fact:init": "systemd", "service:app": said("enabled", "active"), [unitFile]: "absent" },
      "service-since:app": "older",
    },
    "linked from elsewhere": {
      "fact:init": "systemd",
      "service:app": said("enabled-linked", "active"),
      [unitFile]: "link to=/opt/app.service",
    },
    masked: { "fact:init": "systemd", "service:app": said("masked", "inactive"), [unitFile]: "link to=/dev/null" },
    "masked and running": {
      "fact:init": "systemd",
      "service:app": said("masked", "active"),
      [unitFile]: "link to=/dev/null",
    },
    "masked until the reboot": {
      "fact:init": "systemd",
      "service:app": said("masked-runtime", "inactive"),
      [unitFile]: "absent",
    },
    "a file of its own": { "fact:init": "systemd", "service:app": said("disabled", "inactive"), [unitFile]: own },
    "no systemd": { "fact:init": "none", "service:app": "absent", [unitFile]: "absent" },
  },
  moving: ["masked until the reboot", "masked and running"],
  refused: ["a file of its own", "linked from elsewhere", "no systemd"],
});

const [timerFile, runFile] = ["path:/etc/systemd/system/backup.timer", "path:/etc/systemd/system/backup.service"];

function timed(words: string, file: string, run: string, more: Record<string, string> = {}): Record<string, string> {
  const entries = Object.fromEntries(
    [[timerFile, file] as const, [runFile, run] as const].map(([key, answer]) => [
      key.replace("path:", "entry:"),
      answer.replace(/ sha256=\w+$/, ""),
    ]),
  );
  return {
    "fact:init": "systemd",
    "path:/etc/systemd/system": folder,
    [timerFile]: file,
    [runFile]: run,
    ...entries,
    "timer:backup": `timer ${words}`,
    [`blob:${sha256("[Service]\nExecStart=/x\n")}`]: "kept",
    ...more,
  };
}

describeResource(timer, {
  name: "backup",
  specs: {
    "by the calendar": {
      calendar: ["daily", "Mon 12:00"],
      persistent: true,
      run: ["/bin/true", "100%", "$HOME"],
      user: "app",
    },
    "every so often": { every: "15min", onBoot: 60, randomDelay: "1min", run: ["backup"] },
    "a unit": { calendar: "daily", unit: "other.service" },
    "as it was seen": {
      seen: {
        timer: { sha256: own.slice(-64), mode: "0644", owner: "root:root" },
        enabled: "disabled",
        active: "inactive",
      },
    },
  },
  worlds: {
    absent: timed("enabled=none active=inactive stale=no run=none", "absent", "absent"),
    "as it is": timed("enabled=enabled active=active stale=no run=own", own, own),
    "not read yet": timed("enabled=enabled active=active stale=yes run=own", own, own),
    "stopped by hand": timed("enabled=disabled active=failed stale=no run=own", own, own),
    "of a unit": timed("enabled=enabled active=active stale=no run=none", own, "absent"),
    "of somebody else's unit": timed("enabled=enabled active=active stale=no run=other", own, own),
    "cut off": timed("enabled=none active=inactive stale=no run=own", "absent", own),
    "a package's": timed("enabled=enabled active=active stale=no run=none", "absent", "absent"),
    silent: { ...timed("", "absent", "absent"), "timer:backup": "unknown why=systemd" },
    "without systemd": {
      ...timed("enabled=none active=inactive stale=no run=none", "absent", "absent"),
      "fact:init": "none",
    },
  },
  moving: ["not read yet", "stopped by hand"],
  refused: ["of somebody else's unit", "silent", "without systemd"],
});

/** Types whose things are one file, and nothing besides. */
function oneFile(
  path: string,
  more: Record<string, string> = {},
): Record<string, Record<string, string>> & { absent: Record<string, string> } {
  const world = (file: string, secret = ""): Record<string, string> => {
    const entry = file.replace(/ sha256=\w+$/, "");
    return {
      [`path:${path}`]: file,
      [`entry:${path}`]: entry,
      [`secretfile:${path}`]: secret === "" ? entry : `${entry} secret=${secret}`,
      ...more,
    };
  };
  return {
    absent: world("absent"),
    "as it is": world(own, "same"),
    "of a user": world(own.replace("root:root", "app:app ids=1000:1000"), "other"),
    closed: world(own.replace("644", "600"), "other"),
    link: world("link to=/dev/null"),
    "a package on its way": { ...world("absent"), "package:cron": "installed version=* status=ok mark=manual" },
  };
}

describeResource(cron, {
  name: "job",
  specs: {
    command: { schedule: "*/5 0-6,12 * jan-mar sun", command: "date +%F", env: { MAILTO: "" } },
    run: { schedule: "@daily", run: ["/bin/true", "it's 100%"], user: "app" },
    secret: { schedule: "@reboot", run: ["sync"], env: { TOKEN: { concat: ["x", { secret: "TOKEN" }] } } },
  },
  worlds: oneFile("/etc/cron.d/job", { "cron-daemon:main": "absent" }),
  refused: ["link"],
});

describeResource(logrotate, {
  name: "app",
  specs: {
    plain: { paths: "/var/log/app.log" },
    all: {
      paths: ["/var/log/a b"],
      every: "weekly",
      keep: 4,
      compress: true,
      after: ["true"],
      su: { user: "a", group: "a" },
    },
  },
  worlds: oneFile("/etc/logrotate.d/app", { "logrotate-here:main": "here" }),
  refused: ["link"],
});

describeResource(limits, {
  name: "app",
  specs: {
    user: { domain: "app", both: { nofile: 1024 } },
    all: { domain: "*", soft: { core: 0 }, hard: { core: "unlimited" } },
  },
  worlds: oneFile("/etc/security/limits.d/app.conf"),
  refused: ["link"],
});

describeResource(environment, {
  name: "JAVA_HOME",
  specs: { plain: { value: "/opt/java" }, empty: { value: "" }, hostile: { value: "$(x) 'y' \"z\" * 100%" } },
  worlds: {
    absent: { "environment:JAVA_HOME": "absent" },
    "as it is": { "environment:JAVA_HOME": "set value=/opt/java" },
    another: { "environment:JAVA_HOME": "set value=two%20words" },
    empty: { "environment:JAVA_HOME": "set value=" },
    closed: { "environment:JAVA_HOME": "unknown why=closed" },
  },
  refused: ["closed"],
});

describe("what cron takes as a time", () => {
  const wrong = (schedule: string): string => cron.schema.safeParse({ schedule, command: "true" }).error?.message ?? "";

  test.each(["* * * * *", "0 0 1 1 0", "*/15 8-18/2 1,15 * mon-fri", "59 23 31 DEC 7", "@reboot", "@midnight"])(
    "%s",
    (one) => {
      expect(wrong(one)).toBe("");
    },
  );

  test.each([
    ["* * * *", "five fields"],
    ["*  * * * *", "five fields"],
    ["60 * * * *", "minute"],
    ["* 24 * * *", "hour"],
    ["* * 0 * *", "day of the month"],
    ["* * * 13 *", "month"],
    ["* * * * 8", "day of the week"],
    ["5/15 * * * *", "minute"],
    ["*/0 * * * *", "minute"],
    ["30-10 * * * *", "minute"],
    ["1,,2 * * * *", "minute"],
    ["* * L * *", "day of the month"],
    ["* * * * fri#2", "day of the week"],
    ["@daly", "@daily"],
  ])("not %s: %s", (one, words) => {
    expect(wrong(one)).toContain(words);
  });
});
