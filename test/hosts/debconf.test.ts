import { describe, expect, test } from "vitest";
import { aptRepository, debconf, pkg, secret, text } from "../../src/index.ts";
import { requireEngine, requirement } from "../machines/index.ts";
import { aptHost, fine, SECRET, trouble, URL } from "./apt-host.ts";

const missing = await requirement("answers to packages on real hosts", requireEngine);

describe.skipIf(missing)("answers to what a package asks", () => {
  const { out, run } = aptHost();
  const key = () => out("cat /srv/lab.asc");
  const wanted = async (kind = "slow") => [
    aptRepository("lab", { uris: [URL], suites: ["stable"], key: await key() }),
    pkg("lab-ask"),
    debconf("lab-ask", { "lab-ask/kind": kind, "lab-ask/yes": true, "lab-ask/password": text`a-${secret("TOKEN")}` }),
  ];

  test("are there before it is installed, and it uses them", async () => {
    await out(`d=$(mktemp -d); mkdir $d/DEBIAN
printf 'Template: lab-ask/kind\\nType: select\\nChoices: fast, slow\\nDefault: fast\\nDescription: Kind?\\n\\nTemplate: lab-ask/yes\\nType: boolean\\nDefault: false\\nDescription: Yes?\\n\\nTemplate: lab-ask/password\\nType: password\\nDescription: Password?\\n\\nTemplate: lab-ask/other\\nType: string\\nDefault: x\\nDescription: Other?\\n' >$d/DEBIAN/templates
printf '#!/bin/sh -e\\n. /usr/share/debconf/confmodule\\nfor q in kind yes password other; do db_input high lab-ask/$q || true; done; db_go\\n' >$d/DEBIAN/config
printf '#!/bin/sh -e\\n. /usr/share/debconf/confmodule\\n: >/srv/asked; for q in kind yes password; do db_get lab-ask/$q; printf "%%s\\\\n" "$RET" >>/srv/asked; done\\n' >$d/DEBIAN/postinst
chmod 755 $d/DEBIAN/config $d/DEBIAN/postinst; pack lab-ask 1 '' $d; publish stable; apt-get -qq update`);
    expect(trouble(await run("pk", (await wanted()).slice(0, 1)))).toEqual(fine);
    const ran = await run("pk", await wanted());
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toEqual(["create debconf:lab-ask", "create package:lab-ask"]);
    expect(await out("cat /srv/asked")).toBe(`slow\ntrue\na-${SECRET}`);
    expect(await out("debconf-show lab-ask | LC_ALL=C sort")).toBe(
      "lab-ask/other: x\n* lab-ask/kind: slow\n* lab-ask/password: (password omitted)\n* lab-ask/yes: true",
    );
    expect(JSON.stringify([ran.plan, ran.events])).not.toContain("$(secret)");
    expect(await out("grep -rlF 'a-it' /var/lib/drover /var/log /var/cache/debconf || true")).toBe(
      "/var/cache/debconf/passwords.dat",
    );
    expect(await out("stat -c %a /var/cache/debconf/passwords.dat")).toBe("600");
  });

  test("then there is nothing to do; another is set, and what it waits for is said", async () => {
    expect((await run("pk", await wanted())).changes).toEqual([]);
    await out("echo 'lab-ask lab-ask/password password changed' | debconf-set-selections");
    const ran = await run("pk", await wanted("fast"));
    expect(ran.changes).toEqual(["update debconf:lab-ask"]);
    expect(trouble(ran)).toEqual(fine);
    expect(JSON.stringify(ran.plan)).toContain("dpkg-reconfigure lab-ask");
    expect(await out("DEBIAN_FRONTEND=noninteractive dpkg-reconfigure lab-ask; cat /srv/asked")).toBe(
      `fast\ntrue\na-${SECRET}`,
    );
    expect((await run("pk", await wanted("fast"))).changes).toEqual([]);
  });

  test("a password that the package took and wiped is not given again", async () => {
    await out("echo 'RESET lab-ask/password' | debconf-communicate lab-ask");
    expect((await run("pk", await wanted("fast"))).changes).toEqual([]);
  });

  test("a password that the package wipes in the same run counts as given", async () => {
    await out(`d=$(mktemp -d); mkdir $d/DEBIAN
printf 'Template: lab-wipe/password\\nType: password\\nDescription: Password?\\n' >$d/DEBIAN/templates
printf '#!/bin/sh -e\\n. /usr/share/debconf/confmodule\\ndb_get lab-wipe/password; printf %%s "$RET" >/srv/wiped; db_reset lab-wipe/password\\n' >$d/DEBIAN/postinst
chmod 755 $d/DEBIAN/postinst; pack lab-wipe 1 '' $d; publish stable; apt-get -qq update`);
    const both = [
      ...(await wanted("fast")),
      pkg("lab-wipe"),
      debconf("lab-wipe", { "lab-wipe/password": secret("TOKEN") }),
    ];
    expect(trouble(await run("pk", both))).toEqual(fine);
    expect(await out("cat /srv/wiped")).toBe(SECRET);
    expect((await run("pk", both)).changes).toEqual([]);
    expect(trouble(await run("pk", await wanted("fast")))).toEqual(fine);
  });

  test("leave with the package", async () => {
    const ran = await run("pk", []);
    expect(trouble(ran)).toEqual(fine);
    expect(ran.changes).toHaveLength(3);
    expect(ran.changes[0]).toBe("delete package:lab-ask");
    expect(await out("debconf-show lab-ask")).toBe("");
    expect((await run("pk", [])).changes).toEqual([]);
  });
});
