import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DroverError } from "../../src/lib/error.ts";
import { loadSecrets } from "../../src/model/secret.ts";
import { asked, place, signal } from "./world.ts";

const failure = async (promise: Promise<unknown>): Promise<DroverError> => {
  const thrown = await promise.then(
    () => undefined,
    (error: DroverError) => error,
  );
  if (thrown === undefined) throw new Error("it did not fail");
  return thrown;
};

describe("the order of sources", () => {
  test("what the reference says comes first, then the environment, then the encrypted file", async () => {
    using here = place();
    const key = await here.encrypt({ BOTH: "of the vault", VAULT: "of the vault", FILE: "no", EMPTY: "of the vault" });
    here.write("value.txt", "of the file\n");
    const command = ["printf", "%s\\n", "of the program"];
    const refs = [
      ...["BOTH", "VAULT", "EMPTY"].map((secret) => ({ secret })),
      { secret: "FILE", file: "value.txt" },
      { secret: "COMMAND", command },
    ];
    const env = { DROVER_AGE_KEY: key, BOTH: "of the environment", FILE: "no", COMMAND: "no", EMPTY: "" };
    const { secrets } = asked(here.stack(refs), env);
    const names = refs.map((ref) => ref.secret);
    await secrets.load(names, signal);
    expect(names.map((name) => secrets(name))).toEqual([
      "of the environment",
      "of the vault",
      "of the vault",
      "of the file",
      "of the program",
    ]);
  });

  test("what is nowhere is told with all that can be done about it", async () => {
    using here = place();
    const { secrets } = asked(here.stack([{ secret: "DB" }], "staging"));
    await secrets.load(["DB"], signal);
    expect(secrets("DB")).toBeUndefined();
    expect(secrets.missing("DB")).toEqual({
      message: "secret DB has no value here",
      hint: "set it in the environment: export DB=..., or keep it encrypted here: drover secret set DB --env staging",
    });
  });
});

describe("what is not needed", () => {
  test("is not asked for: nothing runs, nothing is opened, nothing is wrong", async () => {
    using here = place();
    here.write("drover.secrets.production.age", "damaged");
    const mark = join(here.folder, "ran");
    const stack = here.stack([
      { secret: "A" },
      { secret: "B", command: ["touch", mark] },
      { secret: "C", file: "c.txt" },
    ]);
    here.write("c.txt", "value of C");
    const { secrets, known } = asked(stack, { DROVER_AGE_KEY: "no key at all" });
    await loadSecrets({ some: ["spec", { secret: "C" }] }, secrets, signal);
    await secrets.hide(["nothing", "key"], signal);
    expect(known).toEqual(["C=value of C"]);
    expect(() => readFileSync(mark)).toThrow("ENOENT");
    expect((await failure(secrets.load(["A"], signal))).message).toBe("line 1 is not an age key");
  });

  test("is known for hiding, where the user's key tells it", async () => {
    using here = place();
    const DROVER_AGE_KEY = await here.encrypt({ A: "value of A", UNUSED: "value of it" });
    const { secrets, known } = asked(here.stack([{ secret: "A" }]), { DROVER_AGE_KEY });
    await secrets.hide(["nothing"], signal);
    expect(known).toEqual([]);
    await secrets.hide(["nothing", "key"], signal);
    expect(known).toEqual(["A=value of A"]);
  });
});

describe("a program", () => {
  test("runs once, in the stack file's folder, whoever asks how often", async () => {
    using here = place();
    const command = ["sh", "-c", 'echo x >>ran; printf "a\\nb\\n\\n"'];
    const { secrets } = asked(
      here.stack([
        { secret: "A", command },
        { secret: "B", command },
      ]),
    );
    await Promise.all([secrets.load(["A"], signal), secrets.load(["B", "A"], signal)]);
    expect(secrets("A")).toBe("a\nb\n");
    expect(secrets("B")).toBe("a\nb\n");
    expect(readFileSync(join(here.folder, "ran"), "utf8")).toBe("x\n");
  });

  test("runs alone the first time, for it may ask to be unlocked", async () => {
    using here = place();
    here.write("vault.sh", 'mkdir lock || exit 7; sleep 0.3; rmdir lock; echo "value of $1"');
    const command = (name: string): string[] => ["sh", "vault.sh", name];
    const stack = here.stack([
      { secret: "A", command: command("a") },
      { secret: "B", command: command("b") },
    ]);
    const { secrets } = asked(stack);
    await secrets.load(["A", "B"], signal);
    expect([secrets("A"), secrets("B")]).toEqual(["value of a", "value of b"]);
  });

  test.each([
    [
      "fails",
      ["sh", "-c", "echo vault is sealed >&2; echo half a value; exit 3"],
      "failed: exit code 3",
      ["vault is sealed"],
    ],
    ["is not there", ["no-such-program-3f"], "failed: no-such-program-3f is not installed", []],
    ["prints nothing", ["true"], "printed nothing", []],
    ["prints bytes", ["printf", "\\377\\376"], "printed what is not text (UTF-8 without NUL)", []],
    ["prints without end", ["sh", "-c", "yes"], "failed: it printed more than 1 MB", []],
  ])("that %s is told with what it said, and without what it printed", async (_, command, why, evidence) => {
    using here = place();
    const { secrets } = asked(here.stack([{ secret: "A", command }]));
    const error = await failure(secrets.load(["A"], signal));
    expect(error).toMatchObject({ code: "SECRET_MISSING", message: `the command for secret A ${why}`, evidence });
    expect(error.where.step).toBe(command.join(" "));
    expect(JSON.stringify(error)).not.toMatch(/half a value"/);
  });

  test("that leaves something in the background is not waited for", async () => {
    using here = place();
    const { secrets } = asked(
      here.stack([{ secret: "A", command: ["sh", "-c", "echo value; sleep 1000 & echo $! >pid"] }]),
    );
    await secrets.load(["A"], signal);
    process.kill(Number(readFileSync(join(here.folder, "pid"), "utf8")));
    expect(secrets("A")).toBe("value");
  });

  test("ends with Ctrl-C", async () => {
    using here = place();
    const { secrets } = asked(here.stack([{ secret: "A", command: ["sleep", "1000"] }]));
    const controller = new AbortController();
    const loading = failure(secrets.load(["A"], controller.signal));
    controller.abort();
    expect(await loading).toMatchObject({ code: "CANCELLED" });
  });
});

/** Made by age 1.1.1 and age-keygen: `age -a -r age1mmm... -o FILE`. Nothing else is encrypted to this key. */
const OF_AGE = {
  key: "AGE-SECRET-KEY-1MA9VL47UKS3SMP8YGTLLTPS884D4FGRS6L6V8NMAK9RP76F7RPAQPSRKCL",
  file: `-----BEGIN AGE ENCRYPTED FILE-----
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSByTm1waVJtSWdKZFZtWEhN
T0tCKzNBeEVRWVJTWlFMT0dMbWxPSkZoQ1U0ClpLbTRhMzJydDBvaGtCcFNyTEla
S2x2UVlaeDd0QUdJY0pHcTVFYlRCSGcKLS0tIFliQkZHbjJJeXQ1eVhzS2RVd0hh
S0hWYnhXby9Uck1GR3lKSmxNN3lncWsK6FxKAYDvWbqhwnAnkJcl5hLWMWBFZwWL
xjZktW2VuO/mOu17e1/+w3+tj9hACm4J9kACcdj+i0AvTwkUjaAUJxYXEExpYz2q
7+4=
-----END AGE ENCRYPTED FILE-----
`,
};

describe("the encrypted file", () => {
  test("may be one that age itself has made", async () => {
    using here = place();
    here.write("drover.secrets.production.age", OF_AGE.file);
    const { secrets } = asked(here.stack([{ secret: "DB_PASSWORD" }]), { DROVER_AGE_KEY: OF_AGE.key });
    await secrets.load(["DB_PASSWORD"], signal);
    expect(secrets("DB_PASSWORD")).toBe("made by age itself");
  });

  test.each([
    ["of Drover", "drover/age.key"],
    ["of sops", "sops/age/keys.txt"],
  ])("is opened with the key file %s", async (_, path) => {
    using here = place();
    const key = await here.encrypt({ A: "value" });
    const file = join(here.folder, "config", path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, `# a comment\n\n${key}\n`);
    const { secrets } = asked(here.stack([{ secret: "A" }]));
    await secrets.load(["A"], signal);
    expect(secrets("A")).toBe("value");
  });

  test("is opened with the key that a variable names or holds, and with no other then", async () => {
    using here = place();
    const key = await here.encrypt({ A: "value" });
    const own = here.write("own.key", key);
    const stack = here.stack([{ secret: "A" }]);
    const byName = asked(stack, { DROVER_AGE_KEY_FILE: own }).secrets;
    await byName.load(["A"], signal);
    expect(byName("A")).toBe("value");
    const missing = asked(stack, { DROVER_AGE_KEY_FILE: join(here.folder, "none") }).secrets;
    expect(await failure(missing.load(["A"], signal))).toMatchObject({ message: "there is no such age key file" });
  });

  test("stays shut without a key, or with another's, and says what to do", async () => {
    using here = place();
    await here.encrypt({ A: "value" });
    const stack = here.stack([{ secret: "A" }]);
    const without = asked(stack).secrets;
    await without.load(["A"], signal);
    expect(without("A")).toBeUndefined();
    expect(without.missing("A").message).toBe(
      "secret A has no value here: drover.secrets.production.age cannot be opened: there is no age key here",
    );
    expect(without.missing("A").hint).toContain("config/drover/age.key or ");
    using there = place();
    const other = asked(stack, { DROVER_AGE_KEY: await there.encrypt({}) }).secrets;
    await other.load(["A"], signal);
    expect(other.missing("A").message).toContain("it is not encrypted to your age key");
    expect(other.missing("A").hint).toContain("drover secret rekey");
  });

  test("names what is nearest to a name that it does not have", async () => {
    using here = place();
    const DROVER_AGE_KEY = await here.encrypt({ DB_PASSWORD: "value" });
    const { secrets } = asked(here.stack([{ secret: "DB_PASSWRD" }]), { DROVER_AGE_KEY });
    await secrets.load(["DB_PASSWRD"], signal);
    expect(secrets.missing("DB_PASSWRD")).toEqual({
      message:
        "secret DB_PASSWRD has no value here: it is not in drover.secrets.production.age; did you mean DB_PASSWORD?",
      hint: "set it in the environment: export DB_PASSWRD=..., or drover secret set DB_PASSWRD",
    });
  });

  test.each([
    ["cut", (text: string) => text.slice(0, text.length / 2), "damaged", "git checkout HEAD"],
    [
      "changed",
      (text: string) => text.replace(/.(?=\n-----END)/, (last) => (last === "A" ? "B" : "A")),
      "damaged",
      "git",
    ],
    ["empty", () => "", "damaged", "git checkout HEAD"],
    [
      "in a conflict",
      (text: string) => `<<<<<<< ours\n${text}=======\n${text}>>>>>>> theirs\n`,
      "merge conflict",
      "--ours",
    ],
  ])("that is %s stops everything that needs it, by name", async (_, harm, message, hint) => {
    using here = place();
    const DROVER_AGE_KEY = await here.encrypt({ A: "value" });
    const file = join(here.folder, "drover.secrets.production.age");
    writeFileSync(file, harm(readFileSync(file, "utf8")));
    const error = await failure(asked(here.stack([{ secret: "A" }]), { DROVER_AGE_KEY }).secrets.load(["A"], signal));
    expect(error).toMatchObject({ code: "SECRET_MISSING", where: { file: "drover.secrets.production.age" } });
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  test.each([
    [
      "protected by a passphrase",
      "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n",
      "the age key is protected by a passphrase",
    ],
    ["of ssh", "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n", "this is not an age key; SSH keys cannot be used"],
    ["of a plugin", "AGE-PLUGIN-YUBIKEY-1ABC\n", "line 1 is a key of an age plugin, which cannot be used"],
    ["with a slip in it", `AGE-SECRET-KEY-1${"Q".repeat(58)}\n`, "age key 1 has a slip in it"],
    ["with something else in it", "# mine\nhunter2\n", "line 2 is not an age key"],
  ])("is not opened with a key %s, whose text is not shown", async (_, text, message) => {
    using here = place();
    await here.encrypt({ A: "value" });
    const own = here.write("own.key", text);
    const stack = here.stack([{ secret: "A" }]);
    const error = await failure(asked(stack, { DROVER_AGE_KEY_FILE: own }).secrets.load(["A"], signal));
    expect(error).toMatchObject({ code: "SECRET_MISSING", message, where: { file: own } });
    expect(JSON.stringify(error)).not.toMatch(/hunter2|QQQQ|YWdl/);
  });

  test("or a key that cannot be read is told by its place", async () => {
    using here = place();
    await here.encrypt({ A: "value" });
    const stack = here.stack([{ secret: "A" }]);
    // A folder in place of the key: root may read every file.
    const error = await failure(asked(stack, { DROVER_AGE_KEY_FILE: here.folder }).secrets.load(["A"], signal));
    expect(error).toMatchObject({
      message: "the age key file cannot be read: it is a folder",
      where: { file: here.folder },
    });
    expect(error.hint).toBe(`make it a file that you may read: chmod 600 ${here.folder}`);
  });
});

describe("plans and journals", () => {
  test("name secrets only: a stack keeps what was written beside a name apart", () => {
    using here = place();
    const stack = here.stack([
      { secret: "A", file: "a.txt" },
      { secret: "B", command: ["op", "read", "op://x"] },
    ]);
    expect(stack.secrets).toEqual({ A: { file: "a.txt" }, B: { command: ["op", "read", "op://x"] } });
    expect(JSON.stringify(stack.resources)).toContain('{"concat":[{"secret":"A"},{"secret":"B"}]}');
  });

  test("one name has one origin", () => {
    using here = place();
    const both = { secret: "A", file: "a.txt", command: ["x"] };
    expect(() => here.stack([both])).toThrow('secret \\"A\\" has a file and a command: give one of them');
    expect(() =>
      here.stack([{ secret: "A", file: "a" }, { secret: "A" }, { secret: "A", command: ["op", "read"] }]),
    ).toThrow('secret \\"A\\" comes from the file \\"a\\" elsewhere, and from the command \\"op read\\" here');
  });
});
