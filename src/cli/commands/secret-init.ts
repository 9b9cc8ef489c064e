import { defineCommand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { stackFlags } from "../flags.ts";

export default defineCommand({
  name: "secret init",
  aliases: [],
  summary: "Make what encrypted secrets need: a key of your own, and the list of who can read them.",
  description:
    "A key is made in ~/.config/drover/age.key, unless you have one. Its public part is added to drover.recipients beside\n" +
    "the stack file; with --env to the list of that environment, which then stands alone.",
  args: [],
  flags: { ...stackFlags },
  examples: [{ command: "drover secret init", does: "once for everybody who is to read the secrets" }],
  async run(context) {
    const { io, flags } = context;
    const { environmentsIn, placeOf } = await import("../secret/place.ts");
    const { addRecipient, ownKey } = await import("../secret/init.ts");
    const { RECIPIENTS } = await import("../../secrets/age/names.ts");
    const place = await placeOf(context);
    const file = flags.env === undefined ? RECIPIENTS : `${RECIPIENTS}.${place.environment}`;
    const key = await ownKey(io.env);
    const added = await addRecipient(place.folder, file, key.recipient);
    if (flags.json) {
      io.out(
        `${JSON.stringify({ key: { place: key.place, made: key.made }, recipient: key.recipient, file, added })}\n`,
      );
      return EXIT.done.code;
    }
    const there = environmentsIn(place.folder).length > 0;
    io.out(
      [
        key.made
          ? `your key is made: ${key.place}\n  keep a copy where it is safe: without it the secrets cannot be read\n`
          : `your key: ${key.place}\n`,
        `its public part: ${key.recipient}\n`,
        added ? `added to ${file}: keep it in git\n` : `in ${file} already\n`,
        added && there
          ? "next: somebody who can read the secrets runs drover secret rekey\n"
          : "next: drover secret set NAME\n",
      ].join(""),
    );
    return EXIT.done.code;
  },
});
