import absent from "../../src/resources/absent.ts";
import archive from "../../src/resources/archive.ts";
import block from "../../src/resources/block.ts";
import download from "../../src/resources/download.ts";
import git from "../../src/resources/git.ts";
import line from "../../src/resources/line.ts";
import link from "../../src/resources/link.ts";
import { describeResource } from "./resource.ts";

const folder = "directory mode=755 owner=root:root";

describeResource(link, {
  name: "/srv/app/current",
  specs: {
    relative: { to: "releases/2" },
    absolute: { to: "/opt/app 2/100%" },
    "a user's": { to: "releases/2", owner: "app:www-data" },
    "a number's": { to: "releases/2", owner: "1000:1000" },
    "to itself": { to: "current" },
  },
  worlds: {
    absent: { "path:/srv/app/current": "absent", "path:/srv/app": folder },
    "no folder": { "path:/srv/app/current": "absent", "path:/srv/app": "absent", "path:/srv": "absent" },
    "a package on its way": {
      ...{ "path:/srv/app/current": "absent", "path:/srv/app": "absent" },
      "package:app": "installed version=* status=ok mark=manual",
    },
    "leads to nothing": { "path:/srv/app/current": "link to=releases/2", "entry:/srv/app/releases/2": "absent" },
    "leads elsewhere": { "path:/srv/app/current": "link to=releases/1" },
    "a user's": { "path:/srv/app/current": "link to=releases/2 owner=app:app ids=1000:1000" },
    "nobody's": { "path:/srv/app/current": "link to=%20%25 owner=10001:4 ids=10001:4" },
    file: { "path:/srv/app/current": "file mode=644 owner=root:root sha256=00" },
    folder: { "path:/srv/app/current": folder },
    unreadable: { "path:/srv/app/current": "unknown why=rights" },
  },
  refused: ["file", "folder", "unreadable"],
});

const at = (answer: string, entries = "absent", tree = "absent") => ({
  "path:/srv/old": answer,
  "entry:/srv/old": answer.replace(/ sha256=.*/, ""),
  "entries:/srv/old": entries,
  "tree:/srv/old": tree,
});

// With a package on its way its removal is planned, though it may turn out not to be brought: that is a case, not a law.
describeResource(absent, {
  name: "/srv/old",
  specs: { plain: {}, tree: { tree: true } },
  worlds: {
    absent: at("absent"),
    "no folder": { ...at("absent"), "path:/srv": "absent" },
    file: at(`file mode=644 owner=root:root sha256=${"a".repeat(64)}`),
    "a closed file": at(`file mode=4700 owner=app:app ids=7:7 sha256=${"a".repeat(64)}`),
    link: at("link to=/etc/passwd"),
    "a user's link": at("link to=a%20b owner=app:app ids=7:7"),
    empty: at(folder, "entries names=", "tree count=0"),
    full: at("directory mode=2755 owner=app:app ids=7:7", "entries names=a/b", "tree count=7"),
    "full, in an open folder": {
      ...at(folder, "entries names=a", "tree count=1"),
      "path:/srv": "directory mode=777 owner=a:a",
    },
    "mounted in": at(folder, "entries names=a", "tree count=1 mounted=/srv/old/a"),
    "not to be counted": at(folder, "entries names=a", "unknown why=rights"),
    "not to be read": at(folder, "unknown why=rights", "unknown why=rights"),
    device: at("other"),
    mounted: at("mounted mode=644 owner=root:root"),
    unreadable: at("unknown why=rights"),
  },
  refused: [
    ...["full", "full, in an open folder", "mounted in", "not to be counted", "not to be read"],
    ...["device", "mounted", "unreadable"],
  ],
});

const conf = (meta: string, said: string, put = "absent") => ({
  "path:/etc/app.conf": meta === "absent" || meta.startsWith("link") ? meta : `${meta} sha256=aa`,
  "entry:/etc/app.conf": meta,
  "line:/etc/app.conf:port": said,
  "line-put:/etc/app.conf:port": put,
});
const plain = "file mode=644 owner=root:root";
const closed = "file mode=600 owner=app:app ids=7:7";
const put = "put placed=%7b%22match%22:%22%5e%23?Port%20%22%7d";

describeResource(line, {
  name: "/etc/app.conf:port",
  specs: {
    plain: { line: "Port 2222" },
    matched: { line: "Port 2222", match: "^#?Port ", after: "^x", every: true, check: ["true", "{}"] },
    secret: { line: { concat: ["Port ", { secret: "PW" }] } },
    "taken out": { present: false, match: "^Port " },
    made: { line: "Port 2222", create: true },
  },
  worlds: {
    absent: conf(plain, "none"),
    "no file": conf("absent", "nofile"),
    "no folder": { ...conf("absent", "nofile"), "path:/etc": "absent" },
    "a package on its way": { ...conf("absent", "nofile"), "package:app": "installed version=* status=ok mark=manual" },
    "a file of this plan": conf(plain, "nofile"),
    another: conf(plain, "other has=#Port%2022"),
    ours: conf(plain, "ours has=Port%2021", `${put} has=Port%2021`),
    same: conf(plain, "same", `${put} has=Port%202222`),
    "same, of a closed file": conf(closed, "same", put),
    "ours, of a closed file": conf(closed, "ours", put),
    "taken out by hand": conf(closed, "none", "gone"),
    "no value": conf(closed, "unknown why=secret", put),
    many: conf(plain, "many count=2"),
    unmatched: conf(plain, "unmatched"),
    binary: conf(plain, "binary"),
    link: conf("link to=/x", "none"),
    unreadable: conf(closed, "unknown why=rights"),
  },
  // What is said of another text than the one that is asked about.
  moving: ["ours"],
  refused: ["no file", "many", "unmatched", "binary", "link", "unreadable"],
});

const marked = (meta: string, said: string) => {
  const { "path:/etc/app.conf": path, "entry:/etc/app.conf": entry } = conf(meta, said);
  return { "path:/etc/app.conf": path, "entry:/etc/app.conf": entry, "block:/etc/app.conf:db": said };
};

describeResource(block, {
  name: "/etc/app.conf:db",
  specs: {
    plain: { content: "a\nb\n" },
    placed: { content: "", comment: "/* ... */", after: "^x", before: "^y", check: ["true", "{}"] },
    secret: { content: { concat: ["PW=", { secret: "PW" }] } },
    made: { content: "a", create: true },
  },
  worlds: {
    absent: marked(plain, "none"),
    "no file": marked("absent", "nofile"),
    "no folder": { ...marked("absent", "nofile"), "path:/etc": "absent" },
    "a package on its way": {
      ...marked("absent", "nofile"),
      "package:app": "installed version=* status=ok mark=manual",
    },
    "a file of this plan": marked(plain, "nofile"),
    other: marked(plain, "other has=a%0a%0ab"),
    empty: marked(plain, "other has="),
    same: marked(plain, "same"),
    "other, of a closed file": marked(closed, "other"),
    "no value": marked(closed, "unknown why=secret"),
    torn: marked(plain, "torn"),
    binary: marked(plain, "binary"),
    link: marked("link to=/x", "none"),
    unreadable: marked(closed, "unknown why=rights"),
  },
  // What is said of another content than the one that is asked about.
  moving: ["other", "empty", "torn"],
  refused: ["no file", "torn", "binary", "link", "unreadable"],
});

const [one, two] = ["1".repeat(64), "2".repeat(64)];
const got = (answer: string) => ({
  "path:/opt/got": answer,
  "entry:/opt/got": answer.replace(/ sha256=.*/, ""),
  [`blob:${one}`]: "absent",
  "fetcher:main": "wget",
});

describeResource(download, {
  name: "/opt/got",
  specs: {
    plain: { url: "https://example.com/got", sha256: one },
    "a user's": { url: "http://x/y?z=%20", sha256: one, mode: "4755", owner: "app:www-data", check: ["{}", "-V"] },
    secret: { url: { concat: ["https://", { secret: "PW" }, "@x/"] }, sha256: one },
  },
  worlds: {
    absent: got("absent"),
    "no folder": { ...got("absent"), "path:/opt": "absent" },
    "a package on its way": { ...got("absent"), "package:curl": "installed version=* status=ok mark=manual" },
    same: got(`file mode=644 owner=root:root sha256=${one}`),
    another: got(`file mode=600 owner=app:app ids=7:7 sha256=${two}`),
    "kept once": { ...got(`file mode=644 owner=root:root sha256=${two}`), [`blob:${one}`]: "kept" },
    "nothing to fetch with": { ...got("absent"), "fetcher:main": "absent" },
    link: got("link to=/x"),
  },
  refused: ["nothing to fetch with", "link"],
});

const unpacked = (sum: string, more = "") => ({
  "path:/opt/tool": folder,
  "archive:/opt/tool": `unpacked sha256=${sum} strip=1 owner=root:root mode=755${more}`,
  ...tools,
});
const tools = Object.fromEntries([
  ...["tar", "gzip", "xz", "zstd", "unzip"].map((program) => [`unpacker:${program}`, "there"]),
  ["fetcher:main", "curl"],
]);

describeResource(archive, {
  name: "/opt/tool",
  specs: {
    plain: { url: "https://example.com/a.tgz", sha256: one, strip: 1 },
    "a user's": { path: "/srv/a.zip", sha256: two, owner: "app:www-data", mode: "0750" },
    secret: { url: { concat: ["https://", { secret: "PW" }, "@x/a.tar.zst"] }, sha256: one, strip: 1 },
  },
  worlds: {
    absent: { "path:/opt/tool": "absent", "archive:/opt/tool": "absent", ...tools },
    "no folder": { "path:/opt/tool": "absent", "path:/opt": "absent", "archive:/opt/tool": "absent", ...tools },
    "a package on its way": {
      ...{ "path:/opt/tool": "absent", "archive:/opt/tool": "absent", "unpacker:gzip": "absent" },
      "package:gzip": "installed version=* status=ok mark=manual",
    },
    same: unpacked(one),
    another: unpacked(two, " clean=yes"),
    "another with more in it": unpacked(two, " clean=no"),
    foreign: { "path:/opt/tool": folder, "archive:/opt/tool": "foreign", ...tools },
    "nothing to unpack with": { "path:/opt/tool": "absent", "archive:/opt/tool": "absent", "unpacker:tar": "absent" },
    link: { "path:/opt/tool": "link to=/x", "archive:/opt/tool": "foreign" },
  },
  refused: ["nothing to unpack with", "link"],
});

const [here, there] = ["a".repeat(40), "b".repeat(40)];
const checkout = (more: string) => ({
  "path:/srv/site": folder,
  "git:/srv/site": `git url=https://example.com/site.git owner=root:root ${more}`,
});
const nothing = { "path:/srv/site": "absent", "git:/srv/site": "absent" };

describeResource(git, {
  name: "/srv/site",
  specs: {
    commit: { url: "https://example.com/site.git", commit: here },
    tag: { url: "git@example.com:site.git", tag: "v1", owner: "app:www-data", depth: 1 },
    branch: { url: "https://example.com/site.git", branch: "main" },
    following: { url: "https://example.com/site.git", branch: "main", update: true, force: true },
  },
  worlds: {
    absent: nothing,
    "no folder": { ...nothing, "path:/srv": "absent" },
    "a package on its way": {
      ...{ ...nothing, "git:/srv/site": "nogit" },
      "package:git": "installed version=* status=ok mark=manual",
    },
    there: checkout(`head=${here} on=- want=${here} at=yes dirty=no`),
    "on a branch": checkout(`head=${here} on=main want=${here} at=yes dirty=no`),
    behind: checkout(`head=${there} on=main want=${here} at=no dirty=no`),
    "changed by hand": checkout(`head=${there} on=- want=${here} at=no dirty=yes`),
    unreachable: checkout(`head=${there} on=main want=unreachable at=yes dirty=no`),
    empty: checkout("head=- on=main want=- at=no dirty=no"),
    "no git": { ...nothing, "git:/srv/site": "nogit" },
    foreign: { "path:/srv/site": folder, "git:/srv/site": "foreign" },
    link: { "path:/srv/site": "link to=/x", "git:/srv/site": "foreign" },
  },
  // What is said of another commit than the one that is asked about.
  moving: ["behind", "changed by hand", "empty"],
  refused: ["changed by hand", "no git", "foreign", "link"],
});
