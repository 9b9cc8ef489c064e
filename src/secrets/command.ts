import { DroverError } from "../lib/error.ts";
import type { SecretPlace, SecretSource } from "../model/secret-source.ts";
import { type Printed, printedBy } from "./command/run.ts";

/** Long enough to find one's phone or key. */
const WITHIN = 60;

/** A secret's value from what a program prints, without its last line end. Each program with its arguments runs once. */
const command: SecretSource = {
  name: "command",
  rank: 0,
  takes: "program",
  fits: (request) => request.command !== undefined,
  open(place) {
    const values = new Map<string, Promise<string>>();
    // The first call of a program may ask a person to unlock something; others of it then need not.
    const opened = new Map<string, Promise<string>>();
    return async ({ name, command: argv = [] }, signal) => {
      const key = JSON.stringify(argv);
      const [program = ""] = argv;
      const before = opened.get(program);
      const value =
        values.get(key) ??
        (before === undefined
          ? printedValue(name, argv, place, signal)
          : before.then(() => printedValue(name, argv, place, signal)));
      values.set(key, value);
      if (before === undefined) opened.set(program, value);
      return { kind: "value", value: await value };
    };
  },
};
export default command;

async function printedValue(
  name: string,
  argv: readonly string[],
  { folder, env }: SecretPlace,
  signal: AbortSignal,
): Promise<string> {
  const printed = await printedBy(argv, { cwd: folder, env, within: WITHIN, signal });
  if (signal.aborted) throw new DroverError("CANCELLED", `secret ${name} was being asked for; nothing was touched`);
  const wrong = wrongOf(printed);
  if (wrong === undefined) return printed.text.replace(/\r?\n$/, "");
  throw new DroverError("SECRET_MISSING", `the command for secret ${name} ${wrong}`, {
    where: { step: argv.join(" ") },
    evidence: printed.errors.trim() === "" ? [] : printed.errors.trim().split("\n").slice(-10),
    hint: "run it by hand in the stack file's folder: it has to print the value and nothing else, and end with 0",
  });
}

function wrongOf({ ended, text, valid }: Printed): string | undefined {
  if (ended !== "exit code 0") return `failed: ${ended}`;
  if (!valid) return "printed what is not text (UTF-8 without NUL)";
  return text.trim() === "" ? "printed nothing" : undefined;
}
