/** What `redeliverNotices` does: no notice stays behind because a process died or a queue message got lost. */
import { addMilliseconds } from '../platform/calendar.ts';
import { newId } from '../platform/ids.ts';
import { log } from '../platform/log.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';
import { isDue, isOpen, leaseLeft, readNotice } from './notice.ts';
import { enqueue, indexPartitions, indexSchema, type IndexEntry } from './outbox.ts';

const pageSize = 200;
const atOnce = 20;

/** What became due just now most likely has its message on the queue or in work. A double one would do no harm. */
const graceMilliseconds = 10_000;

/** A long queue is not made longer every five minutes. */
const enqueuedAgainAfter = 15 * 60_000;

/** No commit is still under way so long after its index row was written. */
const orphanAfter = 15 * 60_000;

type Outcome = 'enqueued' | 'removed' | 'left';

/**
 * Puts a message on the queue for every notice in the index that is due, or whose attempt was broken off; takes out
 * of the index what needs no sending any more and what was never committed. Says how many of each.
 * @param realTime milliseconds of the real clock.
 */
export async function redeliver(
  runtime: Runtime,
  realTime: () => number = Date.now,
): Promise<{ enqueued: number; removed: number; failed: number }> {
  const counts = { enqueued: 0, removed: 0, failed: 0 };
  let after: Row<IndexEntry> | undefined;
  for (;;) {
    const page = await runtime.tables.pageAcross('outbox', indexSchema, indexPartitions, {
      size: pageSize,
      after,
    });
    for (let i = 0; i < page.rows.length; i += atOnce) {
      const some = page.rows.slice(i, i + atOnce);
      const outcomes = await Promise.allSettled(some.map((row) => look(runtime, row, realTime())));
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') {
          counts.failed += 1;
          log('error', 'redeliveryFailed', { error: outcome.reason as unknown });
        } else if (outcome.value !== 'left') counts[outcome.value] += 1;
      }
    }
    after = page.rows.at(-1);
    if (!page.more || !after) break;
  }
  if (counts.enqueued + counts.removed > 0) log('info', 'noticesRedelivered', counts);
  return counts;
}

async function look(runtime: Runtime, row: Row<IndexEntry>, realNow: number): Promise<Outcome> {
  const entry = row.value;
  const { partnerId, noticeId } = entry;
  const notice = (await readNotice(runtime, { partnerId, noticeId }))?.value;
  if (!notice) {
    return realNow - Date.parse(entry.writtenAt) > orphanAfter ? remove(runtime, row) : 'left';
  }
  if (!isOpen(notice)) return remove(runtime, row);

  const now = runtime.clock.now();
  const waits =
    notice.status === 'attempting'
      ? leaseLeft(notice, realNow) > 0
      : !isDue(notice, addMilliseconds(now, -graceMilliseconds));
  const { enqueuedAt } = entry;
  const onItsWay =
    enqueuedAt !== undefined &&
    enqueuedAt <= now &&
    enqueuedAt > addMilliseconds(now, -enqueuedAgainAfter);
  if (waits || onItsWay) return 'left';
  await enqueue(runtime, partnerId, notice);
  const { rowKey, partitionKey, etag } = row;
  const value = { ...entry, enqueuedAt: now };
  // A lost race is with the notice being done with, or with another redelivery: both are fine.
  await runtime.tables.write(
    'outbox',
    partitionKey,
    { op: 'replace', rowKey, schema: indexSchema, value, etag },
    newId(),
  );
  return 'enqueued';
}

async function remove(runtime: Runtime, row: Row<IndexEntry>): Promise<Outcome> {
  const { rowKey, partitionKey, etag } = row;
  // Not one that was written since: its commit may still be on its way.
  const write = { op: 'delete' as const, rowKey, etag };
  const outcome = await runtime.tables.write('outbox', partitionKey, write, newId());
  return outcome === 'committed' ? 'removed' : 'left';
}
