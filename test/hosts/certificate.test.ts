import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificate, type DeclaredInput, file, output, secret, text } from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("certificates on real hosts", requireEngine);
const signal = AbortSignal.timeout(3_600_000);
const [CERT, KEY] = ["/etc/ssl/drover/web.crt", "/etc/ssl/drover/web.key"];

let folder = "";
let world: World;
let host: Host;
/** What a user would have in their secrets: chains and keys that openssl made on another machine's behalf. */
const values = new Map<string, string>();

async function out(script: string): Promise<string> {
  const { stdout, stderr, code } = await host.sh(script);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

function trouble({ plan, outcome }: Ran): unknown {
  return { problems: plan.problems, failures: outcome?.failures ?? [] };
}

const fine = { problems: [], failures: [] };

const PKI = `set -e; cd "$(mktemp -d)"; umask 077
req() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key -out $1.csr -subj /CN=$1 2>/dev/null; }
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -keyout root.key -out root.crt -subj /CN=root 2>/dev/null
req middle; printf 'basicConstraints=CA:TRUE\\n' >ca; openssl x509 -req -in middle.csr -CA root.crt -CAkey root.key -CAcreateserial -days 3000 -extfile ca -out middle.crt 2>/dev/null
req leaf; printf 'subjectAltName=DNS:shop.example.org\\n' >san; openssl x509 -req -in leaf.csr -CA middle.crt -CAkey middle.key -CAcreateserial -days 90 -extfile san -out leaf.crt 2>/dev/null
cp leaf.crt /root/leaf.crt; cp middle.crt /root/middle.crt; cp leaf.key /root/leaf.key; cp middle.key /root/other.key; chmod 600 /root/*.key; rm -r "$PWD"`;

describe.skipIf(missing)("certificates on real hosts", () => {
  beforeAll(async () => {
    [host] = (await startHosts(["certs"])) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-certs-"));
    world = { config: await sshConfig([host], folder), signal, secrets: (name) => values.get(name) };
    await out(PKI);
    for (const [name, path] of [
      ["LEAF", "leaf.crt"],
      ["MIDDLE", "middle.crt"],
      ["KEY", "leaf.key"],
      ["OTHER", "other.key"],
    ] as const)
      values.set(name, `${await out(`cat /root/${path}`)}\n`);
    await out("rm /root/*.key");
  }, 600_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (...resources: DeclaredInput[]) => up(world, stackOf(world, "cm-certs", { certs: resources }));
  const digest = () => file("/srv/digest", { content: text`${output("certificate:web", "sha256")}\n` });
  const inner = (more: object = {}) =>
    certificate("web", { names: ["web.internal", "*.web.internal", "10.0.0.5", "2001:db8::1"], ...more });

  test("made by the machine, with a key that only its owner reads, and its digest goes on to what uses it", async () => {
    const ran = await run(inner(), digest());
    expect(trouble(ran)).toEqual(fine);
    expect(await out(`stat -c '%a %U:%G' ${CERT} ${KEY}`)).toBe("644 root:root\n600 root:root");
    expect(
      await out(
        `openssl x509 -in ${CERT} -noout -checkhost web.internal; openssl x509 -in ${CERT} -noout -checkip 2001:db8::1`,
      ),
    ).toMatch(/does match[\s\S]*does match/);
    expect(await out(`openssl verify -CAfile ${CERT} ${CERT}`)).toBe(`${CERT}: OK`);
    expect(await out("cat /srv/digest")).toBe(await out(`sha256sum <${CERT} | cut -d ' ' -f 1`));
    expect(await out("ls -A /etc/ssl/drover")).toBe("web.crt\nweb.key");
    expect((await run(inner(), digest())).changes).toEqual([]);
  });

  test("it is made anew when it is due, has other names, or its key is another's; then what uses it follows", async () => {
    for (const [drift, spec] of [
      ["true", inner({ days: 400, renewBefore: 399 })],
      ["true", certificate("web", { names: ["other.internal"] })],
      [`openssl genpkey -algorithm ed25519 -out ${KEY}`, certificate("web", { names: ["other.internal"] })],
      [`echo broken >${CERT}`, certificate("web", { names: ["other.internal"] })],
      [`rm ${KEY}`, certificate("web", { names: ["other.internal"] })],
    ] as const) {
      const before = await out("cat /srv/digest");
      await out(drift);
      const ran = await run(spec, digest());
      expect(trouble(ran)).toEqual(fine);
      expect(ran.changes).toEqual([
        expect.stringMatching(/^(update|create) certificate:web$/),
        "update file:/srv/digest",
      ]);
      expect(await out("cat /srv/digest")).not.toBe(before);
      expect((await run(spec, digest())).changes).toEqual([]);
    }
  }, 900_000);

  test("rights of its files are put right without a new certificate", async () => {
    const before = await out(`sha256sum ${CERT} ${KEY}`);
    await out(`chmod 644 ${KEY}; chown ops ${CERT}`);
    const spec = certificate("web", { names: ["other.internal"], owner: "root:ops", mode: "0640" });
    expect(trouble(await run(spec, digest()))).toEqual(fine);
    expect(await out(`stat -c '%a %U:%G' ${CERT} ${KEY}; sha256sum ${CERT} ${KEY}`)).toBe(
      `644 root:root\n640 root:ops\n${before}`,
    );
  });

  test("one that is given is judged as a whole before any of it moves", async () => {
    const given = (chain: readonly string[], key: string) =>
      certificate("web", { chain: { concat: chain.map((name) => secret(name)) }, privateKey: secret(key) });
    const before = await out(`sha256sum ${CERT} ${KEY}`);
    for (const [chain, key, says] of [
      [["LEAF", "MIDDLE"], "OTHER", "privateKey does not belong to the first certificate of chain"],
      [["MIDDLE", "LEAF"], "OTHER", "chain is not in order"],
      [["LEAF", "LEAF"], "KEY", "chain is not in order"],
      [["KEY"], "KEY", "chain holds no certificate"],
    ] as const) {
      const ran = await run(given(chain, key));
      expect(ran.outcome?.failures[0]?.message).toContain(says);
      expect(await out(`sha256sum ${CERT} ${KEY}`)).toBe(before);
    }
    const ran = await run(given(["LEAF", "MIDDLE"], "KEY"));
    expect(trouble(ran)).toEqual(fine);
    expect(await out(`openssl verify -partial_chain -CAfile /root/middle.crt ${CERT}; stat -c %a ${KEY}`)).toBe(
      `${CERT}: OK\n600`,
    );
    expect((await run(given(["LEAF", "MIDDLE"], "KEY"))).changes).toEqual([]);
    expect(JSON.stringify([ran.plan, ran.events])).not.toContain("PRIVATE KEY");
    expect(await out("grep -rl 'PRIVATE KEY' /var/lib/drover /var/log /tmp /run/drover 2>/dev/null || true")).toBe("");
  }, 900_000);

  test("what leaves the file goes, and its key is kept nowhere", async () => {
    expect(trouble(await run())).toEqual(fine);
    expect(await out("ls -A /etc/ssl/drover")).toBe("");
    expect(await out("grep -rl 'PRIVATE KEY' /var/lib/drover 2>/dev/null || true")).toBe("");
    expect((await run()).changes).toEqual([]);
  });
});
