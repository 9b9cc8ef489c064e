import { buffer } from "node:stream/consumers";
import { DroverError } from "../../lib/error.ts";
import { terminalOf } from "../consent.ts";
import type { Io } from "../io.ts";
import { usage } from "../parse.ts";

/** More is no secret. */
const LONGEST = 2 ** 20;

/** A secret's value: from a prompt that shows nothing, else all of stdin without its last line end. */
export async function readValue(name: string, io: Io, json: boolean, signal: AbortSignal): Promise<string> {
  const value = io.canAsk && !json ? await asked(name, io, signal) : await piped(name, io, signal);
  if (value !== "") return value;
  throw usage("the value is empty: that is no secret", `drover secret remove ${name}`);
}

async function asked(name: string, io: Io, signal: AbortSignal): Promise<string> {
  const { isCancel, password } = await import("@clack/prompts");
  const answer = await password({ message: `Value of ${name}`, signal, ...terminalOf(io) });
  if (isCancel(answer)) throw new DroverError("CANCELLED", "nothing was written");
  return answer ?? "";
}

async function piped(name: string, io: Io, signal: AbortSignal): Promise<string> {
  if ("isTTY" in io.stdin && io.stdin.isTTY === true) {
    throw usage("a value typed here would be seen", `give it on stdin: drover secret set ${name} <FILE`);
  }
  const bytes = await Promise.race([buffer(io.stdin), aborted(signal)]);
  const text = bytes.toString("utf8");
  if (bytes.length > LONGEST)
    throw usage("the value has more than 1 MB", "keep a key to it here, not the thing itself");
  if (text.includes("\0") || !Buffer.from(text, "utf8").equals(bytes)) {
    throw usage(
      "the value is not text (UTF-8 without NUL)",
      `encode it, for instance: base64 FILE | drover secret set ${name}`,
    );
  }
  return text.replace(/\r?\n$/, "");
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
