/** How usage lines are told apart, and the one order in which they are rated (ACO-05). */
import { createHash } from 'node:crypto';

import { inputColumns } from './usage-line.ts';
import type { InputColumn, UsageLine } from './usage-line.ts';

const identityColumns = [
  'CustomerId',
  'EntitlementId',
  'ResourceURI',
  'MeterId',
  'UsageDate',
  'ProductId',
  'SkuId',
  'AvailabilityId',
  'ChargeType',
  'BenefitId',
] as const satisfies readonly InputColumn[];

/**
 * What a line is, whatever it says: 32 hex digits over the ten identity columns, letter case aside. A line of the
 * same identity sent again counts once.
 */
export function identityOf(line: UsageLine): string {
  return digest(identityColumns.map((column) => line[column].toLowerCase()));
}

/** What a line says: 32 hex digits over all kept columns. The same identity with other content is a change. */
export function contentOf(line: UsageLine): string {
  return digest(inputColumns.map((column) => line[column]));
}

/**
 * The order in which a customer's lines are rated: by usage date, then by identity. It depends on the lines alone,
 * never on the order of import. Rows stored under this key are read in rating order.
 */
export function ratingOrderOf(line: UsageLine): string {
  return `${line.UsageDate}|${identityOf(line)}`;
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
