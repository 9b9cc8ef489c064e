import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enginePlatform, resolveBase } from "../../src/build/base.ts";
import type { EngineApi } from "../../src/build/engine-api.ts";
import { docker, openLocal, quiet, removeImages, runImage, testBase } from "./engine.ts";
import { listen } from "./registry.ts";

const signal = new AbortController().signal;
const platform = process.arch === "arm64" ? "linux/arm64" : "linux/amd64";
let api: EngineApi;
beforeAll(async () => {
  api = await openLocal();
});
afterAll(async () => {
  removeImages("drover-build-test/*");
  await api[Symbol.asyncDispose]();
});

describe("resolveBase", () => {
  it("has a base that was made here: Debian with Node and npm, labelled with how", async () => {
    const base = await testBase(api, signal);
    expect(base.image.labels).toMatchObject({
      "drover.base": "made",
      "drover.base.for": "node:24-slim",
      "drover.base.debian": "bookworm",
    });
    expect(
      runImage(
        base.reference,
        "sh",
        "-c",
        "node -p 'process.version.split(`.`)[0]'; npm --version | cut -d. -f1; cat /etc/debian_version; npx --version | cut -d. -f1",
      ),
    ).toMatch(/^v24\n11\n12\.\d+\n11$/);
    const left = runImage(
      base.reference,
      "sh",
      "-c",
      "find /usr/share/doc /usr/share/man /var/lib/apt/lists /var/cache/apt /usr/local/include -type f 2>/dev/null | grep -v copyright | head; ls /usr/local/bin; stat -c '%a %U' /tmp /usr/bin/passwd /etc/shadow",
    );
    expect(left).toBe("node\nnpm\nnpx\n1777 root\n4755 root\n640 root");
    expect(base.digest).toBe(docker("image", "inspect", "--format", "{{.Id}}", base.reference));
  });

  it("is for the platform that the engine tells", async () => {
    expect(await enginePlatform(api, signal)).toBe(platform);
  });

  it("takes what the engine has, without asking anybody", async () => {
    const { reference, digest } = await testBase(api, signal);
    docker("tag", reference, "drover-build-test/own:1");
    expect(await resolveBase(api, "drover-build-test/own:1", platform, { signal, onOutput: quiet })).toMatchObject({
      how: "found",
      digest,
      reference: "drover-build-test/own:1",
    });
  });

  it("does not take one of another platform", async () => {
    await testBase(api, signal);
    const other = platform === "linux/arm64" ? "linux/amd64" : "linux/arm64";
    await expect(resolveBase(api, "node:24-slim", other, { signal, onOutput: quiet })).rejects.toMatchObject({
      message: "there is no base image node:24-slim",
      evidence: ["the engine does not have it", "no registry was asked", "none may be made here"],
    });
  });

  it("says what a registry said", async () => {
    const pull = { connectMs: 15_000, idleMs: 15_000 };
    await expect(
      resolveBase(api, "localhost:1/no/such:1", platform, { signal, pull, onOutput: quiet }),
    ).rejects.toMatchObject({
      evidence: expect.arrayContaining([expect.stringMatching(/its registry: .*(refused|localhost:1)/)]),
    });
  });

  it("does not wait for a registry that does not answer", async () => {
    const silent: Server = createServer((socket) => socket.on("error", () => undefined).resume());
    const port = await listen(silent);
    try {
      const pull = { connectMs: 300, idleMs: 300 };
      await expect(
        resolveBase(api, `localhost:${port}/x:1`, platform, { signal, pull, onOutput: quiet }),
      ).rejects.toMatchObject({
        evidence: expect.arrayContaining(["its registry: it does not answer"]),
      });
    } finally {
      silent.close();
    }
  });

  it("stops when it is told to", async () => {
    const stopped = { signal: AbortSignal.abort(new Error("by the user")), onOutput: quiet };
    await expect(resolveBase(api, "no/such:1", platform, stopped)).rejects.toThrow("by the user");
  });
});
