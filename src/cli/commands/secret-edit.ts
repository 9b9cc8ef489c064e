import { DroverError } from "../../lib/error.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { stackFlags } from "../flags.ts";
import type { Io } from "../io.ts";

export default defineCommand({
  name: "secret edit",
  aliases: [],
  summary: "Edit the secrets in your editor.",
  description:
    "As JSON, in $VISUAL or $EDITOR, in a file of your own in memory ($XDG_RUNTIME_DIR or /dev/shm) that goes afterwards,\n" +
    "also when Drover is killed. What your editor keeps elsewhere (undo files, backups) is beyond that.",
  args: [],
  flags: {
    ...stackFlags,
    "allow-disk": {
      type: "boolean",
      summary: "Where there is no folder in memory: let the file lie on a disk meanwhile.",
    },
  },
  examples: [{ command: "drover secret edit --env staging", does: "all secrets of one environment" }],
  async run(context) {
    const { io, flags, signal } = context;
    const { placeOf } = await import("../secret/place.ts");
    const { openStore, saveStore } = await import("../secret/store.ts");
    const { contentText, parseContent } = await import("../../secrets/age/content.ts");
    const { readRecipients } = await import("../../secrets/age/recipients.ts");
    const { hotCandidates, hotFolder } = await import("../secret/hot-folder.ts");
    const { editText } = await import("../secret/edit.ts");
    const place = await placeOf(context);
    await readRecipients(place.folder, place.environment);
    const store = await openStore(place);
    using folder = hotFolder(hotCandidates(io.env), flags["allow-disk"]);
    let text = store.text;
    for (;;) {
      text = await editText(text, folder, io, signal);
      try {
        const content = parseContent(text, store.file);
        const done = contentText(content) === store.text ? "unchanged" : "changed";
        if (done === "changed") await saveStore(store, content);
        if (flags.json)
          io.out(
            `${JSON.stringify({ environment: place.environment, file: store.file, done, names: [...content.keys()] })}\n`,
          );
        else
          io.out(done === "changed" ? `${store.file} is written, ${content.size} secrets\n` : "nothing was changed\n");
        return EXIT.done.code;
      } catch (error) {
        if (!DroverError.is(error) || error.code !== "SECRET_MISSING" || !(await again(error, io, flags.json, signal)))
          throw error;
      }
    }
  },
});

/** What was typed is not lost for a missing comma, where somebody can be asked. */
async function again(error: DroverError, io: Io, json: boolean, signal: AbortSignal): Promise<boolean> {
  if (!io.canAsk || json) return false;
  const { confirm } = await import("@clack/prompts");
  const { terminalOf } = await import("../consent.ts");
  return (await confirm({ message: `${error.message}. Go on editing?`, signal, ...terminalOf(io) })) === true;
}
