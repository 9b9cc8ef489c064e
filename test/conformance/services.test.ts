import { digestOf, sha256 } from "../../src/lib/digest.ts";
import dropIn from "../../src/resources/drop-in.ts";
import service from "../../src/resources/service.ts";
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
