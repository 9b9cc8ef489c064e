import { expect, it } from "vitest";
import { spellings } from "./secret-spellings.ts";

const VALUE = "p&ss/wörd it's+=1";

/** Whether a text tells the value in one of the spellings. */
const finds = (text: string, value = VALUE): boolean => spellings(value).some((spelling) => text.includes(spelling));

it("knows a value as it is, in JSON, in a URL and in a shell", () => {
  for (const text of [
    `x${VALUE}y`,
    JSON.stringify({ pw: `say "${VALUE}"` }),
    `https://app:${encodeURIComponent(VALUE)}@db/`,
    `https://app:${encodeURIComponent(VALUE).toLowerCase()}@db/`,
    new URLSearchParams({ pw: VALUE }).toString(),
    `export PW='${VALUE.replaceAll("'", `'\\''`)}'`,
  ])
    expect([text, finds(text)]).toEqual([text, true]);
});

it("knows it in Base64, wherever it lies among other bytes", () => {
  for (let before = 0; before < 7; before += 1) {
    const bytes = Buffer.from(`${"x".repeat(before)}${VALUE}${"y".repeat(before % 4)}`);
    for (const form of ["base64", "base64url"] as const) expect(finds(bytes.toString(form))).toBe(true);
  }
  expect(finds(Buffer.from("something else of that length").toString("base64"))).toBe(false);
});

it("knows a key by its lines, and leaves what is too short to be told from other words", () => {
  const key = "-----BEGIN KEY-----\r\nc2VjcmV0IGxpbmU\r\nshort\r\n-----END KEY-----\r\n";
  expect(finds("| c2VjcmV0IGxpbmU", key)).toBe(true);
  expect(finds("short", key)).toBe(false);
  expect(spellings("1234")).toEqual([]);
  expect(spellings("12345")).toEqual(["MTIzNDU=", "12345"]);
});

it("gives the longest first, each once", () => {
  const all = spellings(VALUE);
  expect(all.map((one) => one.length)).toEqual(all.map((one) => one.length).sort((a, b) => b - a));
  expect(new Set(all).size).toBe(all.length);
});
