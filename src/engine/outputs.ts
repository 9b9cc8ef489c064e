import { DroverError } from "../lib/error.ts";
import { ANY, type Answers, unword } from "../model/answer.ts";
import { type OutputRef, type Outputs, referredId, referredMachine } from "../model/reference.ts";
import { type Shelves, typeOf } from "./shelves.ts";

/** What each machine answers now, with what changes before this moment leave. */
export type Views = ReadonlyMap<string, Answers>;

/** Outputs as they are seen from a machine. Pure. */
export function outputsFrom(machine: string, views: Views, shelves: Shelves): Outputs {
  return (ref) => {
    const answers = views.get(referredMachine(ref, machine));
    if (answers === undefined) throw refused(ref, "that machine is left out of this run, or not in the file");
    const id = referredId(ref, machine);
    return id === undefined ? factOf(ref, answers) : outputOf(ref, id, answers, shelves);
  };
}

/** Facts that others may rest on; free space and time are none: they move by themselves. */
const MACHINE_OUTPUTS = ["address", "addresses", "hostname", "arch", "os", "release", "init", "machine-id"];

function factOf(ref: OutputRef, answers: Answers): string | undefined {
  if (!MACHINE_OUTPUTS.includes(ref.output)) throw refused(ref, `a machine has ${MACHINE_OUTPUTS.join(", ")}`);
  const fact = answers.get(`fact:${ref.output}`);
  // On this machine itself nobody came over a connection whose address could be told.
  const value = fact === "" && ref.output === "address" ? answers.get("fact:addresses")?.split("%20")[0] : fact;
  return value === undefined || value.includes(ANY) ? undefined : unword(value);
}

function outputOf(ref: OutputRef, id: string, answers: Answers, shelves: Shelves): string | undefined {
  const local = id.slice(id.indexOf("/") + 1);
  const [type, name] = [local.slice(0, local.indexOf(":")), local.slice(local.indexOf(":") + 1)];
  if (shelves.types[type] === undefined) throw refused(ref, `there is no resource type ${type}`);
  const shelf = typeOf(shelves, type);
  const seen = shelf.parse(name, answers);
  if (seen.kind !== "present") return undefined;
  const outputs = shelf.outputs?.(name, seen.state) ?? {};
  const value = outputs[ref.output];
  if (value !== undefined) return value.includes(ANY) ? undefined : value;
  const known = Object.keys(outputs);
  throw refused(ref, known.length === 0 ? `${type} has no outputs` : `${local} has ${known.join(", ")}`);
}

function refused(ref: OutputRef, why: string): DroverError {
  return new DroverError("CONFIG_INVALID", `there is no output ${ref.output} of ${ref.ref}: ${why}`, {
    hint: "refer to one of those that it has",
  });
}
