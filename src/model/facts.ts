import type { Answers } from "./answer.ts";

/**
 * What is known of a target: its outputs. Facts may change specs, never which ids are read.
 * Read from `fact:<name>` answers; a fact that is not there is the empty string.
 */
export interface Facts {
  /** `x64` or `arm64`. */
  readonly arch: string;
  /** `debian` */
  readonly os: string;
  /** `bookworm` */
  readonly release: string;
  /** `systemd`, `sysv` or `none`. */
  readonly init: string;
  /** What its packages are installed by: `apt` or `dnf`; the name of another, which Drover knows no more of, or `none`. */
  readonly packages: string;
  readonly machineId: string;
  readonly user: string;
  /** Addresses of the target, space separated. */
  readonly addresses: string;
  /** Everything else that was read, for places that derive specs from it. */
  readonly answers: Answers;
}

export function factsOf(answers: Answers): Facts {
  const fact = (name: string): string => answers.get(`fact:${name}`) ?? "";
  return {
    arch: fact("arch"),
    os: fact("os"),
    release: fact("release"),
    init: fact("init"),
    packages: fact("packages"),
    machineId: fact("machine-id"),
    user: fact("user"),
    addresses: fact("addresses"),
    answers,
  };
}

/** Before anything is known: enough to lower an app and learn which ids to read. */
export const NO_FACTS: Facts = factsOf(new Map());
