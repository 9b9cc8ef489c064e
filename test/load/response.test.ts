import { describe, expect, test } from "vitest";
import { parseResponse } from "./response.ts";

function parse(text: string, ended = false) {
  const parsed = parseResponse(Buffer.from(text, "latin1"), ended);
  if (parsed.kind !== "response") return parsed.kind;
  const { status, body, keepAlive } = parsed.response;
  return { status, body: body.toString("latin1"), keepAlive, length: parsed.length };
}

const whole = [
  ["with a length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "hi"],
  [
    "in chunks",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
    "hi0123456789",
  ],
  ["without a body", "HTTP/1.1 204 No Content\r\n\r\n", ""],
  ["after a hint", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny", "y"],
  ["without a reason", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ""],
] as const;

describe("parseResponse", () => {
  test.each(whole)("an answer %s is whole at its last byte and not one before", (_name, text, body) => {
    expect(parse(text)).toMatchObject({ body, keepAlive: true, length: text.length });
    expect(parse(`${text}HTTP/1.1 200`)).toMatchObject({ body, length: text.length });
    for (let length = 0; length < text.length; length += 1) expect(parse(text.slice(0, length))).toBe("incomplete");
  });

  test("without a length it lasts until the server closes", () => {
    const text = "HTTP/1.1 200 OK\r\n\r\nsome";
    expect(parse(text)).toBe("incomplete");
    expect(parse(text, true)).toMatchObject({ body: "some", keepAlive: false });
  });

  test("closing in the middle makes no answer whole", () => {
    for (const [, text] of whole) expect(parse(text.slice(0, -1), true)).toBe("incomplete");
  });

  test("Connection: close is the last answer", () => {
    expect(parse("HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 0\r\n\r\n")).toMatchObject({
      keepAlive: false,
    });
  });

  test.each([
    "SSH-2.0",
    "\r\n\r\n",
    "HTTP/2 200\r\n\r\n",
    "HTTP/1.1 2OO OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
  ])("is garbled: %j", (text) => {
    expect(parse(text)).toBe("garbled");
  });
});
