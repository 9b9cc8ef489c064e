import { maskText, type Text } from "../../model/secret.ts";
import { type Sections, sectionsText } from "../../model/systemd/sections.ts";
import type { TimerSpec } from "./schema.ts";

export function calendarsOf({ calendar = [] }: TimerSpec): readonly string[] {
  return typeof calendar === "string" ? [calendar] : calendar;
}

export function timerText(name: string, spec: TimerSpec): string {
  const { onBoot, every, persistent, randomDelay, unit } = spec;
  const times: NonNullable<Sections[string]> = {
    ...(calendarsOf(spec).length === 0 ? {} : { OnCalendar: calendarsOf(spec) }),
    ...(onBoot === undefined ? {} : { OnBootSec: onBoot }),
    ...(every === undefined ? {} : { OnActiveSec: every, OnUnitActiveSec: every }),
    ...(persistent ? { Persistent: true } : {}),
    ...(randomDelay === undefined ? {} : { RandomizedDelaySec: randomDelay }),
    ...(unit === undefined ? {} : { Unit: unit }),
  };
  const Description = `Starts ${unit ?? `${name}.service`}`;
  return plain(
    sectionsText(
      { Unit: { Description }, Timer: times, Install: { WantedBy: "timers.target" } },
      "# Managed by Drover: changes made here are overwritten.\n",
    ),
  );
}

/** The first line of the service that a timer runs: how it is known for the timer's own. */
export function runMark(name: string): string {
  return `# Managed by Drover for ${name}.timer: changes made here are overwritten.`;
}

export function runText(name: string, run: readonly string[], user: string | undefined): string {
  const Service = {
    Type: "oneshot",
    ...(user === undefined ? {} : { User: user }),
    ExecStart: run.map(word).join(" "),
  };
  return plain(sectionsText({ Unit: { Description: `Run by ${name}.timer` }, Service }, `${runMark(name)}\n`));
}

/** There are no references in what these are made of. */
function plain(text: Text): string {
  return maskText(text);
}

/** A word of a command line as systemd reads it back: specifiers, variables, quotes and separators are plain text. */
function word(text: string): string {
  const escaped = text.replaceAll("%", "%%").replaceAll("$", "$$$$");
  if (/^[A-Za-z0-9_@%+=:,./$-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
