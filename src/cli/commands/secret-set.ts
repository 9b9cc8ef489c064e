import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { stackFlags } from "../flags.ts";

export default defineCommand({
  name: "secret set",
  aliases: [],
  summary: "Keep a secret, encrypted, beside the stack file.",
  description:
    "The value is asked for, unseen; where nobody can be asked it is read from stdin, without its last line end. It is\n" +
    "never an argument: others can read those. Encrypted to everybody in drover.recipients.",
  args: [{ name: "name", summary: 'The secret\'s name, as in `secret("DB_PASSWORD")`.', required: true }],
  surplus: "the value is not given on the command line: it is asked for, or read from stdin",
  flags: { ...stackFlags },
  examples: [
    { command: "drover secret set DB_PASSWORD", does: "asks for the value" },
    { command: "drover secret set TLS_KEY --env staging <key.pem", does: "takes it from a file" },
  ],
  async run(context) {
    const { io, signal, flags, args } = context;
    const { checkedName, placeOf } = await import("../secret/place.ts");
    const { contentOf, openStore, saveStore } = await import("../secret/store.ts");
    const { readRecipients } = await import("../../secrets/age/recipients.ts");
    const { readValue } = await import("../secret/value.ts");
    const name = checkedName(args[0]);
    const place = await placeOf(context);
    await readRecipients(place.folder, place.environment);
    const store = await openStore(place);
    const content = contentOf(store);
    const value = await readValue(name, io, flags.json, signal);
    io.mask.add(name, value);
    const before = content.get(name);
    const done = before === undefined ? "added" : before === value ? "unchanged" : "changed";
    if (done !== "unchanged") await saveStore(store, content.set(name, value));
    const { environment } = place;
    if (flags.json) io.out(`${JSON.stringify({ name, environment, file: store.file, done })}\n`);
    else io.out(done === "unchanged" ? `${name} has that value already\n` : `${name} is ${done} in ${store.file}\n`);
    return EXIT.done.code;
  },
});
