/**
 * Rows that a sweep could not settle: tried again on the following runs, and after three failures set aside where an
 * operator sees them, with the reason, while the rest goes on.
 */
import * as z from 'zod';
import { instantSchema } from '../credits/events.ts';
import { dateOf, type Instant } from '../platform/calendar.ts';
import { deterministicId, newId } from '../platform/ids.ts';
import { log } from '../platform/log.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import {
  dueOf,
  removeDue,
  schedulePartition,
  scheduleSchema,
  writeAhead,
  type DueKind,
  type ScheduleRow,
} from '../platform/schedule.ts';
import { sendShard } from './messages.ts';
import { storedRow } from '../platform/stored.ts';

const failuresUntilStuck = 3;

const stuckSchema = storedRow('stuck', {
  id: z.guid(),
  partnerId: z.string(),
  kind: z.string(),
  /** The benefit's id; of request records, their date. */
  entityId: z.string(),
  /** The name or code of the error, never its message: messages can quote data. */
  reason: z.string(),
  since: instantSchema,
  attempts: z.int().positive(),
});
export type Stuck = z.infer<typeof stuckSchema>;

const partition = 'stuck';

/** Counts a failure on the row's index rows, or sets it aside when it was one too many. */
export async function recordFailure(
  runtime: Runtime,
  rows: readonly ScheduleRow[],
  error: unknown,
  now: Instant,
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const { partnerId, kind, id: entityId } = dueOf(first);
  const attempts = 1 + Math.max(...rows.map(({ value }) => value.attempts ?? 0));
  const reason = reasonOf(error);
  log('error', 'settlementFailed', { partnerId, kind, entityId, attempts, error });
  if (attempts < failuresUntilStuck) {
    const { rowKey, etag, partitionKey, value } = first;
    const write = { op: 'replace', rowKey, etag, schema: scheduleSchema } as const;
    // A lost race is with another sweep that counts the same failure.
    const counted = { ...write, value: { ...value, attempts } };
    await runtime.tables.write('schedule', partitionKey, counted, newId());
    return;
  }
  const id = deterministicId('stuck', partnerId, kind, entityId);
  const value: Stuck = { id, partnerId, kind, entityId, reason, since: now, attempts };
  const write = { op: 'put', rowKey: id, schema: stuckSchema, value } as const;
  await runtime.tables.write('schedule', partition, write, newId());
  log('error', 'settlementStuck', { partnerId, kind, entityId, reason });
  await removeDue(runtime, first.partitionKey, rows);
}

/** What of an error may be kept. */
function reasonOf(error: unknown): string {
  if (error instanceof RefusalError) return error.refusal.code;
  const { code, name } = error as { code?: unknown; name?: unknown };
  return [name, code].filter((part) => typeof part === 'string').join(' ') || 'Unknown';
}

/** The rows that are set aside, by id; at most `size`. */
export async function listStuck(
  runtime: Runtime,
  size: number,
): Promise<{ stuck: Stuck[]; more: boolean }> {
  const page = await runtime.tables.page('schedule', stuckSchema, partition, { prefix: '', size });
  return { stuck: page.rows.map(({ value }) => value), more: page.more };
}

/**
 * Puts a row that was set aside back to where the sweep finds it, with its failures forgotten, and has its shard swept.
 * @throws RefusalError NotFound when no such row is set aside
 */
export async function retryStuck(runtime: Runtime, id: string, now: Instant): Promise<void> {
  const row = await runtime.tables.get('schedule', stuckSchema, partition, id);
  if (!row) throw new RefusalError(notFound());
  const { partnerId, kind, entityId } = row.value;
  const date = dateOf(now);
  await writeAhead(runtime, [{ date, partnerId, kind: kind as DueKind, id: entityId }]);
  // Not one that a sweep has set aside since.
  const write = { op: 'delete' as const, rowKey: id, etag: row.etag };
  await runtime.tables.write('schedule', partition, write, newId());
  await sendShard(runtime, { partition: schedulePartition(date, partnerId) });
}
