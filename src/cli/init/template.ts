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
      // The folder it is built from, by ${oneLine(guess.what)}.
      source: ".",
      on: ${text(machine)},
      // Where it listens; it is also told as PORT. From ${oneLine(guess.port.from)}.
      port: ${guess.port.value},
      // Host names that lead to it.${server === undefined ? " Those that end in .localhost need no DNS." : " Without any it answers all requests to the machine."}
      domains: ${domain},
      // Answers with 2xx when it is ready: a new release gets no request before. From ${oneLine(guess.health.from)}.
      health: ${text(guess.health.value)},
    }),
  },
});
`;
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
