/**
 * Somebody else who asks for something small while a request is answered: how long the event loop was held at a stretch,
 * and how much memory was held on to. Held is counted in this thread's own processor time, so that other work on the
 * machine is not taken for it; memory after a collection, so that garbage is not.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

export type Seen<T> = {
  result: T;
  /** The longest stretch without a turn of the event loop, in milliseconds of processor time. */
  held: number;
  /** What was held on to in memory at the most, beyond what was there before, in MiB. */
  grown: number;
  /** How the bystander's requests were answered. */
  statuses: number[];
};

const MiB = 1024 * 1024;
/** Between collections, in milliseconds of processor time. */
const betweenCollections = 150;

function live(): number {
  // The second waits until what the first has freed is counted as free.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Does the work, and beside it asks again and again as the bystander does. */
export async function beside<T>(
  work: () => Promise<T>,
  bystander: () => Promise<{ status?: number | undefined }>,
): Promise<Seen<T>> {
  const before = live();
  const seen = { held: 0, grown: 0, statuses: [] as number[] };
  let over = false;

  async function watch() {
    let collectedAt = processorTime();
    let last = processorTime();
    while (!over) {
      await new Promise((resolve) => setImmediate(resolve));
      const now = processorTime();
      seen.held = Math.max(seen.held, now - last);
      if (now - collectedAt > betweenCollections) {
        seen.grown = Math.max(seen.grown, (live() - before) / MiB);
        collectedAt = processorTime();
      }
      last = processorTime();
    }
  }

  async function ask() {
    do {
      const { status = 200 } = await bystander();
      seen.statuses.push(status);
    } while (!over);
  }

  const watching = watch();
  const asking = ask();
  const [done] = await Promise.allSettled([work()]);
  over = true;
  await Promise.all([watching, asking]);
  if (done.status === 'rejected') throw done.reason;
  seen.grown = Math.max(seen.grown, (live() - before) / MiB);
  return { ...seen, result: done.value };
}
