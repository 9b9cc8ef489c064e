import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openSpool } from "./archive.ts";
import { makeLayer, withFolders } from "./layer.ts";
import { sourceEntries } from "./source-entries.ts";
import { type TarEntry, tarBytes, textEntry } from "./tar.ts";
import { readTree } from "./tree.ts";

const signal = new AbortController().signal;

async function bytes(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function readBack(tar: Buffer): Promise<TarEntry[]> {
  await using spool = await openSpool(signal);
  await spool.add(Readable.from([tar]), "", () => true);
  return await Promise.all(
    spool.entries.map(async (entry) => {
      if (entry.kind !== "file") return entry;
      const content = entry.content();
      const whole = content instanceof Uint8Array ? Buffer.from(content) : await bytes(content);
      return { ...entry, content: () => whole };
    }),
  );
}

const plain = (entries: readonly TarEntry[]): unknown[] =>
  entries.map((entry) =>
    entry.kind === "file"
      ? { ...entry, digest: sha256(contentOf(entry)), content: contentOf(entry).toString("hex") }
      : entry,
  );
const contentOf = (entry: TarEntry & { kind: "file" }): Buffer => Buffer.from(entry.content() as Uint8Array);
const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");

describe("makeLayer", () => {
  it("gives the same bytes whatever the order, and a diff id that is their digest", async () => {
    const entries = [
      textEntry("app/b", "2"),
      textEntry("app/a/c", "1", 0o755),
      { kind: "link", path: "app/l", target: "a/c" } as const,
    ];
    await using one = await makeLayer(entries, signal);
    await using two = await makeLayer(entries.toReversed(), signal);
    const content = await bytes(one.open());
    expect(content).toEqual(await bytes(two.open()));
    expect(one.diffId).toBe(`sha256:${createHash("sha256").update(content).digest("hex")}`);
    expect(one.size).toBe(content.byteLength);
    // Fixed for good: another value means that every image changes with an upgrade.
    expect(one.diffId).toBe("sha256:26cafcdffbc191530cd869076b592df6b5b855cd88af776e1a37389b1d0edc73");
  });

  it("reads back as it was written: names of any kind, and longer than tar's own fields", async () => {
    const part = fc.string({
      unit: fc.constantFrom("a", "é", "🐑", " ", "-", "\n", "'", '"', "\\", "$", "*"),
      minLength: 1,
      maxLength: 90,
    });
    const path = fc.array(part, { minLength: 1, maxLength: 60 }).map((parts) => parts.join("/"));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(path, { maxLength: 6 }),
        fc.uint8Array({ maxLength: 2000 }),
        async (names, content) => {
          const files = names.filter((name) => !names.some((other) => other.startsWith(`${name}/`)));
          const entries = withFolders(files.map((name) => textEntry(name, content)));
          const back = await readBack(await bytes(tarBytes(entries)));
          expect(plain(back)).toEqual(plain(entries));
          for (const entry of back) if (entry.kind === "file") expect(entry.digest).toBe(sha256(contentOf(entry)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is read by GNU tar, with a path of 5000 characters and one of exactly 100", async () => {
    const long = Array.from({ length: 50 }, (_, index) => `${index}`.padStart(99, "x")).join("/");
    const entries = withFolders([
      textEntry(long, "deep"),
      textEntry(`${"n".repeat(100)}`, "100"),
      textEntry(`${"n".repeat(101)}`, "101"),
    ]);
    const listed = execFileSync("tar", ["-t"], { input: await bytes(tarBytes(entries)), maxBuffer: 1 << 24 })
      .toString()
      .split("\n");
    expect(listed).toContain(long);
    expect(listed).toContain("n".repeat(100));
    expect(listed).toContain("n".repeat(101));
  });

  it("spools a huge file instead of keeping it", async () => {
    const root = mkdtempSync(join(tmpdir(), "drover-layer-"));
    try {
      execFileSync("truncate", ["-s", "300M", join(root, "huge")]);
      const tree = await readTree(root, { signal });
      const before = process.memoryUsage.rss();
      await using layer = await makeLayer(sourceEntries(tree, "app"), signal);
      expect(layer.size).toBeGreaterThan(300 * 2 ** 20);
      expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 2 ** 20);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("says so when a file changes, vanishes or grows after it was walked", async () => {
    const root = mkdtempSync(join(tmpdir(), "drover-layer-"));
    try {
      for (const size of [10, 3_000_000]) {
        writeFileSync(join(root, "f"), Buffer.alloc(size, "a"));
        const tree = await readTree(root, { signal });
        for (const content of [Buffer.alloc(size, "b"), Buffer.alloc(size + 1, "a"), Buffer.alloc(size - 1, "a")]) {
          writeFileSync(join(root, "f"), content);
          await expect(makeLayer(sourceEntries(tree, "app"), signal)).rejects.toThrow(/"f" changed while/);
        }
        rmSync(join(root, "f"));
        await expect(makeLayer(sourceEntries(tree, "app"), signal)).rejects.toThrow(
          /"f" cannot be part of the app: it vanished/,
        );
      }
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
