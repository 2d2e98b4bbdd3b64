/**
 * The index of what falls due when. PartitionKey `due date|shard`, RowKey `partner|kind|id|nonce`. A row is written
 * before the commit that makes it due: a row too many is harmless (there is nothing to do), one too few cannot be.
 * Every row but those of which a partner has one a day has a key of its own, so that deleting one that was read never
 * takes one written since.
 */
import * as z from 'zod';
import type { DateOnly } from './calendar.ts';
import { newId } from './ids.ts';
import { shardOf } from './keys.ts';
import type { Runtime } from './runtime.ts';
import type { Row, Write } from './table-store.ts';
import { stored } from './stored.ts';

/**
 * What falls due: a benefit or a subscription (by its id); what has been kept long enough: the records of a day's
 * requests, the notices last heard of on a day (by the date); or a user (by its id) whose name and address may stand on
 * credits as they were before.
 */
export type DueKind = 'benefit' | 'subscription' | 'requests' | 'notices' | 'user';

/** Of these a partner has one row a day, however often it is written. */
const oneADay: readonly DueKind[] = ['requests', 'notices'];

/**
 * One thing that falls due at 00:00Z of a date. `basis` is the ETag that the commit replaces: once the thing's row
 * has another one, that commit has landed or never can. Undefined where the commit inserts.
 */
export type Due = {
  date: DateOnly;
  partnerId: string;
  kind: DueKind;
  id: string;
  basis?: string | undefined;
};

/** Lenient, since a row that could not be read would never be worked off. */
export const scheduleSchema = stored(
  'due',
  z.object({
    /** By the real clock: how long a commit can still be under way is not for a test clock to say. */
    writtenAt: z.string().catch(''),
    basis: z.string().optional().catch(undefined),
    /** How many runs it has failed in. */
    attempts: z.int().nonnegative().optional().catch(undefined),
  }),
);

export type ScheduleRow = Row<z.infer<typeof scheduleSchema>>;

const rowsInATransaction = 100;

/** The partition that holds what falls due for a partner on a date. */
export function schedulePartition(date: DateOnly, partnerId: string): string {
  return `${date}|${shardOf(partnerId)}`;
}

/** What a row of the index stands for. `kind` is as it was written: it may be one that this version does not know. */
export function dueOf(row: ScheduleRow): { partnerId: string; kind: string; id: string } {
  const [partnerId = '', kind = '', id = ''] = row.rowKey.split('|');
  return { partnerId, kind, id };
}

/**
 * Writes index rows, to be called before the commit that makes them due: one request for each partition and hundred
 * rows, all at once; none for nothing.
 */
export async function writeAhead(runtime: Runtime, due: readonly Due[]): Promise<void> {
  const writtenAt = new Date().toISOString();
  const partitions = Map.groupBy(due, ({ date, partnerId }) => schedulePartition(date, partnerId));
  await Promise.all(
    [...partitions].flatMap(([partition, inIt]) => {
      const writes = inIt.map((one) => toWrite(one, writtenAt));
      return inTransactions(writes).map((some) => commitAll(runtime, partition, some));
    }),
  );
}

/** Sweeps take what was written ahead for abandoned after a quarter of an hour, and other commands a claim after a minute. */
const freshMilliseconds = 60_000;

/** Whether what was written ahead then may be taken for abandoned before its commit lands. */
export function isStale(writtenAt: number): boolean {
  return Date.now() - writtenAt > freshMilliseconds;
}

/**
 * Does what must stand before a commit, and does it again where it has taken longer than a minute: then the process was
 * frozen, and what it wrote may be gone.
 */
export async function beforeCommit<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    const begun = Date.now();
    const result = await work();
    if (!isStale(begun)) return result;
  }
}

/** Deletes index rows of one partition. What is gone already is fine. */
export async function removeDue(
  runtime: Runtime,
  partition: string,
  rows: readonly ScheduleRow[],
): Promise<void> {
  const deletes = rows.map(({ rowKey }): Write => ({ op: 'delete', rowKey }));
  await Promise.all(
    inTransactions(deletes).map(async (writes) => {
      if ((await commitAll(runtime, partition, writes)) === 'committed') return;
      // Another sweep of the same shard was quicker with some of them.
      await Promise.all(writes.map((write) => commitAll(runtime, partition, [write])));
    }),
  );
}

function rowKeyOf({ partnerId, kind, id }: Due): string {
  const nonce = oneADay.includes(kind) ? '' : newId().slice(-12);
  return `${partnerId}|${kind}|${id}|${nonce}`;
}

function toWrite(due: Due, writtenAt: string): Write {
  const value = { writtenAt, basis: due.basis };
  return { op: 'put', rowKey: rowKeyOf(due), schema: scheduleSchema, value };
}

function inTransactions(writes: readonly Write[]): Write[][] {
  const count = Math.ceil(writes.length / rowsInATransaction);
  return Array.from({ length: count }, (_, i) =>
    writes.slice(i * rowsInATransaction, (i + 1) * rowsInATransaction),
  );
}

/** One write alone is cheaper than a transaction of one. */
function commitAll(runtime: Runtime, partition: string, writes: readonly Write[]) {
  const [only] = writes;
  return writes.length === 1 && only
    ? runtime.tables.write('schedule', partition, only, newId())
    : runtime.tables.commit('schedule', partition, writes, newId());
}
