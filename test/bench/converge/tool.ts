import type { Host } from "../../machines/index.ts";

/** The hosts of a round, and how they are reached. */
export interface Round {
  readonly hosts: readonly Host[];
  /** Path of an ssh config that knows them by name. */
  readonly config: string;
  /** A folder of its own. */
  readonly folder: string;
}

/** A tool that brings hosts to the state that the work describes. */
export interface Tool {
  readonly name: string;
  /** What it is and at which settings, for the table. */
  readonly about: string;
  /** Installs the tool on this machine and what it needs on the hosts. Not timed. */
  prepare(round: Round): Promise<void>;
  /** Brings all hosts there. With `warm` it may use what a run a moment before has left, such as open connections. */
  run(round: Round, warm: boolean): Promise<void>;
}
