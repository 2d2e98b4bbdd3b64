/**
 * What the timers do: find every shard that has something due, today or left from days when nothing ran, and put one
 * message a shard on the queue. The cost does not depend on how many benefits there are.
 */
import * as z from 'zod';
import { instantSchema } from '../credits/events.ts';
import { addDays, dateOf, type Instant } from '../platform/calendar.ts';
import { newId } from '../platform/ids.ts';
import { log } from '../platform/log.ts';
import { inParallel } from '../platform/parallel.ts';
import type { Runtime } from '../platform/runtime.ts';
import { scheduleSchema } from '../platform/schedule.ts';
import { sendShard } from './messages.ts';
import { storedRow } from '../platform/stored.ts';

export type SweepTimer = 'lapseMonthlyCredits' | 'expireBenefits';

const runSchema = storedRow('timer run', {
  startedAt: instantSchema,
  finishedAt: instantSchema.optional(),
  /** How many shards were put on the queue. */
  shards: z.int().nonnegative().optional(),
  /** The earliest date that something was due on. */
  oldestDue: z.string().optional(),
});
export type SweepRun = z.infer<typeof runSchema> & { timer: string };

const runPartition = 'run';
const pageSize = 1_000;
const messagesAtOnce = 16;

/** All partitions of the schedule that are due by an instant: those that are no date come after every date. */
export function duePartitions(now: Instant) {
  return { from: '0', before: addDays(dateOf(now), 1) };
}

/** Enqueues all due and overdue shards and records the run. @throws RefusalError ServiceUnavailable */
export async function enqueueDueShards(runtime: Runtime, timer: SweepTimer): Promise<number> {
  const startedAt = runtime.clock.now();
  await recordRun(runtime, timer, { startedAt });
  const partitions = await findDuePartitions(runtime, startedAt);
  await inParallel(partitions, messagesAtOnce, (partition) => sendShard(runtime, { partition }));
  const shards = partitions.length;
  const oldestDue = partitions[0]?.slice(0, 10);
  const finishedAt = runtime.clock.now();
  const run = { startedAt, finishedAt, shards, ...(oldestDue ? { oldestDue } : {}) };
  await recordRun(runtime, timer, run);
  log('info', 'dueShardsEnqueued', { timer, shards, oldestDue });
  return shards;
}

/** The due partitions in the order of their dates: a page of rows at a time, then on with the partition after it. */
async function findDuePartitions(runtime: Runtime, now: Instant): Promise<string[]> {
  const found: string[] = [];
  const { before, from: first } = duePartitions(now);
  let from = first;
  for (;;) {
    const { rows, more } = await runtime.tables.pageAcross(
      'schedule',
      scheduleSchema,
      { from, before },
      { size: pageSize },
    );
    for (const { partitionKey } of rows)
      if (found.at(-1) !== partitionKey) found.push(partitionKey);
    const last = found.at(-1);
    if (!more || last === undefined) return found;
    // The next key there can be: the rest of a partition that was met is the sweep's to read.
    from = `${last}!`;
  }
}

async function recordRun(runtime: Runtime, timer: string, value: z.infer<typeof runSchema>) {
  const write = { op: 'put', rowKey: timer, schema: runSchema, value } as const;
  await runtime.tables.write('schedule', runPartition, write, newId());
}

/** When each timer last ran. */
export async function lastRuns(runtime: Runtime): Promise<SweepRun[]> {
  const range = { prefix: '', size: 100 };
  const { rows } = await runtime.tables.page('schedule', runSchema, runPartition, range);
  return rows.map(({ rowKey, value }) => ({ timer: rowKey, ...value }));
}
