import type { DeclaredInput } from "./declare.ts";

/** What a machine says of itself when it is asked. */
export interface RoleFacts {
  /** `x64` or `arm64`. */
  readonly arch: string;
  /** `debian` */
  readonly os: string;
  /** `bookworm` */
  readonly release: string;
  /** `systemd`, `sysv` or `none`. */
  readonly init: string;
  readonly hostname: string;
  /** The address that it is reached at. */
  readonly address: string;
  readonly addresses: readonly string[];
  /** Its memory in MB. */
  readonly memoryMb: number;
}

/** The machine that a role is called for, as the stack file has it. */
export interface RoleMachine {
  /** Its key in the file. */
  readonly name: string;
  /** The groups that it is in. */
  readonly groups: readonly string[];
  readonly environment: string;
  /** What the file says of it in `values`. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What may stand in a list of resources: a resource, a role, or a list of them. */
export type ResourceEntry = DeclaredInput | Role | readonly ResourceEntry[];

/**
 * A function of a machine's facts that gives resources. Facts may change what they are like, never which there are: what
 * differs from machine to machine is decided by `machine`. A package publishes roles as plain JavaScript.
 *
 * @example
 * const motd: Role = (facts, machine) => [
 *   file("/etc/motd", { content: `${machine.name}: ${facts.os} ${facts.release}\n` }),
 * ];
 */
export type Role = (facts: RoleFacts, machine: RoleMachine) => ResourceEntry | Promise<ResourceEntry>;
