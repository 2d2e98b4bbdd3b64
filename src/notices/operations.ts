/**
 * Which partner a mail operation belongs to: delivery reports name the operation (which is the notice's id) and
 * nothing else of ours.
 */
import * as z from 'zod';
import { addMilliseconds, millisecondsPerDay } from '../platform/calendar.ts';
import { newId } from '../platform/ids.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { NoticeMessage } from './notice.ts';
import { storedRow } from '../platform/stored.ts';

const operationSchema = storedRow('mail operation', { partnerId: z.guid() });
const rowKey = 'operation';
const keptDays = 30;

/** Written before a send, so that no report can come before it. */
export async function rememberOperation(
  runtime: Runtime,
  { partnerId, noticeId }: NoticeMessage,
): Promise<void> {
  const write = { op: 'put', rowKey, schema: operationSchema, value: { partnerId } } as const;
  await runtime.tables.write('operations', noticeId, write, newId());
}

/** The partner of an operation; undefined for one that is not ours, or from more than 30 days ago. */
export async function partnerOfOperation(
  runtime: Runtime,
  noticeId: string,
): Promise<string | undefined> {
  const row = await runtime.tables.get('operations', operationSchema, noticeId, rowKey);
  return row?.value.partnerId;
}

/**
 * Deletes the operations written more than 30 days before `realNow` (ms), and says how many. It reads the whole table
 * by age, a few hundred pages at the most that pacing lets 30 days hold: once a day is enough.
 */
export async function forgetOperations(runtime: Runtime, realNow = Date.now()): Promise<number> {
  const writtenBefore = addMilliseconds(
    new Date(realNow).toISOString(),
    -keptDays * millisecondsPerDay,
  );
  let forgotten = 0;
  for (;;) {
    const { rows } = await runtime.tables.pageAcross(
      'operations',
      operationSchema,
      { from: '0', before: 'g' },
      { size: 100, writtenBefore },
    );
    if (rows.length === 0) return forgotten;
    for (let i = 0; i < rows.length; i += 20)
      await Promise.all(
        rows
          .slice(i, i + 20)
          .map((row) =>
            runtime.tables.write('operations', row.partitionKey, { op: 'delete', rowKey }, newId()),
          ),
      );
    forgotten += rows.length;
  }
}
