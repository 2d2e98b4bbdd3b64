/** The rows of a month's reports, one after the other, as the files and the JSON lists show them. */
import { inParallel } from '../platform/parallel.ts';
import { reportOffer } from './credit-offer.ts';
import type { OfferReport } from './credit-offer.ts';
import { toDailyColumns } from './daily-file.ts';
import type { DailyUsageColumn } from './data/daily-usage-columns.ts';
import { takesEffectBy } from './month-source.ts';
import type { MonthSource } from './month-source.ts';
import { offersByCustomer } from './offers-service.ts';
import { offerUse, rateMonth } from './rate-month.ts';
import type { ResumePoint } from './rate-month.ts';
import {
  addInvoices,
  addToInvoice,
  createReconciler,
  emptyInvoice,
  parseInvoice,
} from './reconciliation.ts';
import type { InvoiceTotals, ReconciliationLine, Reconciler } from './reconciliation.ts';
import {
  meterPlace,
  parseMeterPlace,
  parseRowPlace,
  rowPlace,
  usesAt,
  withUses,
} from './report-places.ts';
import type { MeterPlace, RowPlace } from './report-places.ts';
import {
  linePrefix,
  offerRow,
  partitionKey,
  partitionOf,
  partitions,
  resultPrefix,
  resultSchema,
} from './rows.ts';

/** A row, and where the next page begins when it is the last of one. */
export type Placed<T> = { row: T; next: () => string };

/** Whose rows, and after which one: what its `next` gave. */
export type ReportRange = { customerId?: string | undefined; after?: string | undefined };

const rowsAtOnce = 100;
const partitionsAtOnce = 4;
/** A result names up to a hundred offers. */
const resultsAtOnce = 200;

/** The daily file's rows (PEC-07), in batches. */
export async function* dailyRows(
  source: MonthSource,
  { customerId, after: token }: ReportRange,
): AsyncGenerator<Placed<Record<DailyUsageColumn, string>>[]> {
  const at = token === undefined ? undefined : parseRowPlace(token);
  const last = at && rowPlace(at);
  for (const partition of partitionsOf(customerId, at?.partition)) {
    const from = at && partition === at.partition ? resumePoint(at, token) : undefined;
    for await (const { lines } of rateMonth(source, { partition, customerId, from })) {
      const rows = lines.flatMap(({ key, rows: rated, before, after }) =>
        rated.map((row, number) => {
          const isLast = number === rated.length - 1;
          const index = isLast ? 'z' : String(number).padStart(6, '0');
          const place = rowPlace({ partition, key, index });
          const next = () => withUses(place, isLast ? after : before);
          return { place, next, row: toDailyColumns(row) };
        }),
      );
      const wanted = last === undefined ? rows : rows.filter(({ place }) => place > last);
      if (wanted.length > 0) yield wanted;
    }
  }
}

/** Where to rate on: a line of which only the first row was given is rated again. */
function resumePoint({ key, index }: RowPlace, token = ''): ResumePoint {
  return {
    after: index === 'z' ? key : key.slice(0, -1),
    uses: (offers) => usesAt(token, offers),
  };
}

/** The reconciliation file's rows (PEC-08), a few at a time. */
export async function* reconciliationRows(
  source: MonthSource,
  { customerId: only, after }: ReportRange,
): AsyncGenerator<Placed<ReconciliationLine>[]> {
  const at = after === undefined ? undefined : parseMeterPlace(after);
  for (const partition of partitionsOf(only, at?.partition)) {
    const resumed = partition === at?.partition ? at : undefined;
    // A customer's lines are summed again from the first one on.
    const from = resumed && { after: linePrefix(resumed.customerId) };
    let reconciler: Reconciler | undefined;
    for await (const { customerId, lines, isLast } of rateMonth(source, {
      partition,
      customerId: only,
      from,
    })) {
      const begin = customerId === resumed?.customerId ? resumed : undefined;
      reconciler ??= createReconciler(source.month, { from: begin?.meter });
      for (const { rows } of lines) rows.forEach(reconciler.add);
      if (!isLast) continue;
      yield* placedMeters(source, { partition, customerId }, reconciler, begin);
      let cut = reconciler.cutAfter();
      reconciler = undefined;
      while (cut !== undefined) {
        // There are more meters than memory is for: another round over the customer's lines.
        const next = createReconciler(source.month, { after: cut });
        for await (const batch of rateMonth(source, { partition, customerId }))
          for (const { rows } of batch.lines) rows.forEach(next.add);
        yield* placedMeters(source, { partition, customerId }, next);
        cut = next.cutAfter();
      }
    }
  }
}

/** A reconciler's rows, a few at a time; without those that were given up to a place. */
async function* placedMeters(
  { turns }: MonthSource,
  of: { partition: string; customerId: string },
  reconciler: Reconciler,
  given?: MeterPlace,
): AsyncGenerator<Placed<ReconciliationLine>[]> {
  let batch: Placed<ReconciliationLine>[] = [];
  for (const { key: meter, lines } of reconciler.meters()) {
    for (const [index, row] of lines.entries()) {
      if (given?.meter === meter && index <= given.index) continue;
      batch.push({ next: () => meterPlace({ ...of, meter, index }), row });
    }
    if (turns.isDue()) await turns.give();
    if (batch.length < rowsAtOnce) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The balance report's rows (ACO-02, ACO-03), a customer's at a time, by customer and agreement. */
export async function* balanceRows(
  source: MonthSource,
  range: ReportRange,
): AsyncGenerator<Placed<OfferReport>[]> {
  const { runtime, partnerId, month, status } = source;
  const facts = { partnerId, invoiceMonth: month, provisional: status !== 'closed' };
  for await (const offers of offersByCustomer(runtime, partnerId, range)) {
    const wanted = offers.filter((offer) => takesEffectBy(offer, month));
    const customerId = wanted[0]?.customerId;
    if (customerId === undefined) continue;
    const uses = await offerUse(source, customerId);
    yield wanted.flatMap((offer) => {
      const use = uses.find(({ agreementId }) => agreementId === offer.agreementId);
      const row = reportOffer(offer, facts, use ?? { before: 0, inMonth: 0 });
      return row ? [{ next: () => offerRow(customerId, offer.agreementId), row }] : [];
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
  for (const partition of partitionsOf(customerId)) {
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
  const sums = await inParallel(partitionsOf(customerId), partitionsAtOnce, async (partition) => {
    const key = partitionKey(partnerId, month, partition);
    const prefix = resultPrefix + (customerId ?? '');
    let totals = emptyInvoice;
    let after: string | undefined;
    for (;;) {
      const range = { prefix, after, size: resultsAtOnce };
      const page = await runtime.tables.page('billing', resultSchema, key, range);
      for (const { value } of page.rows) totals = addInvoices(totals, parseInvoice(value));
      after = page.rows.at(-1)?.rowKey;
      if (!page.more || after === undefined) return totals;
    }
  });
  return sums.reduce(addInvoices, emptyInvoice);
}

function partitionsOf(customerId: string | undefined, from = ''): readonly string[] {
  const all = customerId === undefined ? partitions : [partitionOf(customerId)];
  return all.filter((partition) => partition >= from);
}
