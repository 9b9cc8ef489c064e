import { describe, it } from "vitest";
import { HOSTILE } from "./hostile.ts";
import { refused, sampleOf, short, stackText } from "./refused.ts";

describe("hostile flags", () => {
  const file = { "drover.config.ts": stackText({}) };
  const argvs = HOSTILE.filter(
    (text) => !["--help", "constructor", "/etc/passwd", "../../etc/passwd"].includes(text),
  ).flatMap((text) => [
    ["plan", "--on", text],
    ["plan", "--only", text],
    ["plan", "-e", text],
    ["plan", "-f", text],
    ["rollback", text],
    ["history", text],
    ["adopt", text],
    ["logs", "-n", text],
    [text, "plan"],
    ["plan", text],
  ]);
  it.each(sampleOf(argvs, 90).map((argv) => [short(argv.join(" ")), argv] as const))("%s", async (_, argv) => {
    await refused(file, argv);
  });
});
