const END_OF_REQUEST = /printf '\\n%s\\n' (drover-[0-9a-f]{24})\n/g;

/** A whole request of the client: a script with its mark. */
export interface Request {
  readonly bytes: Buffer;
  readonly mark: string;
}

/** Cuts what the client writes into requests; what is no whole request yet is kept back. */
export class RequestCutter {
  #kept = "";

  push(chunk: Buffer): Request[] {
    this.#kept += chunk.toString("latin1");
    const requests: Request[] = [];
    let from = 0;
    for (const end of this.#kept.matchAll(END_OF_REQUEST)) {
      const to = end.index + end[0].length;
      requests.push({ bytes: Buffer.from(this.#kept.slice(from, to), "latin1"), mark: end[1] ?? "" });
      from = to;
    }
    this.#kept = this.#kept.slice(from);
    return requests;
  }
}

/** Finds where answers end in what comes back: at a line that is nothing but a mark. */
export class AnswerFinder {
  #line = "";

  /** For each answer that ends in this chunk, where its mark begins (at least 0) and where it ends. */
  push(chunk: Buffer): { readonly from: number; readonly to: number }[] {
    const found: { from: number; to: number }[] = [];
    const text = chunk.toString("latin1");
    let at = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", at)) {
      const line = this.#line + text.slice(at, end);
      if (/^drover-[0-9a-f]{24}$/.test(line)) found.push({ from: at, to: end + 1 });
      this.#line = "";
      at = end + 1;
    }
    this.#line += text.slice(at);
    return found;
  }
}
