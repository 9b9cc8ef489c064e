import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hotFolder } from "../../src/cli/secret/hot-folder.ts";
import { decrypt, newKey } from "../../src/secrets/age/crypt.ts";
import { cli, type Folder, folderWith, type Ran, snapshot } from "./harness.ts";

const VALUE = 's3cret value, with "quotes" and ü';
const VAULT = "drover.secrets.production.age";
const STACK = `import { app, defineStack, file, local, secret, text } from "drover";
export default defineStack({ id: "gb-1", name: "guestbook", machines: { here: local() },
  resources: { here: [file("/etc/x", { content: text\`pw=\${secret("DB")}\` }), file("/etc/y", { content: secret("TOKEN", { command: ["op", "read"] }) })] },
  apps: { web: app({ image: "x", on: "here", env: { KEY: secret("DB"), OTHER: secret("OTHER", { file: "other.txt" }) } }) } });`;

interface Scene extends Folder {
  run(argv: readonly string[], more?: { stdin?: string | Buffer; env?: Record<string, string> }): Promise<Ran>;
}

/** A stack's folder of somebody with no key yet, whose home is in it. */
function scene(files: Readonly<Record<string, string>> = { "drover.config.ts": STACK }): Scene {
  const folder = folderWith(files);
  const home = { PATH: String(process.env["PATH"]), HOME: join(folder.path, ".home") };
  return {
    ...folder,
    run: (argv, { stdin, env = {} } = {}) =>
      cli(["secret", ...argv], {
        cwd: folder.path,
        env: { ...home, ...env },
        ...(stdin === undefined ? {} : { stdin }),
      }),
  };
}

const keyOf = (here: Scene): string => readFileSync(join(here.path, ".home/.config/drover/age.key"), "utf8");

/** What somebody with a key reads in an encrypted file, by the format's own library. */
async function contents(here: Scene, key = keyOf(here), file = VAULT): Promise<unknown> {
  const opened = await decrypt(readFileSync(join(here.path, file)), [key.trim().split("\n").at(-1) ?? ""]);
  return opened.kind === "text" ? JSON.parse(opened.text) : opened.kind;
}

describe("secret init", () => {
  it("makes a key for its owner alone and names it among the readers; a second time it changes nothing", async () => {
    using here = scene();
    const ran = await here.run(["init"]);
    expect(ran).toMatchObject({ code: 0, err: "" });
    const file = join(here.path, ".home/.config/drover/age.key");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
    const recipient = /# public key: (age1\S+)/.exec(keyOf(here))?.[1] ?? "";
    expect(ran.out).toContain(`your key is made: ${file}\n`);
    expect(ran.out).not.toContain("AGE-SECRET-KEY");
    expect(readFileSync(join(here.path, "drover.recipients"), "utf8")).toMatch(
      new RegExp(`^#.*\n${recipient} # \\S+@`),
    );
    const before = snapshot(here.path);
    const again = await here.run(["init", "--json"]);
    expect(JSON.parse(again.out)).toEqual({
      key: { place: `${file} or ${join(here.path, ".home/.config/sops/age/keys.txt")}`, made: false },
      recipient,
      file: "drover.recipients",
      added: false,
    });
    expect(snapshot(here.path)).toBe(before);
  });

  it("takes the key that somebody has, and tells who joins what comes next", async () => {
    using here = scene();
    await here.run(["init"]);
    await here.run(["set", "DB"], { stdin: VALUE });
    const { key, recipient } = await newKey();
    const joined = await here.run(["init"], { env: { DROVER_AGE_KEY: key } });
    expect(joined.out).toContain(`its public part: ${recipient}\nadded to drover.recipients`);
    expect(joined.out).toContain("next: somebody who can read the secrets runs drover secret rekey\n");
  });
});

describe("secret set", () => {
  it("keeps a value from stdin, which is nowhere but in the encrypted file and never shown", async () => {
    using here = scene();
    await here.run(["init"]);
    expect(await here.run(["set", "DB"], { stdin: `${VALUE}\n` })).toEqual({
      code: 0,
      out: `DB is added in ${VAULT}\n`,
      err: "",
    });
    expect(await contents(here)).toEqual({ DB: VALUE });
    const text = readFileSync(join(here.path, VAULT), "utf8");
    expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    for (const name of readdirSync(here.path).filter((one) => statSync(join(here.path, one)).isFile())) {
      expect(readFileSync(join(here.path, name), "latin1")).not.toContain("s3cret");
    }
    const changed = await here.run(["set", "DB", "--json"], { stdin: "another\nof two lines\n\n" });
    expect(JSON.parse(changed.out)).toEqual({ name: "DB", environment: "production", file: VAULT, done: "changed" });
    expect(await contents(here)).toEqual({ DB: "another\nof two lines\n" });
    const before = snapshot(here.path);
    expect((await here.run(["set", "DB"], { stdin: "another\nof two lines\n\n" })).out).toBe(
      "DB has that value already\n",
    );
    expect(snapshot(here.path)).toBe(before);
  });

  it("keeps environments apart, and their readers where they are said", async () => {
    using here = scene();
    await here.run(["init"]);
    const { key, recipient } = await newKey();
    writeFileSync(join(here.path, "drover.recipients.staging"), `# ops\n${recipient} # ann\n\n`);
    await here.run(["set", "DB", "-e", "staging"], { stdin: "of staging" });
    await here.run(["set", "DB"], { stdin: "of production" });
    expect(await contents(here, key, "drover.secrets.staging.age")).toEqual({ DB: "of staging" });
    expect(await contents(here, keyOf(here), "drover.secrets.staging.age")).toBe("locked");
    expect(await contents(here, key)).toBe("locked");
  });

  it("writes where a link leads, and keeps the file's mode", async () => {
    using here = scene();
    await here.run(["init"]);
    await here.run(["set", "A"], { stdin: "value of A" });
    mkdirSync(join(here.path, "kept"));
    execFileSync("mv", [join(here.path, VAULT), join(here.path, "kept/vault")]);
    execFileSync("chmod", ["640", join(here.path, "kept/vault")]);
    symlinkSync("kept/vault", join(here.path, VAULT));
    await here.run(["set", "B"], { stdin: "value of B" });
    expect(await contents(here)).toEqual({ A: "value of A", B: "value of B" });
    expect(statSync(join(here.path, "kept/vault")).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(here.path, "kept"))).toEqual(["vault"]);
  });

  it("takes no value as an argument, and does not show it back", async () => {
    using here = scene();
    await here.run(["init"]);
    const before = snapshot(here.path);
    for (const argv of [
      ["set", "DB", "hunter2"],
      ["set", "DB=hunter2"],
      ["set", "hunter2-"],
      ["remove", "a=hunter2"],
    ]) {
      const ran = await here.run(argv, { stdin: "x" });
      expect(ran.code).toBe(1);
      expect(ran.err + ran.out).not.toContain("hunter2");
      expect(ran.err).toMatch(/its value is asked for|it is asked for, or read from stdin/);
    }
    expect(snapshot(here.path)).toBe(before);
  });

  it.each([
    ["empty", "\n", "the value is empty: that is no secret"],
    ["no text", Buffer.from([0xff, 0xfe]), "the value is not text (UTF-8 without NUL)"],
    ["a NUL byte", "a\0b", "the value is not text (UTF-8 without NUL)"],
  ])("refuses what is %s", async (_, stdin, message) => {
    using here = scene();
    await here.run(["init"]);
    const ran = await here.run(["set", "DB"], { stdin });
    expect(ran).toMatchObject({ code: 1, out: "" });
    expect(ran.err).toContain(`error: ${message}\n`);
    expect(readdirSync(here.path)).not.toContain(VAULT);
  });

  it.each([
    ["there are none", undefined, "there is no file that says who can read the secrets", "drover secret init"],
    ["the list is empty", "# nobody\n", "it names nobody who can read the secrets", "drover secret init"],
    ["one has a slip in it", "# ann\nage1qqqq\n", 'line 2 is not a public age key: "age1qqqq"', "one public age key"],
    ["one is of ssh", "ssh-ed25519 AAAA ann\n", "line 1 is an SSH key, which cannot be used", "one public age key"],
    ["one is of a plugin", "age1yubikey1qqqq\n", "line 1 is a key of an age plugin", "one public age key"],
    ["one is secret", "AGE-SECRET-KEY-1QQQ\n", "line 1 is a secret key: take it out of the repo", "one public age key"],
  ])("asks for no value when %s of readers", async (_, recipients, message, fix) => {
    using here = scene();
    if (recipients !== undefined) writeFileSync(join(here.path, "drover.recipients"), recipients);
    const ran = await here.run(["set", "DB"]);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(`error: ${message}`);
    expect(ran.err).toContain(`fix: ${fix}`);
    expect(ran.err).not.toContain("KEY-1QQQ");
  });

  it("needs a key to what is there already, and asks for no value without", async () => {
    using here = scene();
    await here.run(["init"]);
    await here.run(["set", "DB"], { stdin: VALUE });
    const before = snapshot(here.path);
    const ran = await here.run(["set", "DB"], { env: { XDG_CONFIG_HOME: join(here.path, "none") } });
    expect(ran.err).toContain(`error: ${VAULT} cannot be opened: there is no age key here\n`);
    expect(snapshot(here.path)).toBe(before);
  });
});

describe("secret edit", () => {
  /** An editor that looks where its file lies, and changes it. */
  const editor = (here: Scene, script: string): Record<string, string> => {
    writeFileSync(
      join(here.path, "editor"),
      `set -e\nstat -c '%a %n' "$2" >"$1/seen"; stat -f -c %T "$2" >>"$1/seen"\n${script}`,
    );
    return { EDITOR: `sh ${join(here.path, "editor")} ${here.path}`, VISUAL: "" };
  };
  const seen = (here: Scene): string[] => readFileSync(join(here.path, "seen"), "utf8").trim().split("\n");

  it("gives the secrets to the editor in memory, to their owner alone, and leaves nothing", async () => {
    using here = scene();
    await here.run(["init"]);
    await here.run(["set", "DB"], { stdin: VALUE });
    const env = editor(here, 'cp "$2" "$1/.home/copy"; printf \'{"NEW": "of two\\\\nlines", "DB": "x"}\' >"$2"');
    const ran = await here.run(["edit", "--json"], { env });
    expect(JSON.parse(ran.out)).toEqual({
      environment: "production",
      file: VAULT,
      done: "changed",
      names: ["NEW", "DB"],
    });
    expect(await contents(here)).toEqual({ DB: "x", NEW: "of two\nlines" });
    expect(JSON.parse(readFileSync(join(here.path, ".home/copy"), "utf8"))).toEqual({ DB: VALUE });
    const [file = "", kind] = seen(here);
    expect(file).toMatch(/^600 \/(dev\/shm|run)\/.*secrets\.json$/);
    expect(kind).toBe("tmpfs");
    expect(() => statSync(file.slice(4))).toThrow("ENOENT");
  });

  it("writes nothing when nothing was changed, when the editor failed, or when it is no JSON any more", async () => {
    using here = scene();
    await here.run(["init"]);
    await here.run(["set", "DB"], { stdin: VALUE });
    const vault = readFileSync(join(here.path, VAULT), "utf8");
    expect(await here.run(["edit"], { env: editor(here, "") })).toMatchObject({
      code: 0,
      out: "nothing was changed\n",
    });
    const failed = await here.run(["edit"], { env: editor(here, "echo '{}' >\"$2\"; exit 4") });
    expect(failed.code).toBe(130);
    expect(failed.err).toContain("error: the editor ended with exit code 4; nothing was written\n");
    const wrong: [string, string][] = [
      [`{ "DB": "hunter2",\n}`, "the secrets are no proper JSON"],
      [`{ "DB": 1 }`, "the value of DB is not a text"],
      [`{ "DB": "" }`, "the value of DB is empty"],
      [`{ "D B": "hunter2" }`, '"D B" is not a name for a secret'],
      [`["hunter2"]`, "the secrets are no JSON object"],
    ];
    for (const [text, message] of wrong) {
      const ran = await here.run(["edit"], { env: editor(here, `printf '%s' '${text}' >"$2"`) });
      expect(ran.code).toBe(1);
      expect(ran.err).toContain(`error: ${message}`);
      expect(ran.err).not.toContain("hunter2");
      expect(() => statSync(seen(here)[0]?.slice(4) ?? "")).toThrow("ENOENT");
    }
    expect(readFileSync(join(here.path, VAULT), "utf8")).toBe(vault);
  });

  it("does not write over what somebody else wrote meanwhile", async () => {
    using here = scene();
    await here.run(["init"]);
    await here.run(["set", "DB"], { stdin: VALUE });
    const env = editor(here, `cp "$1/drover.config.ts" "$1/${VAULT}"; echo '{"A": "b"}' >"$2"`);
    const ran = await here.run(["edit"], { env });
    expect(ran.err).toContain("error: the encrypted secrets were changed meanwhile; nothing was written\n");
    expect(readFileSync(join(here.path, VAULT), "utf8")).toBe(STACK);
  });

  it("refuses a disk, unless that is said", () => {
    using disk = folderWith();
    expect(() => hotFolder([disk.path, "/no/such/folder"], false)).toThrow("there is no folder in memory here");
    using folder = hotFolder([disk.path], true);
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  });
});

describe("secret list", () => {
  it("names secrets, where each comes from and where it is used; no value, no program", async () => {
    using here = scene();
    await here.run(["init"]);
    await here.run(["set", "DB"], { stdin: VALUE });
    await here.run(["set", "UNUSED"], { stdin: "unused value" });
    const ran = await here.run(["list"]);
    expect(ran).toEqual({
      code: 0,
      out: `NAME    FROM                           USED BY
DB      ${VAULT}  here/file:/etc/x: content, app web: env.KEY
OTHER   file other.txt                 app web: env.OTHER
TOKEN   command op                     here/file:/etc/y: content
UNUSED  ${VAULT}  nothing
`,
      err: "",
    });
    const { secrets } = JSON.parse((await here.run(["list", "--json"], { env: { DB: "of the environment" } })).out);
    expect(secrets[0]).toEqual({
      name: "DB",
      from: "environment",
      usedBy: ["here/file:/etc/x: content", "app web: env.KEY"],
    });
  });

  it("tells what it can without a key, and that", async () => {
    using here = scene();
    await here.run(["init"]);
    await here.run(["set", "DB"], { stdin: VALUE });
    const ran = await here.run(["list"], { env: { XDG_CONFIG_HOME: join(here.path, "none") } });
    expect(ran.out).toContain("DB     unknown         here/file:/etc/x: content, app web: env.KEY\n");
    expect(ran.out).toContain(
      `note: ${VAULT} cannot be opened: there is no age key here\n  fix: put your age key into`,
    );
    expect((await here.run(["list", "-e", "staging"])).out).toContain("DB     nowhere         ");
  });
});

describe("secret remove", () => {
  it("takes one out, and knows a slip", async () => {
    using here = scene();
    await here.run(["init"]);
    await here.run(["set", "DB"], { stdin: VALUE });
    await here.run(["set", "OLD"], { stdin: "old value" });
    expect(await here.run(["remove", "OLD"])).toEqual({ code: 0, out: `OLD is removed from ${VAULT}\n`, err: "" });
    expect(await contents(here)).toEqual({ DB: VALUE });
    const slip = await here.run(["remove", "DBB"]);
    expect(slip.err).toContain(`error: DBB is not in ${VAULT}; did you mean DB?\n`);
    expect(slip.code).toBe(1);
  });
});

describe("secret rekey", () => {
  it("encrypts all environments to those who can read them now", async () => {
    using here = scene();
    await here.run(["init"]);
    await here.run(["set", "DB"], { stdin: "of production" });
    await here.run(["set", "DB", "-e", "staging"], { stdin: "of staging" });
    const { key, recipient } = await newKey();
    writeFileSync(join(here.path, "drover.recipients"), `${recipient}\n`);
    const ran = await here.run(["rekey"]);
    expect(ran.out).toBe(`${VAULT} is encrypted to 1 key\ndrover.secrets.staging.age is encrypted to 1 key\n`);
    expect(await contents(here, key)).toEqual({ DB: "of production" });
    expect(await contents(here)).toBe("locked");
    expect(await contents(here, key, "drover.secrets.staging.age")).toEqual({ DB: "of staging" });
  });

  it("writes nothing unless it can open all, and says when there is nothing", async () => {
    using here = scene();
    expect((await here.run(["rekey"])).err).toContain("error: there are no encrypted secrets to rekey here\n");
    await here.run(["init"]);
    await here.run(["set", "DB"], { stdin: "of production" });
    writeFileSync(join(here.path, "drover.secrets.staging.age"), "damaged");
    const before = snapshot(here.path);
    const ran = await here.run(["rekey"]);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain("error: the encrypted secrets are damaged");
    expect(snapshot(here.path)).toBe(before);
    expect((await here.run(["rekey", "-e", "production", "--json"])).out).toBe(
      `{"environment":"production","file":"${VAULT}","recipients":1}\n`,
    );
  });
});

describe("secret", () => {
  it("alone names the commands it stands for", async () => {
    using here = scene();
    const bare = await here.run([]);
    expect(bare.code).toBe(1);
    expect(bare.err).toContain("error: which of them? drover secret init, drover secret set,");
    const help = await here.run(["--help"]);
    expect(help.code).toBe(0);
    expect(help.out).toContain("\n  drover secret set NAME ");
    expect((await here.run(["sett", "DB"])).err).toContain('unknown command "secret sett"; did you mean secret set?');
    expect((await here.run(["set", "--help"])).out).toContain("Usage: drover secret set NAME [FLAGS]\n");
    expect((await cli(["help", "secret", "set"], { cwd: here.path })).out).toContain("Usage: drover secret set NAME");
    expect((await cli(["-e", "staging", "secret", "list", "--nope"], { cwd: here.path })).err).toContain(
      "unknown flag --nope",
    );
  });

  it("needs a stack file, which is not run, and an environment's name", async () => {
    using none = scene({ "a.txt": "" });
    expect((await none.run(["init"])).err).toContain("error: there is no drover.config.ts here or in a folder above\n");
    using broken = scene({ "drover.config.ts": "this is not a stack file(" });
    expect((await broken.run(["init"])).code).toBe(0);
    expect((await broken.run(["set", "A", "-e", "Not One"], { stdin: "x" })).err).toContain(
      "error: --env: this is not a name for an environment\n",
    );
  });
});
