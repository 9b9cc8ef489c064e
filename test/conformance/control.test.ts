import { digestOf } from "../../src/lib/digest.ts";
import assert from "../../src/resources/assert.ts";
import command from "../../src/resources/command.ts";
import reboot from "../../src/resources/reboot.ts";
import waitFor from "../../src/resources/wait-for.ts";
import { describeResource } from "./resource.ts";

describeResource(command, {
  name: "it",
  specs: {
    plain: { run: ["make", "install"], check: ["test", "-x", "/usr/bin/it"] },
    "several, as a user": {
      run: [["a"], ["b", "it's $(x)"]],
      creates: "/srv/x",
      user: "app",
      cwd: "/srv",
      env: { A: "b" },
    },
    "with a secret": {
      run: ["sh", "-c", "cat"],
      creates: "/x",
      stdin: { concat: ["PW=", { secret: "PW" }] },
      undo: ["rm", "/x"],
    },
  },
  worlds: {
    absent: { "command:it": "needed" },
    done: { "command:it": "done" },
    "its check is not there": { "command:it": "missing what=the%20program%20make" },
    "a package on its way": { "command:it": "needed", "package:make": "installed version=* status=ok mark=manual" },
    unreadable: { "command:it": "unknown why=its%20check%20did%20not%20end" },
  },
  refused: ["unreadable"],
});

describeResource(waitFor, {
  name: "it",
  specs: {
    port: { port: 80 },
    "a port elsewhere": { port: "db:5432", within: 5 },
    url: { url: "http://127.0.0.1:8080/x?y=1" },
    path: { path: "/run/x" },
    program: { command: ["pg_isready", "-q"] },
  },
  worlds: {
    absent: { "wait-for:it": "waiting" },
    reached: { "wait-for:it": "reached" },
    "nothing to ask with": { "wait-for:it": "unknown why=curl%20or%20wget" },
    "a package on its way": {
      "wait-for:it": "unknown why=curl%20or%20wget",
      "package:curl": "installed version=* status=ok mark=manual",
    },
  },
  refused: ["nothing to ask with"],
});

describeResource(assert, {
  name: "it",
  specs: {
    program: { command: ["true"], user: "app", says: "it has to hold" },
    fact: { fact: "os", is: "debian", says: "Debian only" },
    number: { fact: "memory-mb", atLeast: 10, says: "too small" },
  },
  worlds: {
    absent: { "assert:it": "fails code=1 said=", "fact:os": "alpine", "fact:memory-mb": "9" },
    holds: { "assert:it": "holds", "fact:os": "debian", "fact:memory-mb": "10" },
    unreadable: { "assert:it": "unknown why=rights" },
  },
  refused: ["absent", "unreadable"],
});

const made = digestOf(["a", "b"]);

// With a package on its way a boot is planned that may turn out not to be asked for: that is a case, not a law.
describeResource(reboot, {
  name: "main",
  specs: {
    required: {},
    changed: { when: "changed", of: ["a", "b"], within: 60 },
  },
  worlds: {
    absent: { "reboot:main": "up required=no config=none", "fact:init": "systemd" },
    asked: { "reboot:main": "up required=yes config=none", "fact:init": "sysv" },
    "to come": { "reboot:main": "up required=no config=pending", "fact:init": "systemd" },
    booted: { "reboot:main": `up required=no config=${made}`, "fact:init": "systemd" },
    "no init": { "reboot:main": "up required=yes config=none", "fact:init": "none" },
    unreadable: { "reboot:main": "unknown why=rights" },
  },
  moving: ["asked"],
  refused: ["no init", "unreadable"],
});
