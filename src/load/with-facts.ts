import type { RoleFacts } from "../authoring/roles.ts";
import { DroverError } from "../lib/error.ts";
import { unword } from "../model/answer.ts";
import type { Facts } from "../model/facts.ts";
import { secretsIn } from "../model/secret.ts";
import type { Declared, Stack } from "../model/stack.ts";
import { draftOf, resourcesFor } from "./draft.ts";
import type { Fault } from "./fault.ts";
import { type RoleResults, roleUses } from "./roles.ts";
import { type Schemas, validateMachine } from "./validate.ts";
import { callRoles, type RoleSurroundings } from "./with-roles.ts";

/** A stack whose roles were called without facts, and what calls them once more. */
export interface FactlessStack {
  readonly stack: Stack;
  readonly before: RoleResults;
  readonly around: Omit<RoleSurroundings, "signal">;
  readonly schemas: Schemas;
  readonly wrong: (faults: readonly Fault[]) => DroverError;
}

/** What a machine's resources are once its facts are known: as its roles say then, with the same ids as before. */
export function factful({ stack, before, around, schemas, wrong }: FactlessStack): NonNullable<Stack["withFacts"]> {
  const uses = Map.groupBy(roleUses(around.value), (use) => use.machine);
  const draft = draftOf(around.value, before);
  return async (machine, facts, signal) => {
    const known = stack.resources[machine] ?? [];
    const own = uses.get(machine);
    if (own === undefined) return known;
    const { results, faults } = await callRoles(own, () => roleFacts(facts), { ...around, signal });
    const resources = resourcesFor(machine, around.value, draft.groups, new Map([...before, ...results]));
    const checked = validateMachine(machine, resources, draft, schemas);
    const all = [...faults, ...("faults" in checked ? checked.faults : [])];
    if (all.length > 0 || "faults" in checked) throw onMachine(machine, wrong(all));
    refuseOthers(machine, known, checked.resources);
    return checked.resources;
  };
}

function onMachine(machine: string, { code, message, where, evidence, hint }: DroverError): DroverError {
  const told = hint === undefined ? {} : { hint };
  const text = `${message} once the facts of ${machine} are known`;
  return new DroverError(code, text, { where: { ...where, machine }, evidence, ...told });
}

/** Facts may change what resources are like; which there are was asked about already, and so were their secrets. */
function refuseOthers(machine: string, before: readonly Declared[], now: readonly Declared[]): void {
  const [had, has] = [before, now].map((list) => list.map(({ type, name }) => `${type}:${name}`)) as [
    string[],
    string[],
  ];
  const [knew, knows] = [before, now].map((list) => [...secretsIn(list).keys()]) as [string[], string[]];
  const evidence = [
    ...has.filter((id) => !had.includes(id)).map((id) => `only with its facts: ${id}`),
    ...had.filter((id) => !has.includes(id)).map((id) => `only without its facts: ${id}`),
    ...knows.filter((name) => !knew.includes(name)).map((name) => `only with its facts: secret ${name}`),
  ];
  if (evidence.length === 0) return;
  throw new DroverError("CONFIG_INVALID", `the facts of ${machine} change which resources its roles give`, {
    where: { machine },
    evidence,
    hint: "facts may change what resources are like; decide which there are by the machine, its groups or values, or the environment",
  });
}

/** The facts that roles are given, decoded. Pure. */
export function roleFacts(facts: Facts): RoleFacts {
  const fact = (name: string): string => unword(facts.answers.get(`fact:${name}`) ?? "");
  const addresses = fact("addresses")
    .split(" ")
    .filter((address) => address !== "");
  return {
    arch: facts.arch,
    os: unword(facts.os),
    release: unword(facts.release),
    init: facts.init,
    hostname: fact("hostname"),
    address: fact("address") || (addresses[0] ?? ""),
    addresses,
    memoryMb: Number(fact("memory-mb")),
  };
}
