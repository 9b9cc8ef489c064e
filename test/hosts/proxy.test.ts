import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pkg } from "../../src/index.ts";
import { type Host, requireEngine, requirement, sshConfig, startHosts } from "../machines/index.ts";
import { type Ran, stackOf, up, type World } from "./world.ts";

const missing = await requirement("proxy settings of a host", requireEngine);
const signal = AbortSignal.timeout(600_000);

describe.skipIf(missing)("a host behind a proxy", () => {
  let host: Host;
  let folder = "";
  let world: World;
  const asked: string[] = [];
  /** A forward proxy on this machine, where the host's gateway is. */
  const proxy = createServer((incoming, outgoing) => {
    asked.push(incoming.url ?? "");
    const onward = request(incoming.url ?? "", { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once("error", () => outgoing.writeHead(502).end());
    onward.end();
  });

  beforeAll(async () => {
    [host] = (await startHosts(["proxied"])) as [Host];
    folder = await mkdtemp(join(tmpdir(), "drover-proxy-"));
    world = { config: await sshConfig([host], folder), signal, secrets: () => undefined };
    await new Promise<void>((resolve) => proxy.listen(0, "0.0.0.0", resolve));
  });
  afterAll(async () => {
    proxy.close();
    await host?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const setProxy = async (port: number): Promise<void> => {
    const line = `http_proxy="http://$(ip -4 route show default | cut -d ' ' -f 3):${port}"`;
    const { code } = await host.sh(
      `echo ${JSON.stringify("LANG=C")} >/etc/environment; echo "${line.replaceAll('"', '\\"')}" >>/etc/environment; grep -q '^http_proxy="http://[0-9]' /etc/environment`,
    );
    expect(code).toBe(0);
  };
  const install = (): Promise<Ran> => up(world, stackOf(world, "proxied", { proxied: [pkg("hello")] }));

  test("has packages come through it, as its /etc/environment says", async () => {
    await setProxy((proxy.address() as AddressInfo).port);
    const ran = await install();
    expect(ran.outcome?.failures).toEqual([]);
    expect(asked.some((url) => /\/pool\/main\/h\/hello\/hello_.*\.deb$/.test(url))).toBe(true);
    expect((await host.sh("dpkg-query -W hello")).code).toBe(0);
  });

  test("names the proxy when it does not answer", async () => {
    await host.sh("apt-get purge -y hello; apt-get clean");
    await setProxy(1);
    const [failure] = (await install()).outcome?.failures ?? [];
    expect(`${failure?.message} ${failure?.evidence.join(" ")}`).toMatch(
      /:1 .*(Connection refused|Could not connect)|connect to .*:1/,
    );
  });
});
