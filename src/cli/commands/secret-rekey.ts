import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { stackFlags } from "../flags.ts";

export default defineCommand({
  name: "secret rekey",
  aliases: [],
  summary: "Encrypt the secrets anew, after drover.recipients was changed.",
  description:
    "All environments that have encrypted secrets, or the one of --env. Nothing is written unless all can be opened. Who\n" +
    "was taken off the list can still read what git remembers: change those secrets, too.",
  args: [],
  flags: { ...stackFlags },
  examples: [{ command: "drover secret rekey", does: "all environments" }],
  async run(context) {
    const { io, flags } = context;
    const { environmentsIn, placeOf } = await import("../secret/place.ts");
    const { contentOf, openStore, saveStore } = await import("../secret/store.ts");
    const { readRecipients } = await import("../../secrets/age/recipients.ts");
    const { usage } = await import("../parse.ts");
    const place = await placeOf(context);
    const there = environmentsIn(place.folder);
    const environments = flags.env === undefined ? there : there.filter((one) => one === place.environment);
    if (environments.length === 0)
      throw usage("there are no encrypted secrets to rekey here", "drover secret set NAME");
    const open = [];
    for (const environment of environments) {
      await readRecipients(place.folder, environment);
      const store = await openStore({ ...place, environment });
      open.push({ store, content: contentOf(store) });
    }
    for (const { store, content } of open) {
      const { recipients } = await saveStore(store, content);
      const count = recipients.length;
      if (flags.json)
        io.out(`${JSON.stringify({ environment: store.place.environment, file: store.file, recipients: count })}\n`);
      else io.out(`${store.file} is encrypted to ${count} key${count === 1 ? "" : "s"}\n`);
    }
    return EXIT.done.code;
  },
});
