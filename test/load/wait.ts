import { systemClock } from "../../src/lib/clock.ts";

/** Resolves when the next request may go. */
export type Pace = (signal: AbortSignal) => Promise<void>;

/** Gives out `rate` turns a second to all who share it. What falls behind is made up for, a tenth of a second at most. */
export function paceOf(rate: number): Pace {
  let next = performance.now();
  return async (signal) => {
    const now = performance.now();
    next = Math.max(next + 1000 / rate, now - 100);
    if (next > now) await systemClock.sleep(next - now, signal);
  };
}

/** Waits, and says whether it came to the end or was called off. */
export async function finished(wait: Promise<void>): Promise<boolean> {
  return await wait.then(
    () => true,
    () => false,
  );
}

/** Waits for `promise`, but not for ever. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const deadline = Promise.withResolvers<never>();
  const timer = setTimeout(() => deadline.reject(new Error(`no sign of ${what} within ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}
