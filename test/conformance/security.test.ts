import { expect, test } from "vitest";
import { sha256 } from "../../src/lib/digest.ts";
import { certPath, keyPath } from "../../src/resources/certificate/files.ts";
import certificate from "../../src/resources/certificate.ts";
import { RULES_FILE, UNIT_FILE, unitFile } from "../../src/resources/firewall/files.ts";
import { rulesText } from "../../src/resources/firewall/rules.ts";
import { firewallSchema } from "../../src/resources/firewall/schema.ts";
import firewall from "../../src/resources/firewall.ts";
import { configText, DROP_IN } from "../../src/resources/sshd/config.ts";
import sshd from "../../src/resources/sshd.ts";
import { describeResource } from "./resource.ts";

const folder = "directory mode=755 owner=root:root";
const unit = `file mode=644 owner=root:root sha256=${sha256(String(unitFile.content))}`;
const web = { allow: [{ port: [22, 80] }] };
const digest = sha256(rulesText(firewallSchema.parse(web)));
const nothing = {
  "path:/etc": folder,
  "path:/etc/systemd": folder,
  "path:/etc/systemd/system": folder,
  [`path:${RULES_FILE}`]: "absent",
  [`path:${UNIT_FILE}`]: "absent",
  "firewall-rules:main": "absent nft=yes",
  "firewall-boot:main": "unit enabled=none active=inactive stale=no",
  "firewall-others:main": "others active= docker=no",
  "fact:init": "systemd",
};
const all = {
  ...nothing,
  [`path:${RULES_FILE}`]: `file mode=600 owner=root:root sha256=${digest}`,
  [`path:${UNIT_FILE}`]: unit,
  "firewall-rules:main": `loaded file=${digest} rules=same listing=${sha256("l")}`,
  "firewall-boot:main": "unit enabled=enabled active=active stale=no",
};

describeResource(firewall, {
  name: "main",
  specs: {
    web,
    nothing: {},
    open: { policy: "accept", deny: [{ from: ["203.0.113.1", "2001:db8::/32"] }], ping: false },
    closed: {
      allow: [
        { interface: "wg*", comment: "it's $(x)" },
        { port: "8000-8100", proto: "both", from: "10.0.0.0/8" },
      ],
    },
  },
  worlds: {
    absent: nothing,
    all,
    "without systemd": { ...nothing, "fact:init": "none", "firewall-boot:main": "none" },
    "changed by hand": { ...all, "firewall-rules:main": `loaded file=${digest} rules=other listing=${sha256("m")}` },
    flushed: { ...all, "firewall-rules:main": "absent nft=yes" },
    "not at boot": { ...all, "firewall-boot:main": "unit enabled=disabled active=inactive stale=yes" },
    "another file": { ...all, [`path:${RULES_FILE}`]: `file mode=644 owner=root:root sha256=${sha256("x")}` },
    "the table alone": { ...nothing, "firewall-rules:main": "loaded file=none rules=other listing=ab" },
    "nft on its way": {
      ...nothing,
      "firewall-rules:main": "absent nft=no",
      "package:nftables": "installed version=* status=ok mark=manual",
    },
    "no nft": { ...nothing, "firewall-rules:main": "absent nft=no" },
    "no nft any more": { ...all, "firewall-rules:main": "absent nft=no" },
    firewalld: { ...nothing, "firewall-others:main": "others active=firewalld docker=yes" },
    unreadable: { ...nothing, "firewall-rules:main": "unknown why=Operation%20not%20permitted" },
  },
  // The file says how they should be; what somebody made of them by hand no spec describes.
  moving: ["changed by hand", "flushed", "not at boot", "another file", "the table alone"],
  refused: ["no nft", "no nft any more", "firewalld", "unreadable"],
});

const settings = { PermitRootLogin: "no" } as const;
const dropIn = sha256(configText(settings));
const plain = {
  "path:/etc": folder,
  "path:/etc/ssh": folder,
  "path:/etc/ssh/sshd_config.d": folder,
  [`path:${DROP_IN}`]: "absent",
  "sshd-config:main": "config include=3 before= after=x11forwarding@/etc/ssh/sshd_config:9",
  "sshd-effective:main": "effective permitrootlogin=yes",
  "sshd-wanted:main": "wanted permitrootlogin=no",
  "sshd-daemon:main": "daemon config=none active=active socket=none",
};
const set = {
  ...plain,
  [`path:${DROP_IN}`]: `file mode=644 owner=root:root sha256=${dropIn}`,
  "sshd-effective:main": "effective permitrootlogin=no",
  "sshd-daemon:main": `daemon config=${dropIn} active=active socket=none`,
};

describeResource(sshd, {
  name: "main",
  // One key: the worlds answer for that.
  specs: { text: settings, word: { permitrootlogin: false } },
  worlds: {
    absent: plain,
    set,
    "not read by the daemon": { ...set, "sshd-daemon:main": `daemon config=${sha256("x")} active=active socket=none` },
    "overridden by hand": { ...set, "sshd-effective:main": "effective permitrootlogin=yes" },
    "broken by hand": {
      ...set,
      [`path:${DROP_IN}`]: `file mode=644 owner=root:root sha256=${sha256("x")}`,
      "sshd-effective:main": "broken why=line%202",
    },
    "removed by hand": { ...set, [`path:${DROP_IN}`]: "absent" },
    "sshd on its way": {
      ...plain,
      "sshd-config:main": "missing",
      "sshd-effective:main": "missing",
      "sshd-wanted:main": "missing",
      "sshd-daemon:main": "daemon config=none active=inactive socket=none",
      "package:openssh-server": "installed version=* status=ok mark=manual",
    },
    "no sshd": { ...plain, "sshd-config:main": "missing" },
    "no include": { ...plain, "sshd-config:main": "config include=none before= after=" },
    "set before": {
      ...plain,
      "sshd-config:main": "config include=3 before=permitrootlogin@/etc/ssh/sshd_config:1 after=",
    },
    "not accepted": { ...plain, "sshd-wanted:main": "broken why=Bad%20configuration" },
    unreadable: { ...plain, "sshd-effective:main": "unknown why=rights" },
  },
  moving: ["not read by the daemon", "removed by hand", "broken by hand"],
  refused: ["no sshd", "no include", "set before", "not accepted", "unreadable"],
});

const [cert, key] = [certPath("web"), keyPath("web")];
const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const ssl = { "path:/etc": folder, "path:/etc/ssl": folder, "path:/etc/ssl/drover": folder };
const pair = (names: string, match: string, due: string): string =>
  `pair names=${names} match=${match} due=${due} sha256=${sha256(PEM)}`;
const noPair = {
  ...ssl,
  [`path:${cert}`]: "absent",
  [`entry:${cert}`]: "absent",
  [`entry:${key}`]: "absent",
  [`secretfile:${key}`]: "absent",
  "certificate:web": "absent",
};
const made = {
  ...ssl,
  [`path:${cert}`]: `file mode=644 owner=root:root sha256=${sha256(PEM)}`,
  [`entry:${cert}`]: "file mode=644 owner=root:root",
  [`entry:${key}`]: "file mode=600 owner=root:root",
  [`secretfile:${key}`]: "file mode=600 owner=root:root secret=same",
  "certificate:web": pair("web.example.org", "yes", "no"),
};

describeResource(certificate, {
  name: "web",
  specs: {
    made: { names: ["web.example.org"] },
    "made for many": { names: ["*.example.org", "10.0.0.1", "2001:db8::1"], mode: "0640", owner: "root:ssl-cert" },
    given: { chain: PEM, privateKey: { secret: "KEY" } },
  },
  worlds: {
    absent: noPair,
    "no folder": { ...noPair, "path:/etc/ssl/drover": "absent" },
    made,
    due: { ...made, "certificate:web": pair("web.example.org", "yes", "yes") },
    "another's key": {
      ...made,
      "certificate:web": pair("web.example.org", "no", "no"),
      [`secretfile:${key}`]: "file mode=600 owner=root:root secret=other",
    },
    "a key open to all": {
      ...made,
      [`entry:${key}`]: "file mode=644 owner=root:root",
      [`secretfile:${key}`]: "file mode=644 owner=root:root secret=same",
    },
    broken: {
      ...made,
      "certificate:web": "broken what=certificate",
      [`path:${cert}`]: `file mode=644 owner=root:root sha256=${sha256("x")}`,
    },
    "no value": { ...made, [`secretfile:${key}`]: "unknown why=secret" },
    "no openssl": { ...noPair, "certificate:web": "missing" },
    "openssl on its way": {
      ...noPair,
      "certificate:web": "missing",
      "package:openssl": "installed version=* status=ok mark=manual",
    },
    unreadable: { ...made, "certificate:web": "unknown why=rights" },
    link: { ...noPair, [`entry:${key}`]: "link to=/tmp/x", [`secretfile:${key}`]: "link to=/tmp/x" },
  },
  moving: ["due", "another's key", "broken", "a key open to all"],
  refused: ["no openssl", "unreadable", "link"],
});

test.each([
  [firewall, "main", { ...nothing, "firewall-rules:main": "loaded file=none rules=other listing=ab" }],
  [sshd, "main", { "sshd-daemon:main": "daemon config=ab active=active socket=none", [`path:${DROP_IN}`]: "absent" }],
  [
    certificate,
    "web",
    { [`entry:${cert}`]: "file mode=644 owner=root:root", [`entry:${key}`]: "file mode=644 owner=12:13 ids=12:13" },
  ],
] as const)(
  "$0.type: what is left of it has a spec that its schema reads, so that its removal can be ordered",
  (type, name, answers) => {
    const seen = type.parse(name, new Map(Object.entries(answers)));
    expect(seen.kind).toBe("present");
    if (seen.kind === "present") expect(type.after?.(name, type.spec(name, seen.state))).toEqual(expect.any(Array));
  },
);
