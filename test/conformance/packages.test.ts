import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/lib/digest.ts";
import { describeKey, keyFault, keysOf } from "../../src/resources/apt-repository/key.ts";
import { listNames } from "../../src/resources/apt-repository/sources.ts";
import aptRepository from "../../src/resources/apt-repository.ts";
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
