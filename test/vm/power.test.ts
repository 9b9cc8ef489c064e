import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type DeclaredInput,
  directory,
  file,
  hostsEntry,
  line,
  pkg,
  secret,
  service,
  sysctl,
  unit,
  user,
} from "../../src/index.ts";
import { stackOf } from "../hosts/world.ts";
import { requirement, requireVirtualMachines } from "../machines/index.ts";
import { journalOf, type Point, upUntil } from "./cut.ts";
import { type Bench, bench, fine, trouble } from "./machine.ts";

const missing = await requirement("the power of a virtual machine", requireVirtualMachines);
const SECRET = "it's $(secret) of power";

/** A package, and so a run with all kinds of things, for each of the points. */
const POINTS: readonly (Point & { readonly pkg: string })[] = [
  { pkg: "bc", name: "in the middle of a package", is: begins("package:"), after: 2500, by: "cut" },
  { pkg: "tree", name: "right after a package", is: ends("package:"), after: 0, by: "cut" },
  { pkg: "pv", name: "while files and users are written", is: begins("user:"), after: 150, by: "reset" },
  { pkg: "ncal", name: "right after files and users", is: ends("user:"), after: 0, by: "cut" },
  { pkg: "zip", name: "while a service starts", is: begins("service:"), after: 100, by: "cut" },
  { pkg: "dos2unix", name: "right after the end", is: ({ t }) => t === "end", after: 0, by: "cut" },
  { pkg: "unzip", name: "before the first change", is: ({ t }) => t === "begin", after: 0, by: "reset" },
  { pkg: "lsof", name: "a little after the end", is: ({ t }) => t === "end", after: 1500, by: "cut" },
];

function begins(id: string): Point["is"] {
  return (seen) => seen.t === "start" && seen.id.startsWith(id);
}

function ends(id: string): Point["is"] {
  return (seen) => seen.t === "done" && seen.id.startsWith(id);
}

describe.skipIf(missing)("a machine whose power goes in the middle of a run", () => {
  let at: Bench;
  const out = (script: string): Promise<string> => at.out(script);
  beforeAll(async () => {
    at = await bench("vmpower", { disks: [] }, (name) => (name === "TOKEN" ? SECRET : undefined));
    await out("apt-get update -qq && sync");
  });
  afterAll(() => at?.[Symbol.asyncDispose]());

  const SIZES = [1, 4000, 70_000, 400_000];
  const text = (word: string, size: number): string => `${word} `.repeat(Math.ceil(size / (word.length + 1)));

  /** What there is of a word; it all changes with the word, except the files in `/srv/same`, which are replaced. */
  function things(word: string): DeclaredInput[] {
    const files = SIZES.flatMap((size) => [
      file(`/srv/${word}/${size}`, { content: text(word, size) }, { needs: [`directory:/srv/${word}`] }),
      file(`/srv/same/${size}`, { content: text(word, size) }, { needs: ["directory:/srv/same"] }),
    ]);
    return [
      pkg(word),
      directory(`/srv/${word}`),
      directory("/srv/same"),
      ...files,
      file("/srv/same/secret", { content: secret("TOKEN"), mode: "0600" }),
      user(`u${word}`, { shell: "/bin/bash" }),
      line("/etc/environment", "power", { line: `POWER=${word}`, match: "^POWER=" }),
      hostsEntry("10.9.9.9", [`${word}.internal`]),
      sysctl("vm.swappiness", word.length + 20),
      unit(
        `${word}d.service`,
        {
          Unit: { Description: word },
          Service: { ExecStart: "/bin/sleep infinity", User: `u${word}` },
          Install: { WantedBy: "multi-user.target" },
        },
        { needs: [`user:u${word}`] },
      ),
      service(`${word}d`),
    ];
  }

  /** What is torn: of files that are there, those that hold neither what was there before nor what was to come. */
  async function torn(word: string, before: string | undefined): Promise<string[]> {
    const whole = new Map<string, readonly string[]>(
      SIZES.flatMap((size) => [
        [`/srv/${word}/${size}`, [text(word, size)]],
        [`/srv/same/${size}`, [text(word, size), ...(before === undefined ? [] : [text(before, size)])]],
      ]),
    );
    const wrong: string[] = [];
    for (const [path, texts] of whole) {
      const { code, stdout } = await at.vm.sh(`cat ${path}`);
      if (code === 0 && !texts.includes(stdout))
        wrong.push(`${path} has ${stdout.length} bytes: ${stdout.slice(0, 20)}`);
    }
    return wrong;
  }

  /** What is left of a run that was cut off, once the next one has ended. */
  const LEFT = `find / -xdev \\( -name '.drover.*' -o -name '*.drover-new' \\); cat /var/lib/drover/staged 2>/dev/null;
    ls /run/drover; ls -d /var/lib/drover/runs/*.new 2>/dev/null; dpkg --audit; systemctl list-units --no-legend --failed`;

  let before: string | undefined;
  test.for(POINTS)("$name: nothing is torn, what was done stays done, the next run finishes", async (point) => {
    const stack = stackOf(at.world, "vm-power", { vmpower: things(point.pkg) });
    const known = (await journalOf(at)).length;
    const count = await upUntil(at, stack, point);
    expect(count).toBeGreaterThan(10);
    const lines = (await journalOf(at)).slice(known);
    expect(lines[0]?.t).toBe("begin");
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => known + index + 1));
    expect(await torn(point.pkg, before)).toEqual([]);
    const done = lines.flatMap((seen) => (seen.t === "done" ? [seen.id] : []));
    if (done.includes(`user:u${point.pkg}`))
      expect(await out(`find /home/u${point.pkg} -type f -size 0; id -nu u${point.pkg}`)).toBe(`u${point.pkg}`);
    if (done.includes(`package:${point.pkg}`)) expect(await out(`dpkg --verify ${point.pkg}`)).toBe("");
    const next = await at.run("vm-power", things(point.pkg));
    expect(trouble(next)).toEqual(fine);
    const again = next.changes.filter((change) => done.some((id) => change.endsWith(` ${id}`)));
    expect({ again }).toEqual({ again: [] });
    expect((await at.run("vm-power", things(point.pkg))).changes).toEqual([]);
    expect(await torn(point.pkg, undefined)).toEqual([]);
    expect(await out("cat /srv/same/secret")).toBe(SECRET);
    expect(
      await out(`systemctl is-active ${point.pkg}d; ps -o user= -p $(systemctl show -p MainPID --value ${point.pkg}d)`),
    ).toBe(`active\nu${point.pkg}`);
    expect(await out(LEFT)).toBe("");
    await journalOf(at);
    before = point.pkg;
  });
});
