import { describe, expect, test } from "vitest";
import { createBody } from "./container-body.ts";
import { type ContainerSpec, containerSchema, specDigest } from "./container-spec.ts";

const plain = {
  ...{ image: "nginx:1", app: "site", process: "web", release: "3f2a91bc", group: "site" },
  ...{ network: "gb.site", address: "10.210.4.2", proof: { kind: "alive", seconds: 1 } },
};
const spec = (over: object = {}): ContainerSpec => containerSchema.parse({ ...plain, ...over });

describe("what the engine is asked to make", () => {
  test("is locked down, and starts again only when it was proven", () => {
    expect(createBody("gb.site.web.3f2a91bc.1", spec(), "gb/production", false)).toEqual({
      Image: "nginx:1",
      Env: [],
      StopTimeout: 30,
      Labels: {
        "drover.owner": "gb/production",
        "drover.app": "site",
        "drover.process": "web",
        "drover.release": "3f2a91bc",
        "drover.group": "site",
        "drover.spec": specDigest(spec()),
        "drover.volumes": "",
        "drover.stop": "30",
      },
      HostConfig: {
        NetworkMode: "gb.site",
        RestartPolicy: { Name: "no" },
        ReadonlyRootfs: true,
        Tmpfs: { "/tmp": "rw,exec,nosuid,nodev,mode=1777" },
        CapDrop: ["ALL"],
        CapAdd: [],
        SecurityOpt: ["no-new-privileges"],
        Init: true,
        LogConfig: { Type: "local", Config: { "max-size": "10m", "max-file": "5" } },
        PidsLimit: 512,
        Mounts: [],
      },
      NetworkingConfig: {
        EndpointsConfig: { "gb.site": { IPAMConfig: { IPv4Address: "10.210.4.2" }, Aliases: ["web"] } },
      },
    });
  });

  test("publishes no port, and holds secrets as references only", () => {
    const secret = { secret: "PW" };
    const given = spec({ env: { A: "1", PW: secret, URL: { concat: ["x:", secret] } }, files: { "/run/pw": secret } });
    const body = createBody("c", given, "gb/production", false);
    expect(body).toMatchObject({
      Env: ["A=1", { concat: ["PW=", secret] }, { concat: ["URL=", "x:", secret] }],
      HostConfig: { Mounts: [{ Type: "bind", Target: "/run/pw", ReadOnly: true }] },
    });
    expect(JSON.stringify(body)).not.toMatch(/PortBindings|Privileged|docker\.sock/);
  });

  test("has a tmpfs at /tmp, or the volume that is to be there", () => {
    const volume = { name: "v", path: "/tmp", copy: false };
    expect(createBody("c", spec(), "o", false)).toMatchObject({
      HostConfig: { Tmpfs: { "/tmp": expect.any(String) } },
    });
    expect(createBody("c", spec({ volumes: [volume] }), "o", false)).toMatchObject({
      HostConfig: { Mounts: [{ Target: "/tmp" }] },
    });
    expect(createBody("c", spec({ volumes: [volume] }), "o", false)).not.toMatchObject({ HostConfig: { Tmpfs: {} } });
  });

  test("has the limits that were asked for, and no swap beside them", () => {
    expect(
      createBody("c", spec({ writable: true, limits: { memory: "1g", cpus: 1.5, pids: 9 } }), "o", false),
    ).toMatchObject({
      HostConfig: { Memory: 2 ** 30, MemorySwap: 2 ** 30, NanoCpus: 1.5e9, PidsLimit: 9, ReadonlyRootfs: false },
    });
  });
});

describe("the digest of a spec", () => {
  test("stays when a default is spelled out, or what Drover adds changes", () => {
    const same = [
      { env: {}, files: {}, volumes: [], capabilities: [], writable: false, limits: { pids: 512 } },
      { env: { DROVER_NEW: "x" } },
      { stop: 3 },
      { address: "10.0.0.9" },
    ];
    for (const over of same) expect(specDigest(spec(over))).toBe(specDigest(spec()));
  });

  test("moves with everything that a process can tell", () => {
    const others = [
      { env: { A: "1" } },
      { env: { A: { secret: "A" } } },
      { files: { "/a": "b" } },
      { command: ["x"] },
      { user: "1" },
      { writable: true },
      { capabilities: ["CHOWN"] },
      { limits: { pids: 5 } },
      { limits: { pids: 512, memory: "1g" } },
      { volumes: [{ name: "v", path: "/v" }] },
      { release: "other" },
    ];
    const digests = others.map((over) => specDigest(spec(over)));
    expect(new Set([...digests, specDigest(spec())]).size).toBe(others.length + 1);
  });
});
