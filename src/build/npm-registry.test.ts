import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchPackage, newestOf, registryOf } from "./npm-registry.ts";

const signal = AbortSignal.timeout(20_000);
const TARBALL = Buffer.from("a tarball");
const seen: { url: string; authorization: string | undefined }[] = [];
let server: Server;
let url = "";

beforeAll(async () => {
  const integrity = `sha512-${createHash("sha512").update(TARBALL).digest("base64")}`;
  const dist = (tarball: string) => ({ dist: { tarball, integrity } });
  server = createServer((request, response) => {
    seen.push({ url: request.url ?? "", authorization: request.headers.authorization });
    if (request.url === "/npm/thing") {
      const versions = {
        "24.9.0": dist("x"),
        "24.10.1": dist("https://registry.npmjs.org/thing/-/t.tgz"),
        "24.11.0-rc.1": dist("x"),
        "25.0.0": dist("x"),
      };
      response.end(JSON.stringify({ versions }));
    } else if (request.url === "/npm/thing/-/t.tgz") response.writeHead(302, { location: "/cdn/t.tgz" }).end();
    else if (request.url === "/cdn/t.tgz") response.end(TARBALL);
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm/`;
});
afterAll(() => server.close());

describe("registryOf", () => {
  it("reads the environment, then the nearest .npmrc", () => {
    expect(registryOf({}, []).url).toBe("https://registry.npmjs.org/");
    expect(registryOf({}, ["registry=https://near/x", "registry=https://far/"]).url).toBe("https://near/x/");
    expect(registryOf({ npm_config_registry: "https://env" }, ["registry=https://near/"]).url).toBe("https://env/");
  });

  it("takes a token for that registry only, and from the environment where it is written so", () => {
    const npmrc = "registry=https://r/npm/\n//r/npm/:_authToken=${TOKEN}\n//other/:_authToken=no";
    expect(registryOf({ TOKEN: "yes" }, [npmrc]).authorization).toBe("Bearer yes");
    expect(registryOf({ npm_config_registry: "https://third/" }, [npmrc]).authorization).toBeUndefined();
  });
});

describe("a registry", () => {
  it("gives the newest version of a major, from the registry that was configured, checked", async () => {
    const registry = registryOf({ npm_config_registry: url }, [`${url.slice(5)}:_authToken=t`]);
    const found = await newestOf(registry, "thing", 24, signal);
    expect(found.version).toBe("24.10.1");
    expect(await fetchPackage(registry, found, signal)).toEqual(TARBALL);
    expect(seen.at(-2)).toEqual({ url: "/npm/thing/-/t.tgz", authorization: "Bearer t" });
    expect(seen.at(-1)).toEqual({ url: "/cdn/t.tgz", authorization: undefined });
  });

  it("refuses bytes that are not what the registry says, and what has only a weak digest", async () => {
    const registry = registryOf({ npm_config_registry: url }, []);
    const wanted = { name: "thing", version: "1.0.0", tarball: `${url}thing/-/t.tgz` };
    for (const integrity of ["sha512-AAAA", "sha1-AAAA", ""]) {
      await expect(fetchPackage(registry, { ...wanted, integrity }, signal)).rejects.toThrow(
        /not what the registry says/,
      );
    }
  });

  it("names what is not there", async () => {
    const registry = registryOf({ npm_config_registry: url }, []);
    await expect(newestOf(registry, "nothing", 1, signal)).rejects.toThrow(/nothing answered 404/);
    await expect(newestOf(registry, "thing", 99, signal)).rejects.toThrow(/no version 99 of thing/);
    await expect(
      newestOf(registryOf({ npm_config_registry: "http://127.0.0.1:1" }, []), "x", 1, signal),
    ).rejects.toThrow(/cannot be fetched/);
  });

  it("goes through the proxy that the environment names", async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end(JSON.stringify({ versions: { "1.0.0": { dist: { tarball: "x", integrity: "y" } } } }));
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    try {
      const HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const registry = registryOf({ npm_config_registry: "http://far.invalid/", HTTP_PROXY }, []);
      expect((await newestOf(registry, "p", 1, signal)).version).toBe("1.0.0");
      expect(asked).toEqual(["http://far.invalid/p"]);
    } finally {
      proxy.close();
    }
  });
});
