import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { digestOf } from "../lib/digest.ts";
import { DroverError } from "../lib/error.ts";
import { reason } from "../lib/reason.ts";
import { FORMAT } from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import { ownerOf, type Stack } from "../model/stack.ts";
import type { Io } from "./io.ts";

/** Keeps a plan for `drover up FILE`. Plans hold no secret's value, but names and paths: only the user may read it. */
export function writePlan(file: string, plan: Plan, io: Io): void {
  try {
    writeFileSync(resolve(io.cwd, file), `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new DroverError("CONFIG_INVALID", `the plan cannot be kept: ${reason(cause)}`, {
      where: { file },
      hint: "name a file in a folder that is there and writable after --out",
      cause,
    });
  }
}

/** Reads a kept plan; refuses one that was edited, is of another stack, or written by a newer Drover. */
export function readPlan(file: string, stack: Stack, io: Io): Plan {
  const wrong = (message: string): DroverError =>
    new DroverError("CONFIG_INVALID", message, {
      where: { file },
      hint: `make a new one: drover plan --out ${JSON.stringify(file)}`,
    });
  const value = parseJson(readText(file, io), wrong);
  if (!hasFormat(value)) throw wrong("this is not a plan");
  if (value.format > FORMAT) {
    throw new DroverError("FORMAT_NEWER", `the plan has format ${value.format}, this Drover knows up to ${FORMAT}`, {
      where: { file },
      hint: "npm install -g drover@latest",
    });
  }
  const { digest, ...body } = value;
  if (digest !== digestOf(body)) throw wrong("the plan was changed since it was written");
  // The digest proves that it is what this program wrote.
  const plan = value as unknown as Plan;
  if (plan.owner !== ownerOf(stack)) throw wrong(`the plan is for ${plan.owner}, the stack file is ${ownerOf(stack)}`);
  return plan;
}

function readText(file: string, io: Io): string {
  try {
    return readFileSync(resolve(io.cwd, file), "utf8");
  } catch (cause) {
    throw new DroverError("CONFIG_INVALID", `the plan cannot be read: ${reason(cause)}`, {
      where: { file },
      hint: "name a file that `drover plan --out FILE` wrote, or none",
      cause,
    });
  }
}

function parseJson(text: string, wrong: (message: string) => DroverError): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong("this is not a plan: it is not JSON");
  }
}

function hasFormat(value: unknown): value is { readonly format: number; readonly digest?: unknown } {
  return typeof value === "object" && value !== null && "format" in value && typeof value.format === "number";
}
