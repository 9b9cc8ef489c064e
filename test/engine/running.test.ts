import { expect, test } from "vitest";
import { queriesOf } from "../../src/engine/observe.ts";
import { withWhatTheyRunWith } from "../../src/engine/running.ts";
import { NO_MEMORY } from "../../src/model/journal.ts";
import type { Resource } from "../../src/model/resource.ts";
import type { Json } from "../../src/model/secret.ts";
import { places, resources } from "../../src/registry.ts";

const shelves = {
  types: Object.fromEntries(resources.map((one) => [one.type, one])),
  places: Object.fromEntries(places.map((one) => [one.name, one])),
};

function declared(type: string, name: string, spec: Json = {}): Resource {
  return { id: `m/${type}:${name}`, type, name, on: "m", spec, needs: [] };
}

/** What a service's spec refers to, and what comes before it. */
function followed(name: string, others: Resource[], gone: { type: string; name: string }[] = []): unknown {
  const all = withWhatTheyRunWith("m", [declared("service", name, { config: "x" }), ...others], gone, shelves);
  const { spec, needs } = all[0] ?? declared("none", "none");
  return { refs: [...JSON.stringify(spec).matchAll(/"ref":"([^"]+)"/g)].map(([, ref]) => ref), needs };
}

test("a service runs with the unit and the drop-ins of its name, and with no others", () => {
  const others = [
    declared("unit", "app.service"),
    declared("unit", "application.service"),
    declared("drop-in", "app.service/b"),
    declared("drop-in", "app.service/a"),
    declared("drop-in", "application.service/a"),
    declared("file", "/etc/app.conf"),
  ];
  const refs = ["drop-in:app.service/a", "drop-in:app.service/b", "unit:app.service"];
  expect(followed("app", others)).toEqual({ refs, needs: [] });
  expect(followed("app.service", others)).toEqual({ refs, needs: [] });
  expect(followed("other", others)).toEqual({ refs: [], needs: [] });
});

test("an instance runs with its template, too", () => {
  const others = [
    declared("unit", "app@.service"),
    declared("drop-in", "app@one.service/a"),
    declared("drop-in", "app@.service/a"),
  ];
  expect(followed("app@one", others)).toEqual({
    refs: ["drop-in:app@.service/a", "drop-in:app@one.service/a", "unit:app@.service"],
    needs: [],
  });
  expect(followed("app@two", others)).toEqual({ refs: ["drop-in:app@.service/a", "unit:app@.service"], needs: [] });
});

test("what of it leaves goes before it is looked at", () => {
  const gone = [
    { type: "drop-in", name: "app.service/a" },
    { type: "drop-in", name: "other.service/a" },
  ];
  expect(followed("app", [], gone)).toEqual({ refs: [], needs: ["m/drop-in:app.service/a"] });
});

test("what is asked about a service is asked about all that it runs with", () => {
  const running = declared("service", "app", { enabled: true, running: true });
  const others = [declared("unit", "app.service", { text: "" }), declared("unit", "other.service", { text: "" })];
  const queries = queriesOf("m", "o", [running, ...others], NO_MEMORY, shelves);
  expect(queries.filter(({ kind }) => kind === "service-since")).toEqual([
    { kind: "service-since", arg: "app", extra: ["restart", "unit:app.service"] },
  ]);
});
