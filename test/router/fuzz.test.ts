import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DroverError } from "../../src/lib/error.ts";
import { baseConfig } from "../../src/model/router/base.ts";
import { fragment, hostsMap } from "../../src/model/router/fragment.ts";
import type { RouteSpec } from "../../src/model/router/spec.ts";
import { exec } from "./host.ts";
import { routerTest } from "./needs.ts";

const plain = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/);
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
const domain = fc
  .tuple(fc.boolean(), fc.array(label, { minLength: 1, maxLength: 4 }))
  .map(([wild, labels]) => `${wild ? "*." : ""}${labels.join(".")}`);
const valid: fc.Arbitrary<RouteSpec> = fc.record({
  name: plain,
  owner: fc.tuple(label, label).map(([stack, environment]) => `${stack}/${environment}`),
  domains: fc.array(domain, { maxLength: 4 }),
  servers: fc.uniqueArray(
    fc.record({
      name: plain,
      address: fc.oneof(fc.ipV4(), fc.ipV6()),
      port: fc.integer({ min: 1, max: 65_535 }),
    }),
    { maxLength: 4, selector: ({ name }) => name },
  ),
  drainSeconds: fc.integer({ min: 0, max: 86_400 }),
});

/** What would mean something to HAProxy, its command line, a map or a shell. */
const hostile = fc.oneof(
  fc.constantFrom(
    "\n",
    "\r",
    "\t",
    " ",
    "#",
    "\\",
    '"',
    "'",
    "$(id)",
    "${HOME}",
    "`id`",
    ";",
    "%[src]",
    "\0",
    "\u2028",
    "*",
    "-",
    "_",
    "/",
  ),
  fc.constantFrom(
    "\nbackend x\n",
    "\nglobal\n  user root\n",
    " server x 1.2.3.4:5",
    "é",
    "..",
    "@",
    ",",
    "::",
    "check",
    "{",
    "}",
  ),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const spoilt = fc.tuple(fc.string(), hostile, plain).map(([before, bad, after]) => `${before}${bad}${after}`);

/** A valid spec with one text replaced by a hostile one. */
const attack: fc.Arbitrary<RouteSpec> = fc
  .tuple(valid, spoilt, fc.constantFrom("name", "owner", "domain", "server", "address"))
  .map(([spec, text, field]) => {
    if (field === "name") return { ...spec, name: text };
    if (field === "owner") return { ...spec, owner: text };
    if (field === "domain") return { ...spec, domains: [text] };
    const server = { name: "s", address: "10.0.0.1", port: 80 };
    return { ...spec, servers: [field === "server" ? { ...server, name: text } : { ...server, address: text }] };
  });

const shape =
  /^# owner=[a-z0-9./-]+ drain=[0-9.e-]+\nbackend [a-z0-9.-]+ from _app\n {2}http-request disable-l7-retry unless \{ method GET HEAD OPTIONS \}\n( {2}server [a-z0-9.-]+ ([0-9.]+|\[[0-9a-f:]+\]):\d+\n)*$/;

test("no text of a spec becomes anything but itself", () => {
  let accepted = 0;
  fc.assert(
    fc.property(attack, (spec) => {
      try {
        expect(fragment(spec)).toMatch(shape);
        expect(hostsMap(spec)).toMatch(/^((\*|[a-z0-9*.-]+) [a-z0-9.-]+\n)+$/);
        accepted += 1;
      } catch (error) {
        if (!DroverError.is(error)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
  expect(accepted).toBeLessThan(1500);
});

routerTest(
  "HAProxy takes whatever is accepted",
  {
    timeout: 120_000,
  },
  async () => {
    const root = await mkdtemp(join(tmpdir(), "router-"));
    await mkdir(join(root, "conf.d"));
    const base = baseConfig({ dir: root, run: root, listen: [{ address: "127.0.0.1", port: 1 }] });
    await writeFile(join(root, "conf.d/00-base.cfg"), base);
    const samples = fc
      .sample(fc.oneof(valid, attack), 400)
      .filter(isAccepted)
      .map((spec, index) => ({ ...spec, name: `${index}.${spec.name}` }));
    expect(samples.length).toBeGreaterThan(100);
    for (const spec of samples) await writeFile(join(root, `conf.d/50-${spec.name}.cfg`), fragment(spec));
    await writeFile(join(root, "hosts.map"), samples.map(hostsMap).join(""));
    const checked = await exec(["haproxy", "-c", "-f", join(root, "conf.d")]);
    await rm(root, { recursive: true, force: true });
    expect(checked).toMatchObject({ code: 0 });
    expect(checked.stderr).toBe("");
  },
);

function isAccepted(spec: RouteSpec): boolean {
  try {
    return fragment(spec) !== "";
  } catch {
    return false;
  }
}
