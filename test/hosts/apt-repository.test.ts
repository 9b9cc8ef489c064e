import { describe, expect, test } from "vitest";
import { aptRepository, type DeclaredInput, pkg } from "../../src/index.ts";
import { requireEngine, requirement } from "../machines/index.ts";
import { aptHost, fine, trouble, URL } from "./apt-host.ts";

const missing = await requirement("repositories of packages on real hosts", requireEngine);

describe.skipIf(missing)("a repository of packages", () => {
  const { out, run } = aptHost();
  const lab = (fields: { key?: string; keyFile?: string }, suites = ["stable"], uris = [URL]): DeclaredInput =>
    aptRepository("lab", { uris, suites, ...fields });
  let key = "";

  test("and a package from it, from nothing, in one run", async () => {
    key = await out("cat /srv/lab.asc");
    const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key })]);
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual(["create apt-repository:lab", "create package:lab-tool"]);
    const [change] = ran.plan.hosts[0]?.changes ?? [];
    const fingerprint = await out(
      "GNUPGHOME=/srv/gnupg gpg --with-colons --list-keys lab | awk -F: '/^fpr/ {print $10; exit}'",
    );
    const end = await out(
      "GNUPGHOME=/srv/gnupg gpg --with-colons --list-keys lab | awk -F: '/^pub/ {print $7}' | xargs -I{} date -u -d @{} +%F",
    );
    expect(change?.diff).toContainEqual({ path: "key", from: "", to: `${fingerprint}, expires ${end}` });
    expect(await out("dpkg-query -W -f '${Version}' lab-tool")).toBe("1:2.0-1");
    expect(await out("stat -c '%a %U' /etc/apt/keyrings/lab.asc /etc/apt/sources.list.d/lab.sources")).toBe(
      "644 root\n644 root",
    );
    expect(
      await out("cmp /srv/lab.asc /etc/apt/keyrings/lab.asc; apt-get -q update 2>&1 | grep '^[WE]:' || true"),
    ).toBe("");
  });

  test("then there is nothing to do, however the key is given", async () => {
    expect((await run("apt-repo", [pkg("lab-tool"), lab({ key })])).changes).toEqual([]);
    const base64 = await out("cat /srv/lab.b64");
    expect((await run("apt-repo", [pkg("lab-tool"), lab({ key: base64 })])).changes).toEqual([]);
  });

  test("changed by hand, it is put right and fetched again", async () => {
    await out(
      "sed -i s/stable/other/ /etc/apt/sources.list.d/lab.sources; cat /srv/other.asc >/etc/apt/keyrings/lab.asc",
    );
    const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key })]);
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual(["update apt-repository:lab"]);
    expect(await out("apt-cache policy lab-tool")).toContain(`${URL} stable/main`);
    expect((await run("apt-repo", [pkg("lab-tool"), lab({ key })])).changes).toEqual([]);
  });

  test("cut off before its lists were fetched, the next run fetches them", async () => {
    await out("rm /var/lib/apt/lists/127.0.0.1:8088_dists_stable_InRelease");
    const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key })]);
    expect(ran.changes).toEqual(["update apt-repository:lab"]);
    expect(trouble(ran)).toEqual(fine);
  });

  test("old lists of others stay old, and are fetched before a package goes in", async () => {
    await out("touch -d '3 days ago' /var/lib/apt/lists /var/lib/apt/lists/partial");
    expect(trouble(await run("apt-repo", [pkg("lab-tool"), lab({ key }, ["stable", "other"])]))).toEqual(fine);
    const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key }, ["stable", "other"]), pkg("lab-more")]);
    expect(ran.plan.hosts[0]?.changes[0]?.diff).toContainEqual({ path: "lists", from: "old", to: "updated" });
    expect(trouble(ran)).toEqual(fine);
  });

  test.each([
    ["of another key", () => ({ key: "other" }), ["stable"], "NO_PUBKEY"],
    ["that is not there", () => ({ key: "lab" }), ["nosuch"], "does not have a Release file"],
  ])("%s is taken back, and apt goes on with the former", async (_what, wanted, suites, why) => {
    const given = await out(`cat /srv/${wanted().key}.asc`);
    const before = await out("cat /etc/apt/keyrings/lab.asc /etc/apt/sources.list.d/lab.sources | sha256sum");
    const ran = await run("apt-repo", [pkg("lab-tool"), lab({ key: given }, suites), pkg("lab-more")]);
    expect(JSON.stringify(ran.outcome?.failures)).toContain(why);
    expect(await out("cat /etc/apt/keyrings/lab.asc /etc/apt/sources.list.d/lab.sources | sha256sum")).toBe(before);
    expect(await out("apt-get -q update 2>&1 | grep '^[WE]:' || true")).toBe("");
    expect(
      (await run("apt-repo", [pkg("lab-tool"), lab({ key }, ["stable", "other"]), pkg("lab-more")])).changes,
    ).toEqual([]);
  });

  test("that apt refuses from the start leaves nothing behind", async () => {
    const ran = await run("apt-new", [aptRepository("bad", { uris: [URL], suites: ["nosuch"], key })]);
    expect(ran.outcome?.failures).toHaveLength(1);
    expect(await out("ls /etc/apt/sources.list.d /etc/apt/keyrings")).not.toContain("bad");
  });

  test("leaves with its key, and its packages before it", async () => {
    expect(trouble(await run("apt-repo", [pkg("lab-tool"), pkg("lab-more"), lab({ key })]))).toEqual(fine);
    const ran = await run("apt-repo", []);
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes.at(-1)).toBe("delete apt-repository:lab");
    expect(
      await out("ls /etc/apt/sources.list.d /etc/apt/keyrings; dpkg-query -W lab-tool 2>&1 | grep -c '1:2.0' || true"),
    ).toContain("0");
    expect(await out("find /etc/apt -name '*lab*'")).toBe("");
    expect((await run("apt-repo", [])).changes).toEqual([]);
  });
});
