import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/digest.ts";
import aptPin from "../../src/resources/apt-pin.ts";
import { describeKey, keyFault, keysOf } from "../../src/resources/apt-repository/key.ts";
import { listNames } from "../../src/resources/apt-repository/sources.ts";
import aptRepository from "../../src/resources/apt-repository.ts";
import debconf from "../../src/resources/debconf.ts";
import pack from "../../src/resources/package.ts";
import unattendedUpgrades from "../../src/resources/unattended-upgrades.ts";
import { describeResource } from "./resource.ts";

const KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawlMRRYJKwYBBAHaRw8BAQdAAyPB/vg749kytsoclU0e/ZN7/lv60cwe1BPk
Wgt1bJ+0FUxhYiA8bGFiQGV4YW1wbGUuY29tPoiWBBMWCAA+FiEE/rNoXDNk85Cl
86VUlWOpfjpAMAgFAmsJTEUCGwMFCQPCZwAFCwkIBwIGFQoJCAsCBBYCAwECHgEC
F4AACgkQlWOpfjpAMAjr7wEAhgA/8Ku9Tl2DSKoRji6G6TELpkcoSRKUxQDnItym
23EBAIxtxZj5fU8aNdQQPhF8G6l8Fpd+WBWS7ArEy2JLpo8A
=M4Pc
-----END PGP PUBLIC KEY BLOCK-----
`;
const END = "key-end:1858843461";
const text = (by: string): string =>
  `Types: deb\nURIs: https://packages.example.com/debian\nSuites: stable\nComponents: main\nSigned-By: ${by}\n`;
const keyPath = "path:/etc/apt/keyrings/lab.asc";
const sourcesPath = "path:/etc/apt/sources.list.d/lab.sources";
const index = "apt-index:lab packages.example.com_debian_dists_stable_";
const source = "apt-source:https://packages.example.com/debian/";
const own = "/etc/apt/sources.list.d/lab.sources|stable|/etc/apt/keyrings/lab.asc";
const fileOf = (content: string): string => `file mode=644 owner=root:root sha256=${sha256(content)}`;
const folders = Object.fromEntries(
  ["/etc", "/etc/apt", "/etc/apt/keyrings", "/etc/apt/sources.list.d"].map((path) => [
    `path:${path}`,
    "directory mode=755 owner=root:root",
  ]),
);
const none = { [keyPath]: "absent", [sourcesPath]: "absent", [index]: "absent", [source]: "absent", [END]: "ahead" };
const nothing = { ...folders, ...none, "apt-lists:main": "present age=fresh" };
const whole = {
  ...nothing,
  [keyPath]: fileOf(KEY),
  [sourcesPath]: fileOf(text("/etc/apt/keyrings/lab.asc")),
  [index]: "fetched by=/etc/apt/keyrings/lab.asc",
  [source]: `found entries=${own}`,
};
const uris = ["https://packages.example.com/debian"];

describeResource(aptRepository, {
  name: "lab",
  specs: {
    "with its key": { uris, suites: ["stable"], key: KEY },
    "with a key of the machine": { uris, suites: ["stable"], keyFile: "/usr/share/keyrings/lab.gpg" },
    more: {
      uris,
      suites: ["stable"],
      components: ["main", "extra"],
      architectures: ["amd64"],
      sources: true,
      key: KEY,
    },
  },
  worlds: {
    absent: { ...nothing, "entry:/usr/share/keyrings/lab.gpg": "file mode=644 owner=root:root" },
    "absent, and no lists and no folder": {
      ...nothing,
      "apt-lists:main": "absent",
      "path:/etc/apt/keyrings": "absent",
      "entry:/usr/share/keyrings/lab.gpg": "file mode=644 owner=root:root",
    },
    whole,
    "not fetched": { ...whole, [index]: "stale by=/etc/apt/keyrings/lab.asc" },
    "without its key": { ...whole, [keyPath]: "absent" },
    "only a key": { ...nothing, [keyPath]: fileOf("another") },
    "another owner": { ...whole, [sourcesPath]: `${fileOf("x").replace("root:root", "app:app ids=7:7")}` },
    "another key": { ...nothing, [source]: "found entries=/etc/apt/sources.list|stable|" },
    "an expired key": { ...nothing, [END]: "past" },
    "a link": { ...nothing, [sourcesPath]: "link to=/srv/x" },
  },
  refused: ["another key", "an expired key", "a link"],
});

test.each(["", "a b", "../x", "-x", "a/b", "x;y", "x\n"])("no repository is called %j", (name) => {
  expect(() => aptRepository.query([{ name, spec: undefined }], "gb/production")).toThrow(/^apt-repository /);
});

describe("keys of repositories", () => {
  const bytes = Buffer.from(KEY.split("\n").slice(2, -3).join(""), "base64");

  test("say who they are and until when", () => {
    // As gpg says: pub ed25519 2026-11-27 [SC] [expires: 2028-11-26].
    expect(keysOf(KEY).map(describeKey)).toEqual(["FEB3685C3364F390A5F3A5549563A97E3A403008, expires 2028-11-26"]);
  });

  test("are the same key in armour, in base64, with the line ends of Windows, and twice in one text", () => {
    for (const given of [bytes.toString("base64"), KEY.replaceAll("\n", "\r\n"), `  ${bytes.toString("base64")}\n`])
      expect(keysOf(given)).toEqual(keysOf(KEY));
    expect(keysOf(`${KEY}\n${KEY}`)).toHaveLength(2);
  });

  test.each([
    ["nothing", ""],
    ["a path", "/etc/apt/keyrings/lab.asc"],
    ["a changed letter", KEY.replace("bJ+0FUxh", "bJ+0FUxi")],
    ["a cut", bytes.subarray(0, 100).toString("base64")],
    ["no OpenPGP", Buffer.from("hello").toString("base64")],
    ["a secret key", KEY.replaceAll("PUBLIC", "PRIVATE")],
    ["a secret key's bytes", Buffer.concat([Buffer.from([0xc5, 1, 4]), bytes]).toString("base64")],
  ])("are refused: %s", (_what, given) => {
    expect(keyFault(given)).toMatch(/^this is no public key that apt could use: /);
  });
});

test("lists are named as apt names them", () => {
  // As `apt-get update --print-uris` of apt 2.6 does.
  const base = { sources: false } as const;
  const uris = [
    "http://x.org/~a_b/c+d%20e/",
    "https://y.org:8443",
    "file:///srv/repo",
    "http://[::1]:80/q",
    "copy:/srv/x",
  ];
  expect(listNames({ ...base, uris, suites: ["st_x/y"] })).toEqual([
    "x.org_%7ea%5fb_c+d%2520e_dists_st%5fx_y_",
    "y.org:8443_dists_st%5fx_y_",
    "_srv_repo_dists_st%5fx_y_",
    "::1:80_q_dists_st%5fx_y_",
    "_srv_x_dists_st%5fx_y_",
  ]);
  expect(listNames({ ...base, uris: ["file:/srv/repo"], suites: ["./", "/", "f_l/"] })).toEqual([
    "_srv_repo_._",
    "_srv_repo_",
    "_srv_repo_f%5fl_",
  ]);
});

const lists = { "dpkg:main": "clean", "apt-lists:main": "present age=fresh" };
const packageIs = (status: string, version = "1:2.0-1") => ({
  "package:lab": `installed version=${version} status=${status} mark=manual`,
  ...lists,
});

describeResource(pack, {
  name: "lab",
  specs: { held: { hold: true }, "not held": { hold: false }, "held at a version": { hold: true, version: "1:2.0-1" } },
  worlds: {
    absent: { "package:lab": "absent", ...lists },
    "as wanted": packageIs("ok"),
    "on hold": packageIs("hold"),
    "on hold at another version": packageIs("hold", "1.0-1"),
  },
});

const byDnf = (answer: string, offer = "offered") => ({
  ...{ "package:lab": answer, "package:lab=1:2.0-1": offer },
  ...{ "fact:packages": "dnf", "dnf:main": "ready holds=yes", "package-start:lab": "starts units=lab.service" },
});

describe("by dnf", () => {
  describeResource(pack, {
    name: "lab",
    specs: {
      any: {},
      held: { hold: true },
      "held at a version": { hold: true, version: "1:2.0-1" },
      "without its services": { start: false, version: "1:2.0-1" },
    },
    worlds: {
      absent: byDnf("absent"),
      "as wanted": byDnf("installed version=1:2.0-1 status=ok mark=manual", "here"),
      "on hold": byDnf("installed version=1.0-1 status=hold mark=manual"),
      "one of several": {
        ...byDnf("installed version=1:3.0-1 status=ok mark=manual", "here"),
        "package-several:lab": "yes",
      },
      "gone from its repository": byDnf("absent", "gone versions=3.0-1"),
      unreadable: byDnf("unknown why=rpm%20does%20not%20answer"),
    },
    refused: ["on hold", "gone from its repository", "unreadable"],
  });
});

const pinPath = "path:/etc/apt/preferences.d/lab.pref";
const pins = { "path:/etc": "directory mode=755 owner=root:root", "path:/etc/apt/preferences.d": "absent" };
const pinText = "Package: lab*\nPin: origin packages.example.com\nPin-Priority: 990\n";

describeResource(aptPin, {
  name: "lab",
  specs: {
    first: { packages: ["lab*"], pin: "origin packages.example.com", priority: 990 },
    back: { packages: ["a", "src:b"], pin: "version 1.*", priority: 1001, explanation: "the newer one loses data" },
  },
  worlds: {
    absent: { ...pins, [pinPath]: "absent" },
    "as wanted": { ...pins, [pinPath]: fileOf(pinText) },
    other: { ...pins, [pinPath]: fileOf("x") },
  },
});

const upgradesPath = "path:/etc/apt/apt.conf.d/60drover-unattended-upgrades";

describeResource(unattendedUpgrades, {
  name: "main",
  specs: {
    plain: {},
    more: { origins: ["o=Lab"], blacklist: ["lab-"], reboot: "03:30", mail: "root", removeUnused: true },
  },
  worlds: {
    absent: { [upgradesPath]: "absent", "package:unattended-upgrades": "absent" },
    other: { [upgradesPath]: fileOf("x"), "package:unattended-upgrades": "installed version=* status=ok mark=manual" },
  },
});

const answer = (value: string, seen = "yes") => `answer seen=${seen} value=${value}`;

describeResource(debconf, {
  name: "lab",
  specs: {
    text: { answers: { "lab/name": "two words", "lab/yes": true } },
    secret: { answers: { "lab/name": "x", "lab/password": { secret: "TOKEN" } } },
  },
  worlds: {
    absent: {
      "debconf:lab": "absent",
      "package:lab": "absent",
      "debconf-answer:lab/name": "absent",
      "debconf-answer:lab/yes": "absent",
      "debconf-secret:lab/password": "absent",
    },
    "as wanted": {
      "debconf:lab": "owned names=lab/name,lab/password,lab/yes",
      "package:lab": "absent",
      "debconf-answer:lab/name": answer("two%20words"),
      "debconf-answer:lab/yes": answer("true"),
      "debconf-secret:lab/password": "given how=now",
    },
    "a default, and another password": {
      "debconf:lab": "owned names=lab/name,lab/password",
      "package:lab": "absent",
      "debconf-answer:lab/name": answer("x", "no"),
      "debconf-answer:lab/yes": "absent",
      "debconf-secret:lab/password": "other",
    },
    "installed, and the password taken": {
      "debconf:lab": "owned names=lab/name",
      "package:lab": "installed version=1 status=ok mark=manual",
      "debconf-answer:lab/name": answer("x"),
      "debconf-answer:lab/yes": answer("false"),
      "debconf-secret:lab/password": "given how=taken",
    },
    "no secret here": {
      "debconf:lab": "owned names=lab/name,lab/password",
      "package:lab": "absent",
      "debconf-answer:lab/name": answer("x"),
      "debconf-answer:lab/yes": answer("true"),
      "debconf-secret:lab/password": "unknown why=secret",
    },
    "a password in the clear": {
      "debconf:lab": "owned names=lab/name",
      "package:lab": "absent",
      "debconf-answer:lab/name": "password seen=yes",
      "debconf-answer:lab/yes": "absent",
      "debconf-secret:lab/password": "absent",
    },
    unreadable: { "debconf:lab": "unknown why=/var/cache/debconf/passwords.dat%20may%20not%20be%20read" },
  },
  refused: ["a password in the clear", "unreadable"],
});

test.each([
  ["debconf", debconf, { answers: { "a/b": " x" } }],
  ["debconf", debconf, { answers: { "a/b": "x\ny" } }],
  ["debconf", debconf, { answers: { "a b": "x" } }],
  ["apt-pin", aptPin, { packages: ["a"], pin: "release n=x\nPackage: *", priority: 1 }],
  ["apt-pin", aptPin, { packages: ["a"], pin: "sometimes", priority: 1 }],
  ["apt-pin", aptPin, { packages: ["a b"], pin: "version 1", priority: 1 }],
  ["apt-pin", aptPin, { packages: ["a"], pin: "version 1", priority: 0 }],
  ["unattended-upgrades", unattendedUpgrades, { origins: ['x"; };'] }],
  ["unattended-upgrades", unattendedUpgrades, { reboot: "25:00" }],
  ["apt-repository", aptRepository, { uris, suites: ["stable"] }],
  ["apt-repository", aptRepository, { uris, suites: ["stable"], key: KEY, keyFile: "/x" }],
  ["apt-repository", aptRepository, { uris, suites: ["stable", "./"], key: KEY }],
  ["apt-repository", aptRepository, { uris, suites: ["./"], components: ["main"], key: KEY }],
  ["apt-repository", aptRepository, { uris: ["https://me:word@x.example.com"], suites: ["stable"], key: KEY }],
  ["apt-repository", aptRepository, { uris: ["https://x\nTrusted: yes"], suites: ["stable"], key: KEY }],
  ["apt-repository", aptRepository, { uris, suites: ["stable"], key: KEY, trusted: true }],
])("%s refuses what it cannot do %#", (_type, type, spec) => {
  expect(type.schema.safeParse(spec).success).toBe(false);
});
