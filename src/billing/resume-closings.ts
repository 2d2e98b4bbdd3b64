/**
 * No month stays `closing` because a process died, a message was lost, or a message failed until its queue gave it up
 * (ACO-04). `redeliverNotices` looks every five minutes, as it does for emails.
 */
import { deterministicId, newId } from '../platform/ids.ts';
import { log } from '../platform/log.ts';
import type { Month } from '../platform/calendar.ts';
import type { Runtime } from '../platform/runtime.ts';
import { readState, stateOf } from './billing-state.ts';
import { closingOf, closingPartitions, closingSchema } from './closing-index.ts';
import type { ClosingRow } from './closing-index.ts';
import { statusOfMonth } from './period.ts';
import { sendPartitions } from './period-service.ts';
import {
  partitionKey,
  partitions,
  periodRow,
  periodSchema,
  progressRow,
  progressSchema,
} from './rows.ts';

const pageSize = 200;
/** Each looks at up to 32 rows at once. */
const atOnce = 4;

/**
 * So long a month is left alone: five failures are over by then, and a run that works stores how far it is many times.
 * What fails again waits twice as long each time, up to a day.
 */
const patienceMilliseconds = 15 * 60_000;
const longestPatience = 24 * 60 * 60_000;
/** No commit is still under way so long after its index row was written. */
const orphanAfter = 15 * 60_000;

type Outcome = 'resumed' | 'removed' | 'left';

/**
 * Sends the work of every month out again that is being closed and has not gone on for a while; takes out of the index
 * what is closed and what was never committed. Says how many of each.
 * @param realTime milliseconds of the real clock.
 */
export async function resumeClosings(
  runtime: Runtime,
  realTime: () => number = Date.now,
): Promise<{ resumed: number; removed: number; failed: number }> {
  const counts = { resumed: 0, removed: 0, failed: 0 };
  let after: ClosingRow | undefined;
  for (;;) {
    const page = await runtime.tables.pageAcross('schedule', closingSchema, closingPartitions, {
      size: pageSize,
      after,
    });
    for (let i = 0; i < page.rows.length; i += atOnce) {
      const some = page.rows.slice(i, i + atOnce);
      const outcomes = await Promise.allSettled(some.map((row) => look(runtime, row, realTime())));
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') {
          counts.failed += 1;
          log('error', 'resumingCloseFailed', { error: outcome.reason as unknown });
        } else if (outcome.value !== 'left') counts[outcome.value] += 1;
      }
    }
    after = page.rows.at(-1);
    if (!page.more || !after) return counts;
  }
}

async function look(runtime: Runtime, row: ClosingRow, realNow: number): Promise<Outcome> {
  const { tables } = runtime;
  const { partitionKey: shard, rowKey, etag, value } = row;
  const { partnerId, month } = closingOf(row);
  /** Whether so long has gone by since; as well for a row that lost its date. */
  const isPast = (since: string, wait: number) => !(realNow - Date.parse(since) <= wait);

  const state = stateOf(await readState(runtime, partnerId));
  if (state.closing !== month) {
    const canStillBegin = statusOfMonth(state, month) !== 'closed';
    if (canStillBegin && !isPast(value.writtenAt, orphanAfter)) return 'left';
    await tables.write('schedule', shard, { op: 'delete', rowKey }, newId());
    return 'removed';
  }

  const wait = Math.min(patienceMilliseconds * 2 ** value.sent, longestPatience);
  if (!isPast(value.lookedAt ?? value.writtenAt, wait)) return 'left';
  const { unfinished, stands } = await standOf(runtime, partnerId, month);
  const goesOn = value.stood !== undefined && value.stood !== stands;
  if (!goesOn) {
    // Where all are closed and the month is not, any of them declares it closed.
    const again = unfinished.length > 0 ? unfinished : partitions.slice(0, 1);
    await sendPartitions(runtime, { partnerId, month }, again);
    const { length } = again;
    log('warn', 'closeResumed', { partnerId, month, partitions: length, before: value.sent });
  }
  const seen = {
    ...value,
    lookedAt: new Date(realNow).toISOString(),
    stood: stands,
    sent: goesOn ? 0 : value.sent + 1,
  };
  // A lost race is with another timer that did the same.
  const write = { op: 'replace', rowKey, etag, schema: closingSchema, value: seen } as const;
  await tables.write('schedule', shard, write, newId());
  return goesOn ? 'left' : 'resumed';
}

/** Which partitions of a month are not closed, and how far all are: a text that differs once any has gone on. */
async function standOf({ tables }: Runtime, partnerId: string, month: Month) {
  const rows = await Promise.all(
    partitions.map(async (partition) => {
      const key = partitionKey(partnerId, month, partition);
      const [period, progress] = await Promise.all([
        tables.get('billing', periodSchema, key, periodRow),
        tables.get('billing', progressSchema, key, progressRow),
      ]);
      return { partition, period, progress };
    }),
  );
  return {
    unfinished: rows
      .filter(({ period }) => period?.value.status !== 'closed')
      .map(({ partition }) => partition),
    stands: deterministicId(
      ...rows.flatMap(({ period, progress }) => [period?.etag ?? '', progress?.etag ?? '']),
    ),
  };
}
