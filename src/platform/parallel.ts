import { createTurns, type Turns } from './turns.ts';

/**
 * Works on all items, at most `limit` of them at a time, and gives the results in the items' order. Rejects with the
 * first failure; what had begun by then runs on.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const lanes = Array.from({ length: Math.min(limit, items.length) }, async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  });
  await Promise.all(lanes);
  return results;
}

/**
 * Maps many items, one after the other, and lets other requests have their turn in between: a long list is nobody
 * else's wait.
 */
export async function mapInTurns<T, R>(
  items: readonly T[],
  work: (item: T) => R | Promise<R>,
  turns: Turns = createTurns(),
): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) {
    if (turns.isDue()) await turns.give();
    results.push(await work(item));
  }
  return results;
}

/** Finishes work that pauses after every step, and lets other requests have their turn in its pauses. */
export async function finishInTurns<T>(
  steps: Generator<undefined, T>,
  turns: Turns = createTurns(),
): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (turns.isDue()) await turns.give();
  }
}
