import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { lineSplitter } from "../lib/ndjson.ts";

/**
 * Reads a container's output as the engine frames it (a byte for the stream, three zeros, four bytes of length) and
 * gives it line by line, standard output and error in the order they came.
 */
export async function readOutput(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const outputs = new Map<number, (bytes: Buffer) => void>();
  const flushes: (() => void)[] = [];
  const output = (kind: number): ((bytes: Buffer) => void) => {
    const known = outputs.get(kind);
    if (known !== undefined) return known;
    const decoder = new StringDecoder("utf8");
    let open = false;
    const split = lineSplitter((line) => onLine(clean(line)));
    const write = (bytes: Buffer): void => {
      const text = decoder.write(bytes);
      if (text !== "") open = !text.endsWith("\n");
      split(text);
    };
    flushes.push(() => {
      if (open) split("\n");
    });
    outputs.set(kind, write);
    return write;
  };
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, Buffer.from(chunk)]);
    while (rest.length >= 8 && rest.length >= 8 + rest.readUInt32BE(4)) {
      const end = 8 + rest.readUInt32BE(4);
      output(rest[0] ?? 1)(rest.subarray(8, end));
      rest = rest.subarray(end);
    }
  }
  for (const flush of flushes) flush();
}

/** What a program draws over itself is shown as it stood last; colours are for terminals. */
export function clean(line: string): string {
  return line
    .replace(/\r$/, "")
    .replace(/^.*\r/, "")
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "");
}
