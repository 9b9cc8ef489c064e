import { z } from "zod";
import { ownerOf } from "../../model/ask/path-state.ts";
import { modeSchema, ownerSchema } from "../../model/name.ts";
import { timerCheck, unitCheck } from "../../model/systemd/check.ts";
import type { FileState, WholeFile } from "../../model/whole-file/state.ts";
import { calendarsOf, runText, timerText } from "./content.ts";
import { type TimerSpec, timerSchema } from "./schema.ts";
import { runPath, type TimerState, timerPath } from "./state.ts";

const fileSchema = z.strictObject({ sha256: z.string().optional(), mode: modeSchema, owner: ownerSchema });

/** A timer as it was seen: for undo and adopt, in place of the fields that it was made from. */
const seenSchema = z.strictObject({
  seen: z.strictObject({
    timer: fileSchema.optional(),
    own: fileSchema.optional(),
    enabled: z.string(),
    active: z.string(),
  }),
});

export type Seen = z.output<typeof seenSchema>;
export type Wanted = { readonly fields: TimerSpec } | Seen;

export const wantedSchema = z.unknown().transform((value): Wanted => {
  const seen = seenSchema.safeParse(value);
  return seen.success ? seen.data : { fields: timerSchema.parse(value) };
});

/** What is to be: two files, and systemd's words about the timer. */
export interface Target {
  readonly timer: (WholeFile & { readonly check?: readonly string[] }) | undefined;
  readonly own: (WholeFile & { readonly check?: readonly string[] }) | undefined;
  /** systemd's words; `undefined` where they stay as they are. */
  readonly enabled: "enabled" | "disabled" | undefined;
  readonly active: "active" | "inactive";
}

export function targetOf(name: string, wanted: Wanted): Target {
  if ("seen" in wanted) {
    const { timer, own, enabled, active } = wanted.seen;
    return {
      timer: timer === undefined ? undefined : { path: timerPath(name), ...timer },
      own: own === undefined ? undefined : { path: runPath(name), ...own },
      enabled: enabled === "enabled" || enabled === "disabled" ? enabled : undefined,
      active: active === "active" ? "active" : "inactive",
    };
  }
  const { fields } = wanted;
  const plain = { mode: "0644", owner: "root:root" };
  return {
    timer: {
      ...plain,
      path: timerPath(name),
      content: timerText(name, fields),
      check: timerCheck(`${name}.timer`, calendarsOf(fields)),
    },
    own:
      fields.run === undefined
        ? undefined
        : {
            ...plain,
            path: runPath(name),
            content: runText(name, fields.run, fields.user),
            check: unitCheck(`${name}.service`),
          },
    enabled: "enabled",
    active: "active",
  };
}

export function seenOf({ timer, own, enabled, active }: TimerState): Seen {
  return {
    seen: {
      enabled,
      active,
      ...(timer === undefined ? {} : { timer: seenFile(timer) }),
      ...(own === undefined ? {} : { own: seenFile(own) }),
    },
  };
}

function seenFile(state: FileState): z.output<typeof fileSchema> {
  const { sha256 } = state;
  const rights = { mode: state.mode.padStart(4, "0"), owner: ownerOf(state) };
  return sha256 === undefined ? rights : { ...rights, sha256 };
}
