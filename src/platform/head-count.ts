/**
 * How many users or customers a partner has, so that there is an end to them. Rows in the partner's partition hold the
 * number, each a share of it; one is replaced in the commit of whatever is added or erased, so that of two at the same
 * moment that share a row one counts again, and no race gets past the maximum. With one row alone fifty additions at once
 * would have to be told one after the other.
 */
import * as z from 'zod';
import { refuse, RefusalError, type Refusal } from './refusals.ts';
import type { Runtime } from './runtime.ts';
import type { Row, Write } from './table-store.ts';
import { storedRow } from './stored.ts';

/** The most that one partner can have of each. */
export const mostOf = { users: 10_000, customers: 10_000 } as const;

export type Counted = keyof typeof mostOf;

/** The rows that a count is spread over, settled for ever. */
export const countRows = 16;

const countSchema = storedRow('count', { count: z.int().nonnegative() });
const prefixOf = (counted: Counted) => `count|${counted}|`;

/** The row that holds one share of a count. */
export function countRow(counted: Counted, share: number, count: number) {
  const rowKey = prefixOf(counted) + String(share).padStart(2, '0');
  return { rowKey, schema: countSchema, value: { count } };
}

/** What was last read of a count; a row that is not there yet holds none. */
export type HeadCount = { counted: Counted; rows: Row<z.infer<typeof countSchema>>[] };

/** Reads how many a partner has: one query. */
export async function readHeadCount(
  runtime: Pick<Runtime, 'tables'>,
  partnerId: string,
  counted: Counted,
): Promise<HeadCount> {
  const range = { prefix: prefixOf(counted), size: countRows };
  const { rows } = await runtime.tables.page('partners', countSchema, partnerId, range);
  return { counted, rows };
}

const refusals: Record<Counted, () => Refusal> = {
  users: () =>
    refuse(
      'UserLimitReached',
      `The directory holds ${mostOf.users} users, the most there can be. Erase users who have left, then add new ones.`,
    ),
  customers: () =>
    refuse(
      'CustomerLimitReached',
      `There are ${mostOf.customers} customers, the most there can be. The facts of those can still be changed.`,
    ),
};

/**
 * Counts one more: a write for the commit that adds it, not to be its first.
 * @throws RefusalError UserLimitReached, CustomerLimitReached
 */
export function countOneMore({ counted, rows }: HeadCount): Write {
  const known = new Map(rows.map((row) => [row.rowKey, row]));
  const open = Array.from({ length: countRows }, (_, share) => {
    const { rowKey } = countRow(counted, share, 0);
    const row = known.get(rowKey);
    return { share, row, count: row?.value.count ?? 0 };
  }).filter(({ count }) => count < mostOf[counted] / countRows);
  const chosen = anyOf(open);
  if (!chosen) throw new RefusalError(refusals[counted]());
  const content = countRow(counted, chosen.share, chosen.count + 1);
  return chosen.row
    ? { op: 'replace', ...content, etag: chosen.row.etag }
    : { op: 'insert', ...content };
}

/** Counts one less: what to write in the commit that takes it away. */
export function countOneLess({ rows }: HeadCount): Write[] {
  const row = anyOf(rows.filter(({ value }) => value.count > 0));
  if (!row) return [];
  const value = { count: row.value.count - 1 };
  return [{ op: 'replace', rowKey: row.rowKey, schema: countSchema, value, etag: row.etag }];
}

/** Any of several: those who count at the same moment rarely meet. */
function anyOf<T>(items: readonly T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)];
}
