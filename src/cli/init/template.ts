import { TYPES_REFERENCE } from "../types-file.ts";
import type { Guess } from "./guess.ts";

export interface Answers {
  readonly id: string;
  readonly name: string;
  /** `user@host`; undefined for this machine. */
  readonly server: string | undefined;
}

/** A stack file that is ready to run, each line explained. */
export function stackText(answers: Answers, guess: Guess): string {
  const { id, name, server } = answers;
  const { what, known, port, health } = guess;
  const machine = server === undefined ? "here" : "web";
  const functions = ["app", "defineStack", server === undefined ? "local" : "server"];
  const domain = server === undefined ? `[${text(`${name}.localhost`)}]` : "[]";
  return `${TYPES_REFERENCE}
import { ${functions.join(", ")} } from "drover";

export default defineStack({
  // Whose things on the machines are: random, and never to be changed. The name is for people.
  id: ${text(id)},
  name: ${text(name)},

  // ${server === undefined ? 'This machine. A server that ssh reaches would be: web: server("root@203.0.113.7")' : "A server that ssh reaches. This machine would be: here: local()"}
  machines: { ${machine}: ${server === undefined ? "local()" : `server(${text(server)})`} },

  apps: {
    ${key(name)}: app({
      // ${known ? "Built from this folder" : "The folder it is built from"}: ${oneLine(what)}.
      source: ".",
      on: ${text(machine)},
      // Where it listens${found(port)}; it is told so as PORT.
      port: ${port.value},
      // Host names that lead to it.${server === undefined ? " Those that end in .localhost need no DNS." : " Without any it answers all requests to the machine."}
      domains: ${domain},
      // Answers with 2xx when it is ready${found(health)}; a new release gets no request before.
      health: ${text(health.value)},
${processesText(guess)}    }),
  },
});
`;
}

function found({ from }: Guess["port"] | Guess["health"]): string {
  return from === undefined ? " (the default: nothing here tells another)" : ` (found in ${oneLine(from)})`;
}

/** The processes of a Procfile; without others than `web` there is nothing to say. */
function processesText({ processes, notes }: Guess): string {
  const others = Object.entries(processes).map(([name, argv]) => `        ${key(name)}: { command: ${list(argv)} },\n`);
  const told = notes.map((note) => `      // ${sentence(oneLine(note))}\n`).join("");
  if (others.length === 0) return told;
  return `      // From the Procfile. Only web gets the port and the host names.\n      processes: {\n        web: {},\n${others.join("")}      },\n${told}`;
}

function list(argv: readonly string[]): string {
  return `[${argv.map(text).join(", ")}]`;
}

function sentence(note: string): string {
  return `${note.charAt(0).toUpperCase()}${note.slice(1)}.`;
}

function text(value: string): string {
  return JSON.stringify(value);
}

function key(name: string): string {
  return /^[a-z][a-z0-9]*$/.test(name) ? name : text(name);
}

/** File names end up in comments: nothing in them may end one. */
function oneLine(value: string): string {
  return value.replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, " ");
}
