import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BuildRequest, type Built, buildImage } from "../../src/build/build.ts";
import type { EngineApi } from "../../src/build/engine-api.ts";
import { readSource, type SourceOptions } from "../../src/build/source.ts";
import { docker, folder, LABELS, openLocal, quiet, removeImages, runImage, testBase } from "./engine.ts";

const signal = new AbortController().signal;
let api: EngineApi;
let base = "";
beforeAll(async () => {
  api = await openLocal();
  base = (await testBase(api, signal)).reference;
});
afterAll(async () => {
  removeImages("drover-build-test/*");
  await api[Symbol.asyncDispose]();
});

async function build(
  root: string,
  name: string,
  options: SourceOptions = {},
  more: Partial<BuildRequest> = {},
): Promise<Built> {
  const { tree, recipe } = await readSource(root, options, signal);
  return await buildImage({ api, signal, tree, recipe, name, labels: LABELS, onOutput: quiet, ...more });
}

describe("a Dockerfile", () => {
  it("is built by the engine from the app's files only, with the proxy, and labelled", async () => {
    const text = `FROM ${base}\nWORKDIR /app\nCOPY . .\nRUN echo "proxy $http_proxy $HTTPS_PROXY" > proxy.txt\nCMD ["sh", "-c", "cat proxy.txt; ls -A"]\n`;
    using app = folder({ Dockerfile: text, "a.txt": "", "b.log": "", ".gitignore": "*.log\n", "node_modules/x/y": "" });
    const lines: string[] = [];
    const proxy = { http: "http://127.0.0.1:9", https: "http://127.0.0.1:8" };
    const built = await build(
      app.path,
      "drover-build-test/docker:1",
      {},
      { proxy, onOutput: (line) => lines.push(line) },
    );
    expect(runImage(built.tag)).toBe(
      "proxy http://127.0.0.1:9 http://127.0.0.1:8\n.gitignore\nDockerfile\na.txt\nproxy.txt",
    );
    expect(docker("image", "inspect", "--format", '{{.Id}} {{index .Config.Labels "drover.test"}}', built.tag)).toBe(
      `${built.imageId} build`,
    );
    expect(docker("image", "inspect", "--format", "{{.Config.Env}}", built.tag)).not.toMatch(/proxy/i);
    expect(lines.join("\n")).toMatch(/Step 1\/6 : FROM/);
  });

  it("may be elsewhere, have stages, and be left out of the image by .dockerignore", async () => {
    const text = `FROM ${base} AS one\nCMD ["echo", "one"]\nFROM one AS two\nCOPY . /two\nCMD ["ls", "-A", "/two"]\n`;
    using app = folder({ "app.dockerfile": text, x: "", ".dockerignore": "app.dockerfile\n.dockerignore\n" });
    const dockerfile = "app.dockerfile";
    expect(runImage((await build(app.path, "drover-build-test/docker:2", { dockerfile })).tag)).toBe("x");
    expect(runImage((await build(app.path, "drover-build-test/docker:3", { dockerfile, target: "one" })).tag)).toBe(
      "one",
    );
  });

  it("shows the last lines when a step fails", async () => {
    using app = folder({ Dockerfile: `FROM ${base}\nRUN echo before; echo why >&2; exit 3\n` });
    await expect(build(app.path, "drover-build-test/docker:4")).rejects.toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringMatching(/non-zero code: 3/),
      evidence: expect.arrayContaining(["before", "why"]),
    });
  });

  it("says what keeps a file out of the context", async () => {
    using app = folder({ Dockerfile: `FROM ${base}\nCOPY dist /dist\n`, "dist/a": "", ".gitignore": "dist\n" });
    await expect(build(app.path, "drover-build-test/docker:5")).rejects.toMatchObject({
      hint: expect.stringMatching(/\.gitignore/),
    });
    await expect(build(app.path, "drover-build-test/docker:5", { dockerfile: "no/such" })).rejects.toThrow(
      /no Dockerfile at no\/such/,
    );
  });

  it("refuses secret files, which the engine's builder would write into layers", async () => {
    using app = folder({ Dockerfile: `FROM ${base}\n`, token: "canary" });
    await expect(build(app.path, "drover-build-test/docker:6", { secretFiles: ["token"] })).rejects.toThrow(
      /cannot be given secret files/,
    );
  });

  it("names a broken Dockerfile and a base that nobody has", async () => {
    using app = folder({ Dockerfile: "FORM scratch\n" });
    await expect(build(app.path, "drover-build-test/docker:7")).rejects.toThrow(/FORM/);
    using other = folder({ Dockerfile: "FROM localhost:1/no/such:1\n" });
    await expect(build(other.path, "drover-build-test/docker:8")).rejects.toThrow(/localhost:1/);
  });
});
