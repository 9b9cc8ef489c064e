import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A function that declares resources, as its source says. */
export interface ResourceFunction {
  /** How a call begins: `file(name, ` or, where a machine has one only, `sshd(`. */
  readonly call: string;
  /** Its doc comment, without the marks of one. */
  readonly text: string;
  /** Its examples, as code. */
  readonly examples: readonly string[];
}

const FUNCTION =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export function (\w+)\((?:(?!^export )[\s\S])*?\bdeclare\(\s*"([a-z-]+)",\s*("?)/gm;

/** The functions of src/authoring that declare resources, by the type that they declare. */
export function resourceFunctions(root: string): Map<string, ResourceFunction> {
  const folder = join(root, "src/authoring");
  const source = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  // Within one function: some declare nothing. One that a machine has once has its name by itself.
  const found = [...source.matchAll(FUNCTION)].map(
    ([, comment = "", name = "", type = "", fixed]): [string, ResourceFunction] => [
      type,
      { call: fixed === "" ? `${name}(name, ` : `${name}(`, ...commentParts(comment) },
    ],
  );
  return new Map(found);
}

function commentParts(comment: string): Pick<ResourceFunction, "text" | "examples"> {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\*? ?/, ""));
  const [text = "", ...examples] = lines.join("\n").split(/^@example\n?/m);
  return { text: text.trim(), examples: examples.map((example) => example.trim()) };
}
