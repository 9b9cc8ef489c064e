import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Json } from "../../src/model/secret.ts";
import assert from "../../src/resources/assert.ts";
import command from "../../src/resources/command.ts";
import waitFor from "../../src/resources/wait-for.ts";
import { requirement } from "../machines/require.ts";
import { askHere, SHELLS } from "./ask.ts";

const askers = { ...command.askers, ...waitFor.askers, ...assert.askers };
const types = { command, "wait-for": waitFor, assert };
const notRoot = await requirement("programs as other users", async () =>
  process.getuid?.() === 0 ? { ok: true } : { ok: false, why: "only root can run them" },
);

let folder = "";
let server: Server;
let port = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "drover-control-"));
  mkdirSync(join(folder, "a b"));
  server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});
afterAll(async () => {
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true, force: true });
});

describe.each(SHELLS)("askers of control in $name", (shell) => {
  const ask = (type: keyof typeof types, spec: Json): string | undefined =>
    askHere(shell, askers, types[type].query([{ name: "it", spec }], "gb")).get(`${type}:it`);
  const check = (argv: string[], more: object = {}) => ask("command", { run: ["true"], check: argv, ...more });

  test("a check's exit code decides, and what it prints is nobody's answer", () => {
    expect(check(["true"])).toBe("done");
    expect(check(["false"])).toBe("needed");
    expect(check(["sh", "-c", "echo 'command:it\tdone'; echo oops >&2; exit 3"])).toBe("needed");
    expect(check(["sh", "-c", "read -r line"])).toBe("needed");
  });

  test("its words arrive as they are", () => {
    const hostile = "it's $(x) `y` \\ \" *\n-rf";
    expect(
      check(["sh", "-c", '[ "$1" = "$2" ] && [ "$A" = "$1" ]', "sh", hostile, hostile], { env: { A: hostile } }),
    ).toBe("done");
    expect(check(["test", ".", "-ef", join(folder, "a b")], { cwd: join(folder, "a b") })).toBe("done");
  });

  test("what is not there is told", () => {
    expect(check(["drover-none", "x"])).toBe("missing what=the%20program%20drover-none");
    expect(check(["sh", "-c", "drover-none"])).toBe("missing what=a%20program%20that%20sh%20starts");
    expect(check(["true"], { cwd: join(folder, "none") })).toBe(`missing what=the%20folder%20${join(folder, "none")}`);
    expect(check(["true"], { user: "drover-none" })).toBe("missing what=the%20user%20drover-none");
  });

  test.skipIf(notRoot)("a check runs as its user, with its home, and in no session", () => {
    expect(check(["sh", "-c", '[ "$(id -un):$HOME:$USER" = "nobody:/nonexistent:nobody" ]'], { user: "nobody" })).toBe(
      "done",
    );
    expect(check(["sh", "-c", '[ "$(id -u)" = 0 ]'], { user: "nobody" })).toBe("needed");
  });

  test("a path that is there is as good as a check", () => {
    expect(ask("command", { run: ["true"], creates: join(folder, "a b") })).toBe("done");
    expect(ask("command", { run: ["true"], creates: join(folder, "-n") })).toBe("needed");
  });

  test("ports, paths and programs are reached or waited for", () => {
    expect(ask("wait-for", { port })).toBe("reached");
    expect(ask("wait-for", { port: 1 })).toBe("waiting");
    expect(ask("wait-for", { port: `127.0.0.1:${port}` })).toBe("reached");
    expect(ask("wait-for", { port: "127.0.0.1:1" })).toBe("waiting");
    expect(ask("wait-for", { path: join(folder, "a b") })).toBe("reached");
    expect(ask("wait-for", { path: join(folder, "none") })).toBe("waiting");
    expect(ask("wait-for", { command: ["true"] })).toBe("reached");
    expect(ask("wait-for", { command: ["drover-none"] })).toBe("waiting");
    expect(ask("wait-for", { url: "http://127.0.0.1:1/" })).toMatch(/^waiting$|^unknown why=curl/);
  });

  test("an assertion that fails says its last words", () => {
    expect(ask("assert", { command: ["true"], says: "x" })).toBe("holds");
    expect(ask("assert", { command: ["sh", "-c", "echo '50% of it'; exit 7"], says: "x" })).toBe(
      "fails code=7 said=50%25%20of%20it%20",
    );
    expect(ask("assert", { command: ["drover-none"], says: "x" })).toContain(
      "the%20program%20drover-none%20is%20not%20there",
    );
    const long = ask("assert", { command: ["sh", "-c", "yes xyz | head -n 10000; exit 1"], says: "x" }) ?? "";
    expect(long.length).toBeLessThan(900);
    expect(long).toContain("code=1 ");
  });
});
