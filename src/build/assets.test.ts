import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitFiles } from "./assets.ts";
import { type TarEntry, textEntry } from "./tar.ts";

/** A file that is not read here: only its name and size are looked at. */
function file(path: string, size: number): TarEntry {
  const digest = createHash("sha256").update(`${path} ${size}`).digest("hex");
  return { kind: "file", path, mode: 0o644, size, digest, content: () => new Uint8Array() };
}

const paths = (entries: readonly TarEntry[]): string[] => entries.map(({ path }) => path).sort();
const assetsOf = (kept: readonly TarEntry[], made: readonly TarEntry[] = []): string[] =>
  paths(splitFiles({ kept, made }).assets);

describe("splitFiles", () => {
  const photo = file("app/public/photo.JPG", 600_000);

  it("takes what is replaced as a whole, and text that nobody writes by hand", () => {
    const kept = [photo, file("app/a.js", 65_535), file("app/data.json", 65_536), file("app/font.woff2", 1)];
    expect(assetsOf(kept)).toEqual(["app/data.json", "app/font.woff2", "app/public/photo.JPG"]);
  });

  it("leaves what a build bundles, which is new after every edit, but not its pictures", () => {
    const made = [file("app/dist/bundle.js", 900_000), file("app/dist/photo.png", 5), textEntry("app/x.png", "y")];
    expect(assetsOf([photo], made)).toEqual(["app/dist/photo.png", "app/public/photo.JPG"]);
  });

  it("makes no layer of its own for a few of them", () => {
    expect(assetsOf([file("app/a.png", 524_287)])).toEqual([]);
    expect(assetsOf([file("app/a.png", 524_288)])).toEqual(["app/a.png"]);
  });

  it("has every file once, and moves no other when one is added", () => {
    const entry = fc
      .tuple(fc.stringMatching(/^[a-z]{1,4}\.(js|png|json)$/), fc.constantFrom(10, 70_000, 3_000_000))
      .map(([name, size]) => file(`app/${name}`, size));
    const entries = fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 20 });
    fc.assert(
      fc.property(entries, entries, (kept, others) => {
        const made = others
          .filter(({ path }) => !kept.some((other) => other.path === path))
          .map((one) => ({ ...one, path: one.path.replace("app/", "app/dist/") }));
        const { assets, source } = splitFiles({ kept: [photo, ...kept], made });
        expect(paths([...assets, ...source])).toEqual(paths([photo, ...kept, ...made]));
        const more = [file("app/new.js", 1), photo, ...kept];
        expect(assetsOf(more, made)).toEqual(paths(assets));
        expect(assetsOf(more.toReversed(), made.toReversed())).toEqual(paths(assets));
      }),
    );
  });
});
