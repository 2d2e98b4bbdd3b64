/**
 * What `settleShard` does with a message: works off one shard of a day's due rows, page by page. Twice, at the same
 * moment, broken off anywhere: what is true of a thing is decided by its snapshot, and the index only says where to look.
 */
import { forgetNotices } from '../notices/forget.ts';
import { finishCopies, userHasChanged } from '../partners/contact-copies.ts';
import { dateOf, type Instant } from '../platform/calendar.ts';
import { scheduledAs } from '../platform/due-thing.ts';
import { log } from '../platform/log.ts';
import { inParallel } from '../platform/parallel.ts';
import type { Runtime } from '../platform/runtime.ts';
import {
  dueOf,
  removeDue,
  scheduleSchema,
  writeAhead,
  type DueKind,
  type ScheduleRow,
} from '../platform/schedule.ts';
import { sendShard, type ShardMessage } from './messages.ts';
import {
  commitPrepared,
  isPassing,
  prepare,
  type Prepared,
  type Standing,
  type Standings,
} from './partner-sweep.ts';
import { forgetRequests } from './request-records.ts';
import { recordFailure } from './stuck.ts';

const pageSize = 500;
const partnersAtOnce = 8;

/** What is settled by partner; the rest has work of its own. */
const thingKinds: readonly string[] = ['benefit', 'subscription'] satisfies DueKind[];

/** Well inside the host's five minutes. */
const budgetMilliseconds = 4 * 60_000;

/** No commit is still under way so long after its index row was written: it gives up after ten seconds. */
const orphanAfter = 15 * 60_000;

export type SweepCounts = { rows: number; settled: number; failed: number; left: number };

export type SweepOptions = {
  /** Milliseconds of the real clock. */
  realTime?: () => number;
  /** How long to work before handing on what is left. */
  budget?: number;
};

/**
 * Settles what is due in a shard, and hands on what it has no time for. Says how many index rows it has read, how
 * many things it has written, and how many rows failed or were left for a later run.
 * @throws RefusalError ServiceUnavailable when storage was out of reach: the queue brings the message again
 */
export async function settleShard(
  runtime: Runtime,
  message: ShardMessage,
  { realTime = Date.now, budget = budgetMilliseconds }: SweepOptions = {},
): Promise<SweepCounts> {
  const until = realTime() + budget;
  const counts: SweepCounts = { rows: 0, settled: 0, failed: 0, left: 0 };
  const { partition } = message;
  let { after } = message;
  for (;;) {
    const now = runtime.clock.now();
    // A message sent by a clock that was ahead: nothing of a day to come is due.
    if (partition.slice(0, 10) > dateOf(now)) return counts;
    const page = await runtime.tables.page('schedule', scheduleSchema, partition, {
      prefix: '',
      after,
      size: pageSize,
    });
    const sweep = { runtime, partition, now, realTime, until, counts };
    const done = await sweepPage(sweep, page.rows);
    const last = page.rows.at(-1)?.rowKey;
    if (!done || (page.more && realTime() >= until)) {
      const from = done ? last : after;
      await sendShard(runtime, { partition, ...(from === undefined ? {} : { after: from }) });
      break;
    }
    if (!page.more || last === undefined) break;
    after = last;
  }
  log('info', 'shardSettled', { partition, ...counts });
  return counts;
}

type Sweep = {
  runtime: Runtime;
  partition: string;
  now: Instant;
  realTime: () => number;
  until: number;
  counts: SweepCounts;
};

/** Works on the rows of a page; false when time ran out before all partners had their turn. */
async function sweepPage(sweep: Sweep, rows: readonly ScheduleRow[]): Promise<boolean> {
  const { runtime, now, until, realTime, counts } = sweep;
  counts.rows += rows.length;
  const faults: unknown[] = [];
  let inTime = true;
  /** Runs work for a partner while there is time; storage out of reach is said once all others had their turn. */
  async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (realTime() >= until) inTime = false;
    if (!inTime) return undefined;
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
      faults.push(error);
      return undefined;
    }
  }

  const ofThing = (row: ScheduleRow) => thingKinds.includes(dueOf(row).kind);
  const kept = rows.filter((row) => !ofThing(row));
  const byPartner = Map.groupBy(rows.filter(ofThing), (row) => dueOf(row).partnerId);
  const prepared = await inParallel([...byPartner], partnersAtOnce, ([partnerId, its]) =>
    attempt(async () => {
      const things = [...new Set(its.map((row) => scheduledAs(dueOf(row))))];
      return { partnerId, its, work: await prepare(runtime, partnerId, things, now) };
    }),
  );
  const ready = prepared.filter((one) => one !== undefined);
  // Batched over all partners of the page: they share the partitions of their next due dates.
  const indexedAt = Date.now();
  await writeAhead(
    runtime,
    ready.flatMap(({ work }) => work.plans.flatMap(({ due }) => due)),
  );
  const finished: ScheduleRow[] = [];
  await inParallel(ready, partnersAtOnce, ({ partnerId, its, work }) =>
    attempt(async () => {
      finished.push(...(await sweepPartner(sweep, partnerId, its, work, indexedAt)));
    }),
  );
  await inParallel(kept, partnersAtOnce, (row) =>
    attempt(async () => {
      if (await sweepKept(sweep, row)) finished.push(row);
    }),
  );
  await removeDue(runtime, sweep.partition, finished);
  if (faults.length > 0) throw faults[0];
  return inTime;
}

/** Settles one partner; gives the index rows that have had their day. */
async function sweepPartner(
  sweep: Sweep,
  partnerId: string,
  rows: readonly ScheduleRow[],
  work: Prepared,
  indexedAt: number,
): Promise<ScheduleRow[]> {
  const { runtime, now, counts } = sweep;
  const standings: Standings = await commitPrepared(runtime, partnerId, work, now, indexedAt);
  const finished: ScheduleRow[] = [];
  for (const [thing, its] of Map.groupBy(rows, (row) => scheduledAs(dueOf(row)))) {
    const standing = standings.get(thing);
    if (standing?.outcome === 'failed') {
      counts.failed += 1;
      await recordFailure(runtime, its, standing.error, now);
      continue;
    }
    if (standing?.outcome === 'settled') counts.settled += 1;
    for (const row of its) {
      if (standing && hasHadItsDay(sweep, row, standing)) finished.push(row);
      else counts.left += 1;
    }
  }
  return finished;
}

/**
 * Whether nothing can come of an index row any more. One whose commit is still under way must stay: it has not landed
 * while the snapshot is the one that it replaces, or there is none.
 */
function hasHadItsDay({ realTime }: Sweep, row: ScheduleRow, standing: Standing): boolean {
  switch (standing.outcome) {
    case 'settled':
      return true;
    case 'nothing-due':
      return row.value.basis !== standing.etag || isOld(row, realTime);
    case 'absent':
      return isOld(row, realTime);
    default:
      return false;
  }
}

function isOld({ value }: ScheduleRow, realTime: () => number): boolean {
  // Not a number for a row that lost its date: such a row is old.
  return !(realTime() - Date.parse(value.writtenAt) <= orphanAfter);
}

/** What is done of a partner that no thing is settled by. */
type KeptWork = {
  /** Does it, from wherever it was broken off. */
  work(runtime: Runtime, partnerId: string, id: string): Promise<void>;
  /** Whether the commit that the row was written ahead of has landed or never can; without it, only time tells. */
  isDecided?(
    runtime: Runtime,
    partnerId: string,
    id: string,
    basis: string | undefined,
  ): Promise<boolean>;
};

/** By kind: what was kept long enough is deleted, and copies that are behind are brought up. */
const keptWork: Readonly<Record<string, KeptWork>> = {
  requests: { work: forgetRequests },
  notices: { work: forgetNotices },
  user: { work: finishCopies, isDecided: userHasChanged },
} satisfies Partial<Record<DueKind, KeptWork>>;

/** Does what the row says; true when the row has had its day. */
async function sweepKept(sweep: Sweep, row: ScheduleRow): Promise<boolean> {
  const { runtime, now, realTime, counts } = sweep;
  const { partnerId, kind, id } = dueOf(row);
  const kept = keptWork[kind];
  try {
    if (!kept) throw new RangeError(`Nothing settles rows of kind ${kind}`);
    const decided =
      isOld(row, realTime) ||
      (await kept.isDecided?.(runtime, partnerId, id, row.value.basis)) === true;
    // The commit that the row was written ahead of may still be under way.
    if (!decided) {
      counts.left += 1;
      return false;
    }
    await kept.work(runtime, partnerId, id);
    return true;
  } catch (error) {
    if (isPassing(error)) throw error;
    counts.failed += 1;
    await recordFailure(runtime, [row], error, now);
    return false;
  }
}
