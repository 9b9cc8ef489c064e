import { sha256 } from "../../src/lib/digest.ts";
import directory from "../../src/resources/directory.ts";
import file from "../../src/resources/file.ts";
import pack from "../../src/resources/package.ts";
import service from "../../src/resources/service.ts";
import user from "../../src/resources/user.ts";
import { describeResource } from "./resource.ts";

const hello = sha256("hello\n");
const folder = "directory mode=755 owner=root:root";

describeResource(file, {
  name: "/srv/app/x",
  specs: {
    text: { content: "hello\n" },
    "closed text of a user": { content: "hello\n", mode: "0640", owner: "app:www-data" },
    "text by number": { content: "", mode: "4755", owner: "1000:1000" },
    secret: { content: { concat: ["PW=", { secret: "PW" }] }, mode: "0600" },
    rights: { mode: "0600", owner: "app" },
    digest: { sha256: hello },
  },
  worlds: {
    absent: all("absent", "absent", "absent"),
    "no folder": { ...all("absent", "absent", "absent"), "path:/srv/app": "absent", "path:/srv": folder },
    "a package on its way": {
      ...all("absent", "absent", "absent"),
      "package:app": "installed version=* status=ok mark=manual",
    },
    "the same": all(`file mode=644 owner=root:root sha256=${hello}`, "file mode=644 owner=root:root", "same"),
    "another, closed": all(
      `file mode=600 owner=root:root sha256=${sha256("x")}`,
      "file mode=600 owner=root:root",
      "other",
    ),
    "of a user": all(
      `file mode=640 owner=app:app ids=1000:1000 sha256=${hello}`,
      "file mode=640 owner=app:app ids=1000:1000",
      "same",
    ),
    "of nobody": all(
      `file mode=644 owner=10001:10001 ids=10001:10001 sha256=${hello}`,
      "file mode=644 owner=10001:10001 ids=10001:10001",
      "other",
    ),
    "no value": {
      ...all("absent", "file mode=600 owner=root:root", ""),
      "secretfile:/srv/app/x": "unknown why=secret",
    },
    link: all("link to=/etc/passwd", "link to=/etc/passwd", ""),
    folder: all(folder, folder, ""),
    unreadable: all("unknown why=rights", "unknown why=rights", ""),
  },
  refused: ["link", "folder", "unreadable", "absent"],
});

function all(path: string, entry: string, secret: string): Record<string, string> {
  const secretfile = secret === "same" || secret === "other" ? `${entry} secret=${secret}` : entry;
  const keyed = entry.startsWith("file ") ? `keyed sum=${hello}` : "absent";
  return {
    "path:/srv/app/x": path,
    "entry:/srv/app/x": entry,
    "secretfile:/srv/app/x": secretfile,
    "keyed:/srv/app/x": keyed,
  };
}

describeResource(directory, {
  name: "/srv/app",
  specs: {
    plain: {},
    closed: { mode: "0700" },
    "a user's": { mode: "2750", owner: "app:www-data" },
    "a number's": { owner: "1000:1000" },
  },
  worlds: {
    absent: { "path:/srv/app": "absent", "entries:/srv/app": "absent" },
    "not even the one above": { "path:/srv/app": "absent", "path:/srv": "absent", "entries:/srv/app": "absent" },
    empty: { "path:/srv/app": folder, "entries:/srv/app": "entries names=" },
    full: { "path:/srv/app": "directory mode=2755 owner=root:root", "entries:/srv/app": "entries names=a/b" },
    "of a user": {
      "path:/srv/app": "directory mode=750 owner=app:app ids=1000:1000",
      "entries:/srv/app": "entries names=",
    },
    "of half a name": {
      "path:/srv/app": "directory mode=750 owner=app:4242 ids=1000:4242",
      "entries:/srv/app": "entries names=",
    },
    file: { "path:/srv/app": `file mode=644 owner=root:root sha256=${hello}`, "entries:/srv/app": "absent" },
  },
  refused: ["file"],
});

const ann = "user uid=1000 gid=1000 group=ann home=/home/ann shell=/bin/bash comment=Ann%20A.,,, groups=docker,sudo";

describeResource(user, {
  name: "ann",
  specs: {
    plain: {},
    "with groups": { groups: ["adm", "sudo"] },
    "with all": { uid: 2000, home: "/srv/ann", shell: "/bin/sh", comment: "Ann 100%", groups: ["adm"] },
    system: { system: true },
  },
  worlds: {
    absent: { "user:ann": "absent", "group:ann": "absent", "group:adm": "group gid=4" },
    "with a group already": { "user:ann": "absent", "group:ann": "group gid=500", "group:adm": "absent" },
    there: { "user:ann": ann, "user-busy:ann": "idle" },
    odd: {
      "user:ann": "user uid=0 gid=0 group=Domain%20Users home=/ shell= comment= groups=Ops%20Team,x",
      "user-busy:ann": "idle",
    },
    busy: { "user:ann": ann, "user-busy:ann": "busy by=12%20(bash)" },
    remote: { "user:ann": "remote" },
  },
  refused: ["busy", "remote"],
});

const lists = { "dpkg:main": "clean", "apt-lists:main": "present age=fresh" };

describeResource(pack, {
  name: "nginx",
  specs: { any: {}, "a version": { version: "1.22.1-9" }, quiet: { start: false } },
  worlds: {
    absent: { "package:nginx": "absent", "package-start:nginx": "absent", ...lists },
    "absent, and no lists": {
      "package:nginx": "absent",
      "package-start:nginx": "absent",
      "dpkg:main": "clean",
      "apt-lists:main": "absent",
    },
    "as wanted": {
      "package:nginx": "installed version=1.22.1-9 status=ok mark=manual",
      "package-start:nginx": "quiet",
      ...lists,
    },
    newer: {
      "package:nginx": "installed version=1.26.0-1 status=ok mark=auto",
      "package-start:nginx": "starts units=nginx",
      ...lists,
    },
    held: {
      "package:nginx": "installed version=1.20.0-1 status=hold mark=manual",
      "package-start:nginx": "quiet",
      ...lists,
    },
    broken: {
      "package:nginx": "broken version=1.22.1-9 status=unpacked mark=manual",
      "package-start:nginx": "quiet",
      "dpkg:main": "interrupted",
      "apt-lists:main": "absent",
    },
    virtual: { "package:nginx": "virtual by=angie" },
  },
  moving: ["newer", "broken"],
  refused: ["held", "virtual"],
});

const unit = "[Service]\nExecStart=/srv/app/run\n[Install]\nWantedBy=multi-user.target\n";
const unitPath = "path:/etc/systemd/system/app.service";

const services = {
  plain: {},
  off: { enabled: false, running: false },
  "with a configuration": { config: "one", reload: true },
};

function said(by: string, own: string, enabled: string, active: string, config = "none", stale = "no"): string {
  return `service by=${by} unit=${own} enabled=${enabled} active=${active} config=${config} stale=${stale}`;
}

describeResource(service, {
  name: "app",
  specs: {
    ...services,
    "a unit of ours": { unit, config: "one" },
    "a unit that nothing starts": { unit: "[Service]\nExecStart=/x\n" },
  },
  worlds: {
    absent: systemd("absent"),
    "with a package": { ...systemd("absent"), "package:app": "installed version=* status=ok mark=manual" },
    ...Object.fromEntries(
      [
        "enabled",
        "alias",
        "static",
        "indirect",
        "generated",
        "transient",
        "masked",
        "enabled-runtime",
        "linked",
        "disabled",
      ].map((word) => [word, systemd(said("systemd", "other", word, word === "masked" ? "inactive" : "active"))]),
    ),
    "with its configuration": systemd(said("systemd", "other", "enabled", "active", sha256("one").slice(0, 16))),
    failed: systemd(said("systemd", "other", "enabled", "failed")),
    ours: systemd(
      said("systemd", "own", "enabled", "active", "0123456789abcdef"),
      `file mode=644 owner=root:root sha256=${hello}`,
    ),
    stale: systemd(said("systemd", "own", "enabled", "active", "none", "yes")),
    activating: systemd(said("systemd", "other", "enabled", "activating")),
    bad: systemd(said("systemd", "other", "bad", "inactive")),
    silent: systemd("unknown why=systemd"),
  },
  moving: ["stale", "activating", "enabled-runtime", "linked"],
  refused: ["bad", "silent", "enabled"],
});

function systemd(answer: string, file = "absent"): Record<string, string> {
  return { "fact:init": "systemd", "service:app": answer, [unitPath]: file };
}

describeResource(service, {
  name: "app",
  specs: services,
  worlds: {
    absent: { "fact:init": "sysv", "service:app": "absent" },
    on: { "fact:init": "sysv", "service:app": said("script", "other", "enabled", "active") },
    off: { "fact:init": "sysv", "service:app": said("script", "other", "disabled", "inactive") },
    "off, and no init system": { "fact:init": "none", "service:app": said("script", "other", "disabled", "inactive") },
  },
});

const argv = ["/srv/app/run"];

describeResource(service, {
  name: "app",
  specs: Object.fromEntries(Object.entries(services).map(([title, spec]) => [title, { ...spec, argv }])),
  worlds: {
    absent: { "fact:init": "none", "service:app": "absent" },
    running: {
      "fact:init": "none",
      "service:app": said("drover", "own", "none", "active", "01234567-0123456789abcdef"),
    },
    dead: { "fact:init": "none", "service:app": said("drover", "own", "none", "inactive") },
    "a script besides": { "fact:init": "none", "service:app": said("drover", "other", "none", "active") },
    "a script": { "fact:init": "none", "service:app": said("script", "other", "enabled", "inactive") },
  },
});
