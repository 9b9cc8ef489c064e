import { maskText } from "../../src/model/secret.ts";
import { isKept, type Step } from "../../src/model/step.ts";

/** A step in one line, for case files: what it does to whom, without the text of fixed scripts. */
export function brief(step: Step): string {
  switch (step.kind) {
    case "exec": {
      const words = withoutScript(step.argv);
      const env = Object.entries(step.env ?? {}).map(([name, value]) => `${name}=${value}`);
      const detached = step.detach === true ? [`& >>${step.log ?? ""}`] : [];
      return [...env, ...words.map(shown), ...detached].join(" ");
    }
    case "write": {
      const { path, mode, owner = "root:root", content, keep, check } = step;
      const bytes = isKept(content) ? `kept ${content.kept.slice(0, 12)}` : JSON.stringify(maskText(content));
      const checked = check === undefined ? "" : ` if ${withoutScript(check).map(shown).join(" ")}`;
      return `write ${path} ${mode} ${owner}${keep === true ? " keep" : ""}: ${bytes}${checked}`;
    }
    case "edit": {
      const { path, argv, stdin, keep, check, create } = step;
      const words = argv[1] === "-c" ? argv.slice(4) : argv;
      const input = stdin === undefined ? "" : ` <${JSON.stringify(maskText(stdin))}`;
      const made = create === undefined ? "" : ` create ${create.mode} ${create.owner}`;
      const checked = check === undefined ? "" : ` if ${withoutScript(check).map(shown).join(" ")}`;
      return `edit ${path}${made}${keep === true ? " keep" : ""}: ${words.map(shown).join(" ")}${input}${checked}`;
    }
    case "remove":
      return `remove ${step.path}${step.keep === true ? " keep" : ""}`;
    case "call":
      return `${step.method} ${step.path}`;
    case "wait":
      return `wait ${step.query.kind}:${step.query.arg} is ${step.to}`;
    default:
      return step satisfies never;
  }
}

function withoutScript(argv: readonly string[]): readonly string[] {
  return argv[1] === "-c" ? ["sh", "-c", "...", ...argv.slice(4)] : argv;
}

function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word);
}
