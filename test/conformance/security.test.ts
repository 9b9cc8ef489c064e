import { sha256 } from "../../src/lib/digest.ts";
import { RULES_FILE, UNIT_FILE, unitFile } from "../../src/resources/firewall/files.ts";
import { rulesText } from "../../src/resources/firewall/rules.ts";
import { firewallSchema } from "../../src/resources/firewall/schema.ts";
import firewall from "../../src/resources/firewall.ts";
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
  "firewall-rules:main": "absent",
  "firewall-boot:main": "unit enabled=none active=inactive stale=no",
  "firewall-others:main": "others active= docker=no",
  "fact:init": "systemd",
};
const all = {
  ...nothing,
  [`path:${RULES_FILE}`]: `file mode=600 owner=root:root sha256=${digest}`,
  [`path:${UNIT_FILE}`]: unit,
  "firewall-rules:main": `loaded file=${digest} rules=same`,
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
    "changed by hand": { ...all, "firewall-rules:main": `loaded file=${digest} rules=other` },
    flushed: { ...all, "firewall-rules:main": "absent" },
    "not at boot": { ...all, "firewall-boot:main": "unit enabled=disabled active=inactive stale=yes" },
    "another file": { ...all, [`path:${RULES_FILE}`]: `file mode=644 owner=root:root sha256=${sha256("x")}` },
    "the table alone": { ...nothing, "firewall-rules:main": "loaded file=none rules=other" },
    "nft on its way": {
      ...nothing,
      "firewall-rules:main": "missing",
      "package:nftables": "installed version=* status=ok mark=manual",
    },
    "no nft": { ...nothing, "firewall-rules:main": "missing" },
    "no nft any more": { ...all, "firewall-rules:main": "missing" },
    firewalld: { ...nothing, "firewall-others:main": "others active=firewalld docker=yes" },
    unreadable: { ...nothing, "firewall-rules:main": "unknown why=Operation%20not%20permitted" },
  },
  // The file says how they should be; what somebody made of them by hand no spec describes.
  moving: ["changed by hand", "flushed", "not at boot", "another file", "the table alone"],
  refused: ["no nft", "no nft any more", "firewalld", "unreadable"],
});
