/**
 * What several works tell, as it comes: at most `limit` of them are under way at a time. Ends when all have ended; the
 * first that fails ends it with its error.
 */
export async function* gather<In, Out>(
  all: readonly In[],
  limit: number,
  work: (one: In, tell: (news: Out) => void) => Promise<void>,
): AsyncIterable<Out> {
  const ready: Out[] = [];
  let wake = (): void => {};
  const tell = (news: Out): void => {
    ready.push(news);
    wake();
  };
  const left = [...all];
  let isOver = false;
  const worker = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one, tell);
  };
  const workers = Promise.all(Array.from({ length: Math.min(limit, all.length) }, worker)).finally(() => {
    isOver = true;
    wake();
  });
  // Whoever reads meets its failure at the end, below.
  workers.catch(() => {});
  while (!isOver || ready.length > 0) {
    yield* ready.splice(0);
    if (isOver || ready.length > 0) continue;
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    await promise;
  }
  await workers;
}
