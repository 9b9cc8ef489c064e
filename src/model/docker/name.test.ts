import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { field, unfield } from "./label.ts";
import { appName, containerName, imageName, imageOwner, volumeName } from "./name.ts";

const part = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const owner = fc.tuple(part, fc.constantFrom("production", "staging", "p")).map((both) => both.join("/"));
const path = fc
  .array(fc.stringMatching(/^[A-Za-z0-9._-]{1,6}$/), { minLength: 1, maxLength: 4 })
  .map((words) => `/${words.join("/")}`);

describe("names", () => {
  test("are apart for owners, apps, processes, releases and numbers that are apart", () => {
    const slot = fc.record({ app: part, process: part, release: part, number: fc.nat({ max: 99 }) });
    fc.assert(
      fc.property(owner, slot, owner, slot, (ownerA, a, ownerB, b) => {
        const same = ownerA === ownerB && JSON.stringify(a) === JSON.stringify(b);
        expect(containerName(ownerA, a) === containerName(ownerB, b)).toBe(same);
        expect(appName(ownerA, a.app) === appName(ownerB, b.app)).toBe(ownerA === ownerB && a.app === b.app);
      }),
    );
  });

  test("an image's name tells whose it is, and no other does", () => {
    fc.assert(
      fc.property(owner, part, (whose, app) => {
        expect(imageOwner(imageName(whose, app, "sha256:0123456789abcdef"))).toEqual({ owner: whose, app });
      }),
    );
    for (const name of ["nginx:1", "drover/base-node:24", "drover/a.b.c.d:1", "x/drover/a.b:1", "drover/a.b"]) {
      expect(imageOwner(name)).toBeUndefined();
    }
  });

  test("volumes of paths that are apart are apart, and are names that the engine takes", () => {
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(volumeName("gb/production", "site", a) === volumeName("gb/production", "site", b)).toBe(a === b);
        expect(volumeName("gb/production", "site", a)).toMatch(/^[a-z0-9][a-z0-9_.-]*$/);
      }),
    );
    expect(volumeName("gb/staging", "site", "/var/lib/x")).toBe("gb.staging.site.var-lib-x");
  });

  test("a long one is cut, and stays apart", () => {
    const [a, b] = [appName("a".repeat(31), `${"b".repeat(39)}1`), appName("a".repeat(31), `${"b".repeat(39)}2`)];
    expect([a.length, b.length, a === b]).toEqual([63, 63, false]);
  });

  test("fields come back as they were", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(unfield(field(text))).toBe(text);
        expect(field(text)).not.toMatch(/[\s*]/);
      }),
    );
  });
});
