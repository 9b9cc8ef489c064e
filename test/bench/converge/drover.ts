import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "../client.ts";
import type { Round, Tool } from "./tool.ts";
import { CRON, FILES, LINES, LINES_FILE, PACKAGES, SERVICES, USERS, WEB_ROOT } from "./work.ts";

export function droverTool(client: Client): Tool {
  return {
    name: "Drover",
    about: "the bundled command line, as users get it",
    async prepare({ folder }) {
      await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
    },
    async run(round, warm) {
      await writeFile(join(round.folder, "drover.config.ts"), stackFile(round, warm));
      await client.run(["up", "--yes"], round.folder);
    },
  };
}

function stackFile({ hosts, config }: Round, warm: boolean): string {
  const options = JSON.stringify({ config, persist: warm ? 120 : 0 });
  const machines = hosts.map(({ name }) => `    ${name}: server("root@${name}", ${options}),`).join("\n");
  const work = { CRON, FILES, LINES, LINES_FILE, PACKAGES, SERVICES, USERS, WEB_ROOT };
  return `import { cron, defineStack, directory, file, line, pkg, server, service, user } from "drover";
const { ${Object.keys(work).join(", ")} } = ${JSON.stringify(work)};
export default defineStack({
  id: "bench-converge", name: "converge",
  machines: {
${machines}
  },
  resources: { all: [
    ...PACKAGES.map((name) => pkg(name)),
    ...USERS.map(({ name, shell, comment }) => user(name, { shell, comment })),
    ...FILES.map(({ path, content }) => file(path, { content })),
    ...LINES.map(({ key, line: text }) => line(LINES_FILE, key, { line: text, match: "^" + key + "=" })),
    ...CRON.map(({ name, minute, hour, command }) => cron(name, { schedule: minute + " " + hour + " * * *", user: "root", command })),
    ...SERVICES.map((name) => service(name, {}, { needs: ["package:" + (name === "nginx" ? "nginx-light" : name)] })),
    directory(WEB_ROOT, { owner: "www-data", mode: "0755" }),
  ] },
});
`;
}
