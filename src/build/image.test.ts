import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { readOutput } from "./demux.ts";
import { type ImageSettings, imageConfig } from "./image.ts";
import { installSettings } from "./npm-settings.ts";

const PARENT = {
  architecture: "amd64",
  os: "linux",
  variant: undefined,
  diffIds: ["sha256:aa"],
  env: ["PATH=/bin", "A=1"],
  labels: { base: "yes" },
  inherited: { StopSignal: "SIGINT" },
};
const LAYER = { diffId: "sha256:bb", why: "source" };
const SETTINGS: ImageSettings = {
  cmd: ["node"],
  env: { A: "2", B: "3" },
  path: "/app/bin",
  workdir: "/app",
  user: "1:1",
  port: 80,
  labels: { own: "x" },
};

describe("imageConfig", () => {
  it("says how the image runs, over what the base says", () => {
    const config = JSON.parse(imageConfig(PARENT, [LAYER], SETTINGS).json);
    expect(config).toMatchObject({
      architecture: "amd64",
      os: "linux",
      created: "1970-01-01T00:00:00Z",
      rootfs: { type: "layers", diff_ids: ["sha256:aa", "sha256:bb"] },
      config: {
        Env: ["A=2", "B=3", "PATH=/app/bin:/bin"],
        Cmd: ["node"],
        WorkingDir: "/app",
        User: "1:1",
        StopSignal: "SIGINT",
        ExposedPorts: { "80/tcp": {} },
        Labels: { base: "yes", own: "x" },
      },
    });
    expect(config.history).toHaveLength(2);
  });

  it("is the same for the same, whatever the order of fields", () => {
    const { labels, ...rest } = SETTINGS;
    expect(imageConfig(PARENT, [LAYER], { labels, ...rest }).id).toBe(imageConfig(PARENT, [LAYER], SETTINGS).id);
    expect(imageConfig(PARENT, [LAYER], { ...SETTINGS, user: "2" }).id).not.toBe(
      imageConfig(PARENT, [LAYER], SETTINGS).id,
    );
  });
});

describe("readOutput", () => {
  const frame = (kind: number, text: string | Buffer): Buffer => {
    const body = Buffer.from(text);
    const head = Buffer.alloc(8);
    head[0] = kind;
    head.writeUInt32BE(body.byteLength, 4);
    return Buffer.concat([head, body]);
  };

  it.each([1, 3, 7, 1000])("gives whole lines from frames cut into pieces of %d bytes", async (piece) => {
    const sheep = Buffer.from("🐑\n");
    const all = Buffer.concat([
      frame(1, "one\ntw"),
      frame(2, "err\n"),
      frame(1, "o\n"),
      frame(1, sheep.subarray(0, 2)),
      frame(1, sheep.subarray(2)),
      frame(1, "10%\r99%\r\n\u001b[31mred\u001b[0m\n"),
      frame(2, "last without end"),
    ]);
    const pieces = Array.from({ length: Math.ceil(all.length / piece) }, (_, at) =>
      all.subarray(at * piece, (at + 1) * piece),
    );
    const lines: string[] = [];
    await readOutput(Readable.from(pieces), (line) => lines.push(line));
    expect(lines).toEqual(["one", "err", "two", "🐑", "99%", "red", "last without end"]);
  });
});

describe("installSettings", () => {
  it("keeps what changes an install and drops all that may be a credential", () => {
    const text =
      '; c\n# c\nlegacy-peer-deps = true\n//h/:_authToken=${T}\n_auth=x\nregistry=https://u:p@h/\nomit="dev"\nemail=a\n';
    expect(installSettings(text)).toEqual(["legacy-peer-deps=true", "omit=dev"]);
  });
});
