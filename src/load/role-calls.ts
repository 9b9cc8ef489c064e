import { types } from "node:util";
import type { RoleFacts, RoleMachine } from "../authoring/roles.ts";
import type { Fault } from "./fault.ts";
import { describeThrown, type RoleAnswer, type RoleCall } from "./message.ts";
import { toPlain } from "./plain.ts";
import { roleMark } from "./roles.ts";

/** Roles within roles, at most: one that returns itself ends here. */
const DEEPEST = 32;

type Role = (facts: RoleFacts, machine: RoleMachine) => unknown;

/** The roles of a stack file: its functions stay here, where it runs, and numbers stand for them. */
export class Roles {
  readonly #roles: Role[] = [];

  get count(): number {
    return this.#roles.length;
  }

  /** What stands in plain data for a function that is an entry of a list of resources; undefined for any other. */
  readonly stand = (part: unknown, path: readonly PropertyKey[]): object | undefined => {
    const isEntry = path[0] === "resources" && path.length > 2 && path.slice(2).every((key) => typeof key === "number");
    if (!isEntry || typeof part !== "function") return undefined;
    this.#roles.push(part as Role); // Whatever it takes and gives: what it returns is checked.
    return roleMark(this.#roles.length - 1);
  };

  async call({ role, machine, facts }: RoleCall): Promise<RoleAnswer> {
    const about = { role, machine: machine.name };
    const called = this.#roles[role];
    try {
      const returned = await flat(called, facts, machine, 0);
      const { value, faults } = toPlain(returned);
      return { ...about, kind: "value", value, faults: faults.map(withName(called)) };
    } catch (thrown) {
      return { ...about, kind: "threw", name: called?.name ?? "", thrown: describeThrown(thrown) };
    }
  }
}

/** What a role returns, with the roles in it called, too. */
async function flat(part: unknown, facts: RoleFacts, machine: RoleMachine, depth: number): Promise<unknown> {
  if (depth > DEEPEST) throw new RangeError(`roles return roles, more than ${DEEPEST} deep`);
  if (typeof part === "function") {
    // Each has its own: one that changes what it is given changes it for itself.
    const returned: unknown = await part(structuredClone(facts), structuredClone(machine));
    return flat(returned, facts, machine, depth + 1);
  }
  if (types.isPromise(part)) return flat(await part, facts, machine, depth + 1);
  if (!Array.isArray(part)) return part;
  return Promise.all(part.map((one: unknown) => flat(one, facts, machine, depth + 1)));
}

function withName(role: Role | undefined): (fault: Fault) => Fault {
  const about = role?.name === undefined || role.name === "" ? {} : { about: `role ${role.name}` };
  return (fault) => ({ ...about, ...fault });
}
