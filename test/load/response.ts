/** The first lines of an HTTP/1.1 answer; `length` is how many bytes they take. Header names are in lower case. */
export interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly length: number;
}

export interface Response {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Whether another request may follow on the same connection. */
  readonly keepAlive: boolean;
}

export type Parsed =
  | { readonly kind: "incomplete" }
  | { readonly kind: "garbled"; readonly text: string }
  | { readonly kind: "response"; readonly response: Response; readonly length: number };

type Body = { readonly bytes: Buffer; readonly length: number } | "incomplete" | "garbled";

/** Reads status and headers when all of them have come. */
export function parseHead(bytes: Buffer): Head | "incomplete" | "garbled" {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return isStatusStart(bytes) ? "incomplete" : "garbled";
  const [first = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})( |$)/.exec(first)?.[1];
  if (status === undefined) return "garbled";
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) return "garbled";
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers, length: end + 4 };
}

/** Reads one answer to a GET from the start of `bytes`; `ended` says that the server has closed and no more will come. */
export function parseResponse(bytes: Buffer, ended: boolean): Parsed {
  const head = parseHead(bytes);
  if (head === "incomplete") return { kind: "incomplete" };
  if (head === "garbled") return { kind: "garbled", text: excerpt(bytes) };
  if (head.status < 200) {
    const later = parseResponse(bytes.subarray(head.length), ended);
    return later.kind === "response" ? { ...later, length: later.length + head.length } : later;
  }
  const body = readBody(head, bytes.subarray(head.length), ended);
  if (body === "incomplete") return { kind: "incomplete" };
  if (body === "garbled") return { kind: "garbled", text: excerpt(bytes) };
  const { status, headers } = head;
  const keepAlive = !ended && headers.get("connection")?.toLowerCase() !== "close";
  return {
    kind: "response",
    response: { status, headers, body: body.bytes, keepAlive },
    length: head.length + body.length,
  };
}

function readBody({ status, headers }: Head, bytes: Buffer, ended: boolean): Body {
  if (status === 204 || status === 304) return { bytes: Buffer.alloc(0), length: 0 };
  if (headers.get("transfer-encoding")?.toLowerCase() === "chunked") return readChunks(bytes);
  const declared = headers.get("content-length");
  if (declared === undefined) return ended ? { bytes, length: bytes.length } : "incomplete";
  if (!/^\d+$/.test(declared)) return "garbled";
  const length = Number(declared);
  return bytes.length < length ? "incomplete" : { bytes: bytes.subarray(0, length), length };
}

function readChunks(bytes: Buffer): Body {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return "incomplete";
    const size = /^[0-9a-f]+(?=;|$)/i.exec(bytes.toString("latin1", at, lineEnd))?.[0];
    if (size === undefined) return "garbled";
    const start = lineEnd + 2;
    const end = start + Number.parseInt(size, 16);
    if (bytes.length < end + 2) return "incomplete";
    if (bytes.toString("latin1", end, end + 2) !== "\r\n") return "garbled"; // trailers are not expected either
    if (end === start) return { bytes: Buffer.concat(chunks), length: end + 2 };
    chunks.push(bytes.subarray(start, end));
    at = end + 2;
  }
}

function isStatusStart(bytes: Buffer): boolean {
  const text = bytes.toString("latin1", 0, 5);
  return "HTTP/".startsWith(text);
}

function excerpt(bytes: Buffer): string {
  return `no HTTP answer: ${JSON.stringify(bytes.toString("latin1", 0, 80))}`;
}
