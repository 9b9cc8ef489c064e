import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { Frames } from "../../src/engine/session/frame.ts";
import { AnswerFinder, RequestCutter } from "./exchange.ts";

/** What the product itself writes for these scripts. */
function written(scripts: readonly string[]): Buffer {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const forever = new Promise<string>(() => {});
  const frames = new Frames(
    { stdin, stdout, stderr, ended: forever, open: () => Promise.reject(), async [Symbol.asyncDispose]() {} },
    "web",
  );
  for (const script of scripts) void frames.exchange(script, new AbortController().signal);
  return Buffer.from(stdin.read());
}

const SCRIPTS = ["true", "printf 'drover-%s\\n' x", "printf '\\n%s\\n' drover-short\n\u{1f4a5}"];

test("requests are cut out of what the product writes, however the bytes come", () => {
  const all = written(SCRIPTS);
  for (const size of [1, 7, 64, all.length]) {
    const cutter = new RequestCutter();
    const requests = [];
    for (let at = 0; at < all.length; at += size) requests.push(...cutter.push(all.subarray(at, at + size)));
    expect(requests.map(({ bytes }) => bytes.toString())).toEqual(
      SCRIPTS.map((script) => expect.stringContaining(script)),
    );
    expect(Buffer.concat(requests.map(({ bytes }) => bytes))).toEqual(all);
    expect(new Set(requests.map(({ mark }) => mark)).size).toBe(1);
  }
});

test("answers end at a line that is a mark and nothing else", () => {
  const mark = `drover-${"0f".repeat(12)}`;
  const text = `one ${mark}\n${mark}x\n\n${mark}\nsecond\n${mark}\n`;
  const whole = new AnswerFinder().push(Buffer.from(text));
  expect(whole.map(({ from, to }) => text.slice(from, to))).toEqual([`${mark}\n`, `${mark}\n`]);
  expect(whole[1]?.to).toBe(text.length);
  const byByte = new AnswerFinder();
  const ends = [...text].flatMap((letter, index) => byByte.push(Buffer.from(letter)).map(() => index + 1));
  expect(ends).toEqual(whole.map(({ to }) => to));
});
