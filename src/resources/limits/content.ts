import type { LimitsSpec } from "./schema.ts";

export function limitsText({ domain, soft, hard, both }: LimitsSpec): string {
  const lines = [
    ["soft", soft],
    ["hard", hard],
    ["-", both],
  ] as const;
  return [
    "# Managed by Drover: changes made here are overwritten.",
    ...lines.flatMap(([kind, values]) =>
      Object.entries(values ?? {}).map(([name, value]) => `${domain} ${kind} ${name} ${value}`),
    ),
    "",
  ].join("\n");
}
