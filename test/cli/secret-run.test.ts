import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { drover, type Ran } from "../e2e/command.ts";
import { type Folder, folderWith, snapshot } from "./harness.ts";

/** Plans and runs with secrets of every source, on files of this machine's own user. */
const VALUE = "value-7d1fa4c9e2b+/=";
const owner = `${process.getuid?.()}:${process.getgid?.()}`;

interface Place extends Folder {
  /** Writes a stack of one file for each secret: name of the file to what `secret(...)` is called with. */
  stack(files: Readonly<Record<string, string>>): void;
  run(args: readonly string[], more?: { readonly input?: string; readonly env?: Record<string, string> }): Promise<Ran>;
  content(file: string): string;
}

function place(): Place {
  const folder = folderWith();
  const { path } = folder;
  const [state, keys] = [join(path, "state"), join(path, "config")];
  const env = { DROVER_STATE: state, DROVER_RUN: join(path, "run"), XDG_CONFIG_HOME: keys };
  mkdirSync(join(path, "there"));
  return {
    ...folder,
    stack(files) {
      const list = Object.entries(files).map(
        ([name, args]) =>
          `file("${path}/there/${name}", { content: text\`pw=\${secret(${args})}\`, mode: "0600", owner: "${owner}" })`,
      );
      writeFileSync(
        join(path, "drover.config.ts"),
        `import { defineStack, file, local, secret, text } from "drover";
export default defineStack({ id: "sr-1", name: "sr", machines: { here: local({ sudo: false }) }, resources: { here: [
  ${list.join(",\n  ")} ] } });`,
      );
    },
    run: (args, { input, env: more = {} } = {}) =>
      drover(args, { cwd: path, env: { ...env, ...more }, ...(input === undefined ? {} : { input }) }),
    content: (file) => readFileSync(join(path, "there", file), "utf8"),
  };
}

describe("a stack with secrets", () => {
  it("gets each from where it is, and keeps none of them anywhere", async () => {
    using here = place();
    here.stack({
      a: `"VAULT"`,
      b: `"PROGRAM", { command: ["printf", "${VALUE}p\\\\n"] }`,
      c: `"FILE", { file: "c.txt" }`,
      d: `"VARIABLE"`,
    });
    writeFileSync(join(here.path, "c.txt"), `${VALUE}f\n`);
    await here.run(["secret", "init"]);
    await here.run(["secret", "set", "VAULT"], { input: `${VALUE}v` });
    const ran = await here.run(["up", "--yes"], { env: { VARIABLE: `${VALUE}e` } });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(["a", "b", "c", "d"].map(here.content)).toEqual(["v", "p", "f", "e"].map((end) => `pw=${VALUE}${end}`));
    const again = await here.run(["plan", "--detailed-exitcode", "--json"], { env: { VARIABLE: `${VALUE}e` } });
    expect(again.code).toBe(0);
    expect(ran.stdout + again.stdout).not.toContain(VALUE);
    for (const file of filesIn(join(here.path, "state"))) expect(readFileSync(file, "latin1")).not.toContain(VALUE);
    const journal = readFileSync(join(here.path, "state/journal"), "utf8");
    expect(journal).toContain('{"secret":"PROGRAM"}');
    expect(journal).not.toMatch(/printf|c\.txt/);
  }, 120_000);

  it("without the key says so before anything is touched, and needs none for what is there already", async () => {
    using here = place();
    here.stack({ a: `"VAULT"` });
    await here.run(["secret", "init"]);
    await here.run(["secret", "set", "VAULT"], { input: VALUE });
    const nobody = { env: { XDG_CONFIG_HOME: join(here.path, "nobody") } };
    const before = snapshot(join(here.path, "there"));
    const refused = await here.run(["up", "--yes"], nobody);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "error: secret VAULT has no value here: drover.secrets.production.age cannot be opened: there is no age key here\n" +
        `  in here/file:${here.path}/there/a\n` +
        `  fix: set it in the environment: export VAULT=..., or put your age key into ${here.path}/nobody/drover/age.key or `,
    );
    expect(snapshot(join(here.path, "there"))).toBe(before);
    await here.run(["up", "--yes"]);
    const known = await here.run(["plan", "--detailed-exitcode"], nobody);
    expect(known.code).toBe(0);
    expect((await here.run(["history"], nobody)).code).toBe(0);
  }, 120_000);

  it("whose program fails or whose vault is damaged stops, names it, and touches nothing", async () => {
    using here = place();
    here.stack({ a: `"PROGRAM", { command: ["sh", "-c", "echo sealed >&2; echo ${VALUE}; exit 2"] }` });
    const before = snapshot(join(here.path, "there"));
    const failed = await here.run(["up", "--yes"]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("error: the command for secret PROGRAM failed: exit code 2\n");
    expect(failed.stderr).toContain("  | sealed\n");
    here.stack({ a: `"VAULT"` });
    await here.run(["secret", "init"]);
    writeFileSync(join(here.path, "drover.secrets.production.age"), "damaged");
    const damaged = await here.run(["up", "--yes", "--json"]);
    expect(damaged.code).toBe(1);
    expect(damaged.events().at(-1)).toMatchObject({
      event: "failed",
      error: { code: "SECRET_MISSING", where: { file: "drover.secrets.production.age" } },
    });
    expect(snapshot(join(here.path, "there"))).toBe(before);
  }, 120_000);

  it("runs no program for what a command is not about", async () => {
    using here = place();
    here.stack({ a: `"PROGRAM", { command: ["sh", "-c", "echo x >>ran; echo ${VALUE}"] }`, b: `"VARIABLE"` });
    const env = { VARIABLE: `${VALUE}e` };
    for (const args of [["history"], ["secret", "list"], ["releases"], ["doctor"]]) {
      expect((await here.run(args, { env })).stdout).not.toContain(VALUE);
    }
    expect(existsSync(join(here.path, "ran"))).toBe(false);
    await here.run(["up", "--yes"], { env });
    expect(readFileSync(join(here.path, "ran"), "utf8")).toBe("x\n");
    expect(here.content("a")).toBe(`pw=${VALUE}`);
  }, 120_000);
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile());
}
