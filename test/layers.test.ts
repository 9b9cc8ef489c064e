import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const SRC = join(import.meta.dirname, "../src");
const SHELVES = ["resources", "providers", "places", "transports", "secrets"];

/** What a layer may import besides itself. Shelves and build: lib and model only, and never a sibling's values. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  model: ["lib"],
  engine: ["lib", "model"],
  build: ["lib", "model"],
  authoring: ["lib", "model", ...SHELVES],
  ...Object.fromEntries(SHELVES.map((shelf) => [shelf, ["lib", "model"]])),
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name));
}

function imports(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"(\.[^"]+)"/gms);
  return [...found].map((match) => ({
    from: relative(SRC, file),
    to: relative(SRC, join(dirname(file), match[2] ?? "")),
    typeOnly: match[1] !== undefined,
  }));
}

const layerOf = (path: string): string => path.split("/")[0] ?? "";
const all = files(SRC).flatMap(imports);

/** The thing a shelf file belongs to: `docker` for `docker.ts` and `docker.network.ts` and `docker/network.ts`. */
const thingOf = (path: string): string => (path.split("/")[1] ?? "").split(".")[0] ?? "";

test("finds imports at all", () => {
  expect(all.length).toBeGreaterThan(100);
});

test("every layer imports only what is below it", () => {
  const wrong = all.filter(({ from, to }) => {
    const may = MAY[layerOf(from)];
    return may !== undefined && layerOf(from) !== layerOf(to) && !may.includes(layerOf(to));
  });
  expect(wrong).toEqual([]);
});

test("no shelf file imports a sibling's values", () => {
  const wrong = all.filter(
    ({ from, to, typeOnly }) =>
      SHELVES.includes(layerOf(from)) && layerOf(from) === layerOf(to) && thingOf(from) !== thingOf(to) && !typeOnly,
  );
  expect(wrong).toEqual([]);
});

test("the engine names nothing on the shelves", () => {
  const named = /\b(docker|podman|haproxy|kubernetes|aws|hetzner|systemctl nginx)\b/i;
  const wrong = files(join(SRC, "engine")).filter((file) => named.test(readFileSync(file, "utf8")));
  expect(wrong).toEqual([]);
});
