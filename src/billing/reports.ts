/** The rows of a month's reports, one after the other, as the files and the JSON lists show them. */
import { reportOffer } from './credit-offer.ts';
import type { OfferReport } from './credit-offer.ts';
import { toDailyColumns } from './daily-file.ts';
import type { DailyUsageColumn } from './data/daily-usage-columns.ts';
import { decimal } from './decimal.ts';
import type { MonthSource } from './month-source.ts';
import { offerUse, rateMonth } from './rate-month.ts';
import { addInvoices, addToInvoice, createReconciler, emptyInvoice } from './reconciliation.ts';
import type { InvoiceTotals, ReconciliationLine } from './reconciliation.ts';
import {
  customerOfLine,
  offerRow,
  partitionKey,
  partitionOf,
  partitions,
  resultPrefix,
  resultSchema,
} from './rows.ts';

/** A row with the place to go on after: it sorts as the rows do. */
export type Placed<T> = { place: string; row: T };

/** Where to begin, and whose rows. `after` is the place of a row given before. */
export type ReportRange = { customerId?: string | undefined; after?: string | undefined };

/** The daily file's rows (PEC-07), in batches. */
export async function* dailyRows(
  source: MonthSource,
  range: ReportRange,
): AsyncGenerator<Placed<Record<DailyUsageColumn, string>>[]> {
  const from = placeOf(range.after);
  for (const partition of partitionsOf(range, from?.partition)) {
    // The line is rated again where only its first row was given.
    const after =
      from && partition === from.partition ? keyBefore(from.key, from.index) : undefined;
    const options = { partition, customerId: range.customerId, after };
    for await (const { lines } of rateMonth(source, options)) {
      const rows = lines.flatMap(({ key, rows: rated }) =>
        rated.map((row, index) => ({
          place: placeText(partition, key, index, index === rated.length - 1),
          row: toDailyColumns(row),
        })),
      );
      const wanted = range.after === undefined ? rows : rows.filter(isAfter(range.after));
      if (wanted.length > 0) yield wanted;
    }
  }
}

/** The reconciliation file's rows (PEC-08), a customer's at a time. */
export async function* reconciliationRows(
  source: MonthSource,
  range: ReportRange,
): AsyncGenerator<Placed<ReconciliationLine>[]> {
  const from = placeOf(range.after);
  for (const partition of partitionsOf(range, from?.partition)) {
    // A customer's lines are summed anew from the first one on.
    const after =
      from && partition === from.partition ? `line|${customerOfLine(from.key)}|` : undefined;
    let reconciler = createReconciler(source.month);
    const options = { partition, customerId: range.customerId, after };
    for await (const { customerId, lines, ended } of rateMonth(source, options)) {
      for (const { rows } of lines) rows.forEach(reconciler.add);
      if (!ended) continue;
      const rows = reconciler.lines().map((row, index) => ({
        place: placeText(partition, `line|${customerId}|`, index, false),
        row,
      }));
      reconciler = createReconciler(source.month);
      const wanted = range.after === undefined ? rows : rows.filter(isAfter(range.after));
      if (wanted.length > 0) yield wanted;
    }
  }
}

/** The balance report's rows (ACO-02, ACO-03), one by one, by customer and agreement. */
export async function* balanceRows(
  source: MonthSource,
  range: ReportRange,
): AsyncGenerator<Placed<OfferReport>[]> {
  const { partnerId, month, status } = source;
  const facts = { partnerId, invoiceMonth: month, provisional: status !== 'closed' };
  for (const [customerId, offers] of source.offers) {
    const wanted = offers
      .map((offer) => ({ offer, place: offerRow(customerId, offer.agreementId) }))
      .filter(({ place }) => range.after === undefined || place > range.after);
    if (wanted.length === 0) continue;
    const uses = await offerUse(source, customerId);
    yield wanted.flatMap(({ offer, place }) => {
      const use = uses.find(({ agreementId }) => agreementId === offer.agreementId);
      const row = reportOffer(offer, facts, use ?? { before: 0, inMonth: 0 });
      return row ? [{ place, row }] : [];
    });
  }
}

/** The sums of a month, of all customers or of one (PEC-08); of a closed month as they were stored. */
export async function invoiceTotals(
  source: MonthSource,
  customerId: string | undefined,
): Promise<InvoiceTotals> {
  if (source.status === 'closed') return storedTotals(source, customerId);
  let totals = emptyInvoice;
  for (const partition of partitionsOf({ customerId })) {
    for await (const { lines } of rateMonth(source, { partition, customerId })) {
      for (const { rows } of lines) totals = rows.reduce(addToInvoice, totals);
    }
  }
  return totals;
}

async function storedTotals(
  { runtime, partnerId, month }: MonthSource,
  customerId: string | undefined,
): Promise<InvoiceTotals> {
  const sums = partitionsOf({ customerId }).map(async (partition) => {
    const key = partitionKey(partnerId, month, partition);
    const prefix = resultPrefix + (customerId ?? '');
    let totals = emptyInvoice;
    let after: string | undefined;
    for (;;) {
      const range = { prefix, after, size: 1_000 };
      const page = await runtime.tables.page('billing', resultSchema, key, range);
      for (const { value } of page.rows) {
        totals = addInvoices(totals, {
          charges: decimal(value.charges),
          creditOfferApplied: decimal(value.creditOfferApplied),
          total: decimal(value.total),
        });
      }
      after = page.rows.at(-1)?.rowKey;
      if (!page.more || after === undefined) return totals;
    }
  });
  return (await Promise.all(sums)).reduce(addInvoices, emptyInvoice);
}

function partitionsOf({ customerId }: ReportRange, from = ''): readonly string[] {
  const all = customerId === undefined ? partitions : [partitionOf(customerId)];
  return all.filter((partition) => partition >= from);
}

/** A place is partition, row key and the row's number within it, so that places compare as rows follow each other. */
function placeText(partition: string, key: string, index: number, isLast: boolean): string {
  return `${partition}|${key}|${isLast ? 'z' : String(index).padStart(6, '0')}`;
}

function placeOf(place: string | undefined) {
  if (place === undefined) return undefined;
  const end = place.lastIndexOf('|');
  return { partition: place.slice(0, 2), key: place.slice(3, end), index: place.slice(end + 1) };
}

/** The key to read after: the line's own when all its rows were given, else one just before it. */
function keyBefore(key: string, index: string): string {
  return index === 'z' ? key : key.slice(0, -1);
}

function isAfter(place: string): (row: { place: string }) => boolean {
  return (row) => row.place > place;
}
