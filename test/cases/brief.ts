import { maskText } from "../../src/model/secret.ts";
import type { Step } from "../../src/model/step.ts";

/** A step in one line, for case files: what it does to whom, without the text of fixed scripts. */
export function brief(step: Step): string {
  switch (step.kind) {
    case "exec": {
      const [, flag] = step.argv;
      const words = flag === "-c" ? ["sh", "-c", "...", ...step.argv.slice(4)] : step.argv;
      const env = Object.entries(step.env ?? {}).map(([name, value]) => `${name}=${value}`);
      const detached = step.detach === true ? [`& >>${step.log ?? ""}`] : [];
      return [...env, ...words.map(shown), ...detached].join(" ");
    }
    case "write": {
      const { path, mode, owner = "root:root", content, keep } = step;
      return `write ${path} ${mode} ${owner}${keep === true ? " keep" : ""}: ${JSON.stringify(maskText(content))}`;
    }
    case "call":
      return `${step.method} ${step.path}`;
    case "wait":
      return `wait ${step.query.kind}:${step.query.arg} is ${step.to}`;
    default:
      return step satisfies never;
  }
}

function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word);
}
