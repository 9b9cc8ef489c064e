import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "./lock.ts";

describe("withLock", () => {
  let folder: string;
  let path: string;
  const signal = AbortSignal.timeout(60_000);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "drover-lock-"));
    path = join(folder, "lock");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("lets one in at a time", async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async (): Promise<void> => {
      most.push(++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withLock(path, signal, work)));
    expect(most).toEqual([1, 1, 1]);
  });

  it("is free again when the work failed", async () => {
    await expect(withLock(path, signal, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withLock(path, signal, async () => 1)).toBe(1);
  });

  it("is free again when its holder was killed", async () => {
    const script = `import { withLock } from "${new URL("./lock.ts", import.meta.url).href}";
      await withLock(${JSON.stringify(path)}, AbortSignal.timeout(60000), async () => {
        console.log("held"); await new Promise((done) => setTimeout(done, 60000)); });`;
    const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(holder.stdout, "data");
    holder.kill("SIGKILL");
    expect(await withLock(path, signal, async () => 2)).toBe(2);
  }, 60_000);

  it("stops waiting when aborted", async () => {
    await withLock(path, signal, async () => {
      const stop = new AbortController();
      const waiting = withLock(path, stop.signal, async () => 3);
      stop.abort(new Error("enough"));
      await expect(waiting).rejects.toMatchObject({ code: "LOCKED" });
    });
  });
});
