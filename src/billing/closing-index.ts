/**
 * The index of months that are being closed: PartitionKey `closing|shard` of table `schedule`, RowKey
 * `partner|month|nonce`. A row is written before the commit that begins the close: a row too many is harmless, one too
 * few cannot be. Each has a key of its own, so that deleting one that was read never takes one written since. Not under
 * a date, like what falls due: the daily sweep would let a month wait until tomorrow.
 */
import * as z from 'zod';
import type { Month } from '../platform/calendar.ts';
import { newId } from '../platform/ids.ts';
import { shardOf } from '../platform/keys.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';
import { stored } from '../platform/stored.ts';

/** Lenient, since a row that could not be read would never be worked off. Times are of the real clock. */
export const closingSchema = stored(
  'closing',
  z.object({
    writtenAt: z.string().catch(''),
    /** When the work was last sent again, or was seen to go on. */
    lookedAt: z.string().optional().catch(undefined),
    /** How far the work was then, as one text. */
    stood: z.string().optional().catch(undefined),
    /** How often it was sent again since it last went on. */
    sent: z.int().nonnegative().catch(0),
  }),
);
export type ClosingRow = Row<z.infer<typeof closingSchema>>;

const prefix = 'closing|';
/** Every partition of the index lies in this range of PartitionKeys. */
export const closingPartitions = { from: prefix, before: `${prefix}~` };

/** Writes a month into the index, to be called before the commit that begins its close. */
export async function indexClosing(
  { tables }: Runtime,
  partnerId: string,
  month: Month,
): Promise<void> {
  const rowKey = `${partnerId}|${month}|${newId().slice(-12)}`;
  const value = { writtenAt: new Date().toISOString(), sent: 0 };
  const write = { op: 'insert', rowKey, schema: closingSchema, value } as const;
  await tables.write('schedule', prefix + shardOf(partnerId), write, newId());
}

/** The month that a row of the index stands for. */
export function closingOf({ rowKey }: ClosingRow): { partnerId: string; month: Month } {
  const [partnerId = '', month = ''] = rowKey.split('|');
  return { partnerId, month };
}
