import type { Finding } from "../../api.ts";
import { printable } from "../../lib/printable.ts";
import type { Theme } from "./theme.ts";

/** What is there and what is missing, with the fix. */
export function doctorText(findings: readonly Finding[], style: Theme): string {
  const lines = findings.map((finding) => {
    const mark = finding.ok ? style.good("✔") : style.bad("✘");
    const fix = finding.fix === "" ? "" : `\n    ${style.accent("fix:")} ${printable(finding.fix)}`;
    return `${mark} ${style.dim(printable(finding.where))}  ${printable(finding.what)}${finding.ok ? "" : fix}\n`;
  });
  const missing = findings.filter((finding) => !finding.ok).length;
  return `${lines.join("")}${missing === 0 ? "all is well" : `${missing} to mend`}\n`;
}
