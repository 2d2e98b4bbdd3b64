/** What billing keeps in table storage. Customers and offers stand in the partner's partition of `partners`. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { exactKeyPart } from '../platform/keys.ts';
import type { Month } from '../platform/calendar.ts';
import { stored, storedRow } from '../platform/stored.ts';

const month = z.string().regex(/^\d{4}-\d{2}$/);
const minorUnits = z.int().nonnegative();

/**
 * Row `billing` of a partner: how far its months are closed. Whoever changes what bears on closed months touches it in
 * the same transaction, so that no change can slip past a close that begins at the same moment.
 */
export const billingStateSchema = storedRow('billing: billing state', {
  /** This month and all before it are closed. */
  closedThrough: month.optional(),
  /** The month that is being closed. */
  closing: month.optional(),
  /** Months with usage that are not closed, and the one currency that each is billed in. */
  open: z.array(z.strictObject({ month, currency: z.string() })),
});
export type BillingState = z.infer<typeof billingStateSchema>;

export const billingStateRow = 'billing';

/** Row `billing-period|month` of a partner, from the beginning of its close: what the month is rated with for ever. */
export const pinnedSchema = storedRow('billing: pinned', {
  currency: z.string().nullable(),
  /** Which edition of the month's price list; null where there was none. */
  priceList: z.string().nullable(),
});
export const pinnedRow = (ofMonth: Month) => `billing-period|${ofMonth}`;

/** Row `customer|id`. The facts are in the rows `customer-facts|id|part`, since they can be longer than a row. */
export const customerSchema = storedRow('billing: customer', {
  id: z.string(),
  displayName: z.string(),
  parts: z.int().positive(),
  /** How many credit offers it has: replaced with each new one, so that no race gets past the most there can be. */
  offers: z.int().nonnegative(),
  version: z.int().positive(),
});
export const customerPrefix = 'customer|';
export const customerRow = (customerId: string) => customerPrefix + customerId;

/** Each part says of which version it is and of how many parts: they can be read in several requests. */
export const factsPartSchema = storedRow('billing: facts part', {
  version: z.int().positive(),
  parts: z.int().positive(),
  text: z.string(),
});
export const factsPrefix = (customerId: string) => `customer-facts|${customerId}|`;
export const factsRow = (customerId: string, part: number) =>
  factsPrefix(customerId) + String(part).padStart(3, '0');

/** Row `offer|customer|agreement`. Amount in minor units, `effectiveDate` inclusive, `expiryDate` exclusive. */
export const offerSchema = storedRow('billing: offer', {
  customerId: z.string(),
  agreementId: z.string(),
  amount: minorUnits,
  currency: z.string(),
  effectiveDate: z.iso.date(),
  expiryDate: z.iso.date(),
  version: z.int().positive(),
});
export type StoredOffer = z.infer<typeof offerSchema>;
export const offerPrefix = (customerId?: string) =>
  customerId === undefined ? 'offer|' : `offer|${customerId}|`;
export const offerRow = (customerId: string, agreementId: string) =>
  offerPrefix(customerId) + exactKeyPart(agreementId);

/** The partitions of table `billing` that a partner's month is spread over, settled for ever. */
export const partitions: readonly string[] = Array.from({ length: 16 }, (_, i) =>
  String(i).padStart(2, '0'),
);

/** The partition (00 … 15) that all of a customer's lines of a month stand in. */
export function partitionOf(customerId: string): string {
  const first = createHash('sha256').update(customerId).digest()[0] ?? 0;
  return String(first % partitions.length).padStart(2, '0');
}

export const partitionKey = (partnerId: string, ofMonth: Month, partition: string) =>
  `${partnerId}|${ofMonth}|${partition}`;

/** Row `period` of a partition: replaced by every import transaction, so that none can land behind the close. */
export const periodSchema = storedRow('billing: period', {
  status: z.enum(['open', 'closing', 'closed']),
  /** How many lines the partition holds. */
  lines: z.int().nonnegative(),
  /** Raised whenever a line is replaced: chunks noted before are no longer known to be as they were sent. */
  generation: z.int().nonnegative(),
  /** The characters of the longest line that it ever held: how many can be read at once. */
  longest: z.int().nonnegative(),
});
export type Period = z.infer<typeof periodSchema>;
export const periodRow = 'period';

/** A page is parsed at once, and held together with the next one. */
const charactersInAPage = 1_500_000;

/** How many lines of a partition to read at once, by the longest of them. */
export function linesInAPage(period: Period | undefined): number {
  const fitting = Math.floor(charactersInAPage / Math.max(period?.longest ?? 0, 1));
  return Math.min(fitting, 1_000);
}

/** Cells are looked at where they stand: copying them, as a record's schema does, would be half the work of an import. */
const cells = z.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((cell) => typeof cell === 'string'),
  'must be cells of text',
);

/** Row `line|customer|date|identity`, so that a customer's lines are read in the order of rating. */
export const lineSchema = storedRow('billing: line', { content: z.string(), line: cells });
export type StoredLine = z.infer<typeof lineSchema>;
/** What an import needs of a stored line: whether it is the same. */
export const lineContentSchema = z.object({ content: z.string() });
export const linePrefix = (customerId?: string) =>
  customerId === undefined ? 'line|' : `line|${customerId}|`;
export const lineRow = (customerId: string, ratingOrder: string) =>
  linePrefix(customerId) + ratingOrder;
/** The customer whose line a row is. */
export const customerOfLine = (rowKey: string) => rowKey.split('|')[1] ?? '';

/** Row `chunk|hash`: lines that were imported in one transaction, to know them at once when they are sent again. */
export const chunkSchema = storedRow('billing: chunk', {
  generation: z.int().nonnegative(),
  /** The transactions that stored it, the last ten: whoever lost an answer finds its own here, whoever came after. */
  writers: z.array(z.string()).max(10),
});
export const chunkRow = (hash: string) => `chunk|${hash}`;

/** What an offer paid, in minor units of its currency: in all earlier months, and in this one. */
const offerUseSchema = z.strictObject({
  agreementId: z.string(),
  before: minorUnits,
  inMonth: minorUnits,
});
export type OfferUse = z.infer<typeof offerUseSchema>;

/** Row `result|customer` of a closed month: what it came to, and what each offer paid. */
export const resultSchema = storedRow('billing: result', {
  /** Decimal amounts in the month's currency. */
  charges: z.string(),
  creditOfferApplied: z.string(),
  total: z.string(),
  offers: z.array(offerUseSchema),
});
export type Result = z.infer<typeof resultSchema>;

/** Row `progress` of a partition that is being closed: how far it is rated, so that the next run goes on from there. */
export const progressSchema = storedRow('billing: progress', {
  /** The results of all customers up to this one are stored. */
  through: z.string().optional(),
  /** The customer under way: all lines up to this row key are in the result so far. */
  current: z
    .strictObject({ customerId: z.string(), after: z.string(), result: resultSchema })
    .optional(),
});
export type Progress = z.infer<typeof progressSchema>;
export const progressRow = 'progress';
export const resultPrefix = 'result|';
export const resultRow = (customerId: string) => resultPrefix + customerId;

/** The most offers a customer has: a result names them all in one row. */
export const mostOffers = 100;

/** Partition of a month's price lists; row `current` names the edition, rows `edition|part` hold it. */
export const priceListPartition = (ofMonth: Month) => `price-list|${ofMonth}`;
export const priceListSchema = storedRow('billing: price list', {
  edition: z.string(),
  products: z.int().nonnegative(),
  version: z.int().positive(),
});
export const priceListRow = 'current';
/** Row `taken|edition`, inserted as the edition becomes the current one: proof of it, whichever came after. */
export const priceListTakenSchema = storedRow('billing: price list taken', {});
export const priceListTakenRow = (edition: string) => `taken|${edition}`;
export const priceListPartSchema = stored(
  'billing: price list part',
  z.strictObject({ entries: z.string() }),
);
export const priceListPartPrefix = (edition: string) => `edition|${edition}|`;
