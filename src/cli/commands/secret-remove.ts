import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { stackFlags } from "../flags.ts";

export default defineCommand({
  name: "secret remove",
  aliases: [],
  summary: "Take a secret out of the encrypted file.",
  description:
    "What git remembers of the file still holds it, for those with a key: change the secret where it is used.",
  args: [{ name: "name", summary: "The secret's name.", required: true }],
  flags: { ...stackFlags },
  examples: [{ command: "drover secret remove OLD_TOKEN", does: "of production" }],
  async run(context) {
    const { io, flags, args } = context;
    const { checkedName, placeOf } = await import("../secret/place.ts");
    const { contentOf, openStore, saveStore } = await import("../secret/store.ts");
    const { nearest } = await import("../../lib/nearest.ts");
    const { usage } = await import("../parse.ts");
    const name = checkedName(args[0]);
    const store = await openStore(await placeOf(context));
    const content = contentOf(store);
    if (!content.delete(name)) {
      const meant = nearest(name, [...content.keys()]);
      const text = `${name} is not in ${store.file}`;
      throw usage(meant === undefined ? text : `${text}; did you mean ${meant}?`, "drover secret list");
    }
    await saveStore(store, content);
    if (flags.json)
      io.out(`${JSON.stringify({ name, environment: store.place.environment, file: store.file, done: "removed" })}\n`);
    else io.out(`${name} is removed from ${store.file}\n`);
    return EXIT.done.code;
  },
});
