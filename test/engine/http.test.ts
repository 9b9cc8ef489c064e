import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { type Account, HttpSession } from "../../src/engine/session/http.ts";
import type { Change } from "../../src/model/change.ts";
import type { JournalLine } from "../../src/model/journal.ts";
import type { Json } from "../../src/model/secret.ts";
import { box, planCase } from "./toys.ts";

const signal = AbortSignal.timeout(20_000);

/** A small cloud: boxes by name, that take two looks to be ready. */
async function cloud(): Promise<{
  url: string;
  boxes: Map<string, { size: string; looks: number }>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const boxes = new Map<string, { size: string; looks: number }>();
  const server = createServer(async (request, response) => {
    const name = (request.url ?? "").slice(1);
    let body = "";
    for await (const chunk of request) body += String(chunk);
    if (request.method === "PUT") boxes.set(name, { size: (JSON.parse(body) as { size: string }).size, looks: 0 });
    if (request.method === "DELETE") boxes.delete(name);
    for (const one of boxes.values()) one.looks += 1;
    response.end(JSON.stringify([...boxes].map(([key, { size, looks }]) => ({ name: key, size, ready: looks > 2 }))));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, boxes, [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())) };
}

function account(url: string): Account {
  const request: Account["request"] = async (method, path, body) => {
    const answer = await fetch(url + path, {
      method,
      signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Json };
  };
  return {
    request,
    async answer(kind, args, stop) {
      const { body } = await request("GET", "/", undefined, stop);
      const there = new Map((body as { name: string; size: string; ready: boolean }[]).map((one) => [one.name, one]));
      return args.map((arg) => {
        const found = there.get(arg);
        if (kind === "ready") return [`${kind}:${arg}`, found?.ready === true ? "yes" : "no"] as const;
        return [`${kind}:${arg}`, found === undefined ? "absent" : `box size=${found.size}`] as const;
      });
    },
  };
}

function callable(change: Change): Change {
  const calls: Change["steps"] =
    change.action === "delete"
      ? [{ kind: "call", method: "DELETE", path: `/${change.name}` }]
      : [
          {
            kind: "call",
            method: "PUT",
            path: `/${change.name}`,
            body: { size: change.diff.find((diff) => diff.path === "size")?.to ?? "" },
          },
          { kind: "wait", query: { kind: "ready", arg: change.name }, to: "yes", within: 10, every: 0.01 },
        ];
  return { ...change, steps: calls };
}

async function run(session: HttpSession, changes: readonly Change[]): Promise<JournalLine[]> {
  const lines: JournalLine[] = [];
  const header = { owner: "me/production", stack: "s", by: "me", command: "up", machine: "m", machines: {} };
  const items = changes.map((change) => ({ kind: "changes" as const, changes: [change] }));
  for await (const line of session.run({ id: "r", header, segments: [{ items }] }, () => undefined, signal))
    lines.push(line);
  return lines;
}

test("the same plan runs against an account of calls only, converges, and stops at what moved", async () => {
  await using there = await cloud();
  await using session = new HttpSession("m", account(there.url));
  const resources = [box("a", "1"), box("b", "2")];
  const ask = () =>
    session.ask(
      [
        { kind: "box", arg: "a" },
        { kind: "box", arg: "b" },
      ],
      signal,
    );
  const first = planCase({ resources, answers: Object.fromEntries(await ask()) }).plan.changes.map(callable);
  expect((await run(session, first)).map((line) => line.t)).toEqual(["begin", "start", "done", "start", "done", "end"]);
  expect(
    planCase({ resources, answers: Object.fromEntries(await ask()), adopt: ["m/box:a", "m/box:b"] }).plan.changes,
  ).toEqual([]);
  const again = await run(session, first);
  expect(again.filter((line) => line.t === "done").every((line) => line.skipped)).toBe(true);
  there.boxes.set("a", { size: "9", looks: 9 });
  expect((await run(session, first)).find((line) => line.t === "failed")).toMatchObject({ code: "PLAN_STALE" });
});
