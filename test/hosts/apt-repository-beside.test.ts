import { describe, expect, test } from "vitest";
import { aptRepository, type DeclaredInput, pkg } from "../../src/index.ts";
import { requireEngine, requirement } from "../machines/index.ts";
import { aptHost, fine, trouble, URL } from "./apt-host.ts";

const missing = await requirement("repositories beside others on real hosts", requireEngine);

describe.skipIf(missing)("a repository beside those of others", () => {
  const { out, run } = aptHost();
  const lab = (fields: { key?: string; keyFile?: string }, suites = ["stable"], uris = [URL]): DeclaredInput =>
    aptRepository("lab", { uris, suites, ...fields });
  let key = "";

  test("is there first", async () => {
    key = await out("cat /srv/lab.asc");
    expect(trouble(await run("apt-repo", [pkg("lab-tool"), pkg("lab-more"), lab({ key })]))).toEqual(fine);
  });

  test.each([
    [
      "deb822 of the host",
      "printf 'Enabled: yes\\nTypes: deb\\nURIs: http://x.example.com\\n#c\\n http://127.0.0.1:8088/\\nSuites: third stable\\nComponents: main\\nSigned-By: /srv/other.asc\\n' >/etc/apt/sources.list.d/own.sources",
    ],
    [
      "one line of the host",
      "echo 'deb [ arch=amd64 signed-by=/srv/other.asc ] http://127.0.0.1:8088 stable main # x' >/etc/apt/sources.list.d/own.list",
    ],
    ["one line without a key", "echo 'deb http://127.0.0.1:8088/ stable main' >/etc/apt/sources.list.d/own.list"],
  ])("whose suite has another key in %s is refused, as it would stop apt", async (_what, script) => {
    await out(`rm -f /etc/apt/sources.list.d/lab.sources; ${script}`);
    const ran = await run("apt-repo", [pkg("lab-tool"), pkg("lab-more"), lab({ key })]);
    expect(ran.plan.problems.map(({ message }) => message).join()).toMatch(
      /\/own\.\w+ names http:\/\/127.*stable as well/,
    );
    // And apt says so, too.
    await out(
      "printf 'Types: deb\\nURIs: http://127.0.0.1:8088\\nSuites: stable\\nComponents: main\\nSigned-By: /etc/apt/keyrings/lab.asc\\n' >/etc/apt/sources.list.d/aaa.sources",
    );
    expect(await out("apt-cache policy 2>&1 >/dev/null || true")).toContain("Conflicting values");
    await out("rm /etc/apt/sources.list.d/own.* /etc/apt/sources.list.d/aaa.sources");
  });

  test("a source that is switched off stands in nobody's way", async () => {
    await out(
      "printf 'Enabled: no\\nTypes: deb\\nURIs: http://127.0.0.1:8088/\\nSuites: stable\\nComponents: main\\nSigned-By: /srv/other.asc\\n' >/etc/apt/sources.list.d/own.sources; printf '# deb http://127.0.0.1:8088 stable main\\n' >/etc/apt/sources.list.d/own.list",
    );
    const ran = await run("apt-repo", [pkg("lab-tool"), pkg("lab-more"), lab({ key })]);
    expect(trouble(ran)).toEqual(fine);
    await out("rm /etc/apt/sources.list.d/own.*");
  });

  test("two of one plan with two keys are refused", async () => {
    const other = await out("cat /srv/other.asc");
    const ran = await run("apt-repo", [
      pkg("lab-tool"),
      pkg("lab-more"),
      lab({ key }),
      aptRepository("lab2", { uris: [`${URL}/`], suites: ["stable"], key: other }),
    ]);
    expect(ran.plan.problems.map(({ message }) => message).join()).toContain("lab.sources names");
  });

  test("with a key of the machine, which _apt has to read, in place of its own", async () => {
    await out("install -m 600 /srv/lab.asc /usr/local/share/lab.asc");
    const wanted = [pkg("lab-tool"), pkg("lab-more"), lab({ keyFile: "/usr/local/share/lab.asc" })];
    expect((await run("apt-repo", wanted)).plan.problems.map(({ message }) => message).join()).toContain(
      "its mode is 600",
    );
    await out("chmod 644 /usr/local/share/lab.asc");
    expect(trouble(await run("apt-repo", wanted))).toEqual(fine);
    expect(await out("ls /etc/apt/keyrings")).toBe("");
    expect((await run("apt-repo", wanted)).changes).toEqual([]);
  });

  test("in a folder, by a path, with names that apt spells otherwise", async () => {
    await out(
      "mkdir -p '/srv/repo/a_b~c'; cp -r /srv/repo/dists/stable/main/binary-*/Packages '/srv/repo/a_b~c'; cd '/srv/repo/a_b~c'; printf 'Date: %s\\nSHA256:\\n %s %s Packages\\n' \"$(date -Ru)\" $(sha256sum <Packages | cut -d' ' -f1) $(stat -c %s Packages) >Release; GNUPGHOME=/srv/gnupg gpg --batch --quiet -u lab --clearsign -o InRelease Release",
    );
    const flat = aptRepository("flat", { uris: ["file:/srv/repo/a_b~c", `${URL}/a_b~c/`], suites: ["./"], key });
    expect(trouble(await run("apt-flat", [flat]))).toEqual(fine);
    expect((await run("apt-flat", [flat])).changes).toEqual([]);
    expect(trouble(await run("apt-flat", []))).toEqual(fine);
  });

  test("foreign ones are not touched without adopt", async () => {
    await out("echo '# mine' >/etc/apt/sources.list.d/mine.sources");
    const ran = await run("apt-mine", [aptRepository("mine", { uris: [URL], suites: ["other"], key })]);
    expect(ran.plan.problems.map(({ code }) => code)).toEqual(["FOREIGN"]);
    await out("rm /etc/apt/sources.list.d/mine.sources");
  });
});
