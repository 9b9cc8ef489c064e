import { describe, expect, it } from "vitest";
import { z } from "zod";
import { appSchema } from "../model/app.ts";
import { stackSchema } from "../model/stack.ts";
import { formatFault } from "./fault.ts";
import { schemaFaults } from "./schema-faults.ts";

const lines = (schema: z.ZodType, value: unknown): string[] => schemaFaults(schema, value).map(formatFault);
const app = (fields: object): string[] => lines(appSchema, { source: ".", on: "here", ...fields });

describe("schemaFaults", () => {
  it.each<[object, string]>([
    [{ port: "30OO" }, 'port: expected an integer from 1 to 65535, got "30OO"'],
    [{ port: 70_000 }, "port: expected an integer from 1 to 65535, got 70000"],
    [{ port: 1.5 }, "port: expected an integer from 1 to 65535, got 1.5"],
    [{ prot: 3000 }, 'prot: unknown key; did you mean "port"?'],
    [{ on: 5 }, "on: expected text or a list, got 5"],
    [{ on: undefined }, "on: is missing: expected text or a list"],
    [{ on: [] }, "on: expected at least 1 entry, got an empty list"],
    [{ place: "dokcer" }, 'place: expected "docker", got "dokcer"; did you mean "docker"?'],
    [{ env: { A: 12345 } }, "env.A: expected text or secret(...) or output(...), got a number"],
    [{ env: { A: { secrt: "X" } } }, "env.A.secret: is missing: expected text"],
    [{ env: { "A B": "x" } }, 'env["A B"]: not allowed as a key: expected a name such as LOG_LEVEL'],
    [{ health: { path: "up" } }, 'health.path: expected a path such as /up, got "up"'],
    [{ health: { path: "/up", intervall: 3 } }, 'health.intervall: unknown key; did you mean "interval"?'],
    [
      { volumes: { "/data": { mode: "exclusiv" } } },
      'volumes["/data"].mode: expected one of "exclusive", "shared", got "exclusiv"; did you mean "exclusive"?',
    ],
    [{ limits: { memory: "lots" } }, 'limits.memory: expected a size such as "256m" or "1g", got "lots"'],
    [{ drain: -1 }, "drain: expected seconds above 0, got -1"],
    [{ writable: "yes" }, 'writable: expected true or false, got "yes"'],
    [{ processes: { web: { command: "npm start" } } }, 'processes.web.command: expected a list, got "npm start"'],
    [{ keep: 99 }, "keep: expected an integer from 1 to 50, got 99"],
    [{ domains: ["Bad_Host"] }, 'domains[0]: expected a lower-case host name such as www.example.com, got "Bad_Host"'],
  ])("%j is told", (fields, expected) => {
    expect(app(fields)).toContain(expected);
  });

  it("tells all of them", () => {
    expect(
      lines(stackSchema, { nme: "x", machines: { "A b": { provider: "local" } }, apps: { a: { port: 0 } } }),
    ).toEqual([
      "name: is missing: expected text",
      'machines["A b"]: not allowed as a key: expected 1 to 40 of a-z, 0-9 and - (not first or last)',
      "apps.a.on: is missing: expected text or a list",
      "apps.a.port: expected an integer from 1 to 65535, got 0",
      'nme: unknown key; did you mean "name"?',
    ]);
  });

  it("never shows what a terminal would obey", () => {
    expect(app({ port: "\u001b[2J\u202eevil" })).toEqual([
      'port: expected an integer from 1 to 65535, got "\\u001b[2J\\u202eevil"',
    ]);
  });

  it("names the choices of a discriminated union", () => {
    const schema = z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("a") }),
      z.strictObject({ kind: z.literal("b"), size: z.int() }),
    ]);
    expect(lines(schema, { kind: "c" })).toEqual(['kind: expected one of "a", "b", got "c"']);
    expect(lines(schema, { kind: "b", size: "x" })).toEqual(['size: expected an integer, got "x"']);
  });
});
