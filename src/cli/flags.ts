import type { Flags } from "./command.ts";

/** Every command has these. */
export const everywhere = {
  json: {
    type: "boolean",
    summary: "Machine-readable output: one JSON document, or one JSON object a line while working.",
  },
  "no-color": { type: "boolean", summary: "No colours; so does NO_COLOR=1." },
  help: { type: "boolean", short: "h", summary: "Tell about the command." },
} as const satisfies Flags;

/** Commands that read the stack file. */
export const stackFlags = {
  ...everywhere,
  file: { type: "text", short: "f", value: "PATH", summary: "The stack file; default drover.config.ts here or above." },
  env: { type: "text", short: "e", value: "NAME", summary: "The environment; default production." },
} as const satisfies Flags;

/** Commands that take a part of the stack. */
export const partFlags = {
  on: { type: "texts", value: "NAME", summary: "Only this machine or group; may be given several times." },
  only: { type: "texts", value: "APP", summary: "Only this app, or `type:name`; may be given several times." },
} as const satisfies Flags;

/** Commands that change something. */
export const consentFlags = {
  yes: { type: "boolean", short: "y", summary: "Do not ask. Needed where nobody can be asked." },
  "allow-delete": { type: "boolean", summary: "Consent to losing data, as the plan shows it." },
} as const satisfies Flags;
