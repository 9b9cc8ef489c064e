import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { partFlags, stackFlags } from "../flags.ts";

export default defineCommand({
  name: "docs",
  aliases: ["runbook"],
  summary: "Write what is on each machine, as it was observed just now: Markdown, and one HTML page.",
  description:
    "What a machine is for, what is on it, its ports, users, packages and services, where each thing comes from in the stack file, and\n" +
    "who changed what and when. It is made from what the machines say and from their journals, so it is never older than itself.",
  args: [],
  flags: {
    ...stackFlags,
    on: partFlags.on,
    out: { type: "text", value: "FOLDER", summary: "Where to write; default `runbook`." },
  },
  examples: [{ command: "drover docs --out docs/servers", does: "a page for each machine, and index.html" }],
  async run(context) {
    const { open } = await import("../open.ts");
    const { runbookMarkdown } = await import("../render/runbook.ts");
    const { runbookHtml } = await import("../render/runbook-html.ts");
    const work = await open(context);
    await work.hideAll();
    const seen = await work.glance((emit) => work.drover.runbook(work.stack, { ...work.options, emit }));
    const books = context.io.mask.data(seen);
    const folder = resolve(context.io.cwd, context.flags.out ?? "runbook");
    await mkdir(folder, { recursive: true });
    const files = books.map((book) => ({ name: `${book.machine}.md`, text: runbookMarkdown(book) }));
    const pages = [...files, { name: "index.html", text: runbookHtml(work.stack.name, books) }];
    for (const { name, text } of pages) await writeFile(join(folder, name), text);
    const written = pages.map(({ name }) => join(folder, name));
    if (work.json) context.io.out(`${JSON.stringify({ written, machines: books }, null, 2)}\n`);
    else context.io.out(written.map((path) => `written: ${path}\n`).join(""));
    return EXIT.done.code;
  },
});
