/** A month's reports as answers: JSON page by page, or one CSV file (PEC-07, PEC-08, ACO-02 … ACO-04). */
import type { Month } from '../platform/calendar.ts';
import { currencyDigits } from '../platform/money.ts';
import type { Call } from '../platform/http/endpoint.ts';
import type { FileAnswer } from '../platform/http/file-answer.ts';
import { continuationKey, listAnswer } from '../platform/http/paging.ts';
import { refuse, RefusalError } from '../platform/refusals.ts';
import {
  offerBalanceColumns,
  offerBalanceNumericColumns,
  toOfferColumns,
  toOfferJson,
} from './credit-offer.ts';
import { csvText } from './csv-file.ts';
import { requireBegun } from './billing-state.ts';
import { requirePartner } from './customers-service.ts';
import { dailyNumericColumns } from './daily-file.ts';
import { dailyUsageColumns } from './data/daily-usage-columns.ts';
import { reconciliationColumns } from './data/reconciliation-columns.ts';
import { formatAmount } from './decimal.ts';
import type { Decimal } from './decimal.ts';
import { openMonth } from './month-source.ts';
import type { MonthSource } from './month-source.ts';
import { reconciliationNumericColumns } from './reconciliation.ts';
import { balanceRows, dailyRows, invoiceTotals, reconciliationRows } from './reports.ts';
import type { Placed } from './reports.ts';
import { offerPrefix, partitionKey, partitions, periodRow, periodSchema } from './rows.ts';

/** The most lines of a month that are rated for one answer: what a request's 230 seconds are enough for. */
export const mostLinesAtOnce = 400_000;
/** A page of JSON ends after so many characters, however few rows these are: it is made at once. */
const mostCharacters = 2_000_000;

export type ReportCall = Pick<Call, 'runtime' | 'now' | 'wantsCsv' | 'pathAndQuery'>;
export type ReportQuery = {
  customerId?: string | undefined;
  maxpagesize: number;
  continuationToken?: string | undefined;
};

/** @throws RefusalError NotFound, InvalidRequest */
export async function dailyUsage(
  call: ReportCall,
  partnerId: string,
  month: Month,
  query: ReportQuery,
) {
  const source = await sourceFor(call, partnerId, month);
  const rows = dailyRows(source, { ...query, after: await lineToken(query) });
  return call.wantsCsv
    ? asFile('daily-usage', source, query, dailyUsageColumns, dailyNumericColumns, rowsOf(rows))
    : asPage(call, query, rows);
}

/** @throws RefusalError NotFound, InvalidRequest */
export async function reconciliation(
  call: ReportCall,
  partnerId: string,
  month: Month,
  query: ReportQuery,
) {
  const source = await sourceFor(call, partnerId, month);
  const rows = reconciliationRows(source, { ...query, after: await lineToken(query) });
  const columns = reconciliationColumns;
  return call.wantsCsv
    ? asFile('reconciliation', source, query, columns, reconciliationNumericColumns, rowsOf(rows))
    : asPage(call, query, rows);
}

/** @throws RefusalError NotFound, InvalidRequest */
export async function offerBalances(
  call: ReportCall,
  partnerId: string,
  month: Month,
  query: ReportQuery,
) {
  const source = await sourceFor(call, partnerId, month, 'invoiceMonth');
  const after = await continuationKey(query.continuationToken, offerPrefix());
  const rows = balanceRows(source, { ...query, after });
  if (!call.wantsCsv) return asPage(call, query, mapRows(rows, toOfferJson));
  return asFile(
    'credit-offer-balances',
    source,
    query,
    offerBalanceColumns,
    offerBalanceNumericColumns,
    rowsOf(mapRows(rows, toOfferColumns)),
  );
}

const invoiceColumns = [
  'InvoiceMonth',
  'Currency',
  'Charges',
  'CreditOfferApplied',
  'Total',
  'Provisional',
] as const;

/** @throws RefusalError NotFound, InvalidRequest */
export async function invoice(
  call: ReportCall,
  partnerId: string,
  month: Month,
  customerId: string | undefined,
) {
  const source = await sourceFor(call, partnerId, month);
  if (source.status !== 'closed') await requireFewEnough(source, customerId);
  const totals = await invoiceTotals(source, customerId);
  const amount = (value: Decimal) =>
    formatAmount(value, currencyDigits(source.currency ?? '') ?? 2);
  const body = {
    invoiceMonth: month,
    // ISO 4217 for "no currency": a month without usage has none.
    currency: source.currency ?? 'XXX',
    charges: amount(totals.charges),
    creditOfferApplied: amount(totals.creditOfferApplied),
    total: amount(totals.total),
    provisional: source.status !== 'closed',
  };
  if (!call.wantsCsv) return { status: 200 as const, body };
  const row = {
    InvoiceMonth: body.invoiceMonth,
    Currency: body.currency,
    Charges: body.charges,
    CreditOfferApplied: body.creditOfferApplied,
    Total: body.total,
    Provisional: String(body.provisional),
  };
  const numeric = new Set(['Charges', 'CreditOfferApplied', 'Total'] as const);
  const name = fileName('invoice', month, customerId);
  return { file: { name, text: csvText(invoiceColumns, new Set<string>(numeric), one([row])) } };
}

async function sourceFor(
  { runtime, now }: ReportCall,
  partnerId: string,
  month: Month,
  target?: string,
): Promise<MonthSource> {
  requireBegun(month, now, target);
  const [, source] = await Promise.all([
    requirePartner(runtime, partnerId),
    openMonth(runtime, partnerId, month),
  ]);
  return source;
}

async function asFile<Column extends string>(
  report: string,
  source: MonthSource,
  { customerId }: ReportQuery,
  columns: readonly Column[],
  numericColumns: ReadonlySet<Column>,
  batches: AsyncIterable<readonly Partial<Readonly<Record<Column, string>>>[]>,
): Promise<FileAnswer> {
  await requireFewEnough(source, customerId);
  const name = fileName(report, source.month, customerId);
  return { file: { name, text: csvText(columns, numericColumns, batches, source.turns) } };
}

/** A page of a report: as many rows as fit, and the place of the last of them when others follow. */
async function asPage<T>(
  call: ReportCall,
  query: ReportQuery,
  batches: AsyncIterable<Placed<T>[]>,
) {
  const items: T[] = [];
  let characters = 0;
  let last: Placed<T> | undefined;
  for await (const batch of batches) {
    for (const placed of batch) {
      const isFull = items.length === query.maxpagesize || characters > mostCharacters;
      if (isFull) return listAnswer(call, { items, nextKey: last?.next() });
      items.push(placed.row);
      characters += JSON.stringify(placed.row).length;
      last = placed;
    }
  }
  return listAnswer(call, { items, nextKey: undefined });
}

/** @throws RefusalError InvalidRequest, naming the filter, for a whole month that one request could not send. */
async function requireFewEnough(
  { runtime, partnerId, month }: MonthSource,
  customerId: string | undefined,
): Promise<void> {
  if (customerId !== undefined) return;
  const rows = await Promise.all(
    partitions.map((partition) => {
      const key = partitionKey(partnerId, month, partition);
      return runtime.tables.get('billing', periodSchema, key, periodRow);
    }),
  );
  const lines = rows.reduce((sum, row) => sum + (row?.value.lines ?? 0), 0);
  if (lines <= mostLinesAtOnce) return;
  const message = `the month has ${lines} lines, more than the ${mostLinesAtOnce} that one answer can be made of; ask for one customer at a time`;
  throw new RefusalError(
    refuse('InvalidRequest', 'This is too much for one answer: filter it by customerId.', {
      target: 'customerId',
      details: [{ code: 'TooManyLines', target: 'customerId', message }],
    }),
  );
}

/** @throws RefusalError InvalidRequest for a token of another list. */
async function lineToken({ continuationToken }: ReportQuery): Promise<string | undefined> {
  const place = await continuationKey(continuationToken, '');
  if (place === undefined || /^\d\d\|line\|[0-9a-f-]{36}\|/.test(place)) return place;
  throw new RefusalError(
    refuse('InvalidRequest', 'The continuation token is not valid; see details.', {
      details: [
        { code: 'InvalidField', target: 'continuationToken', message: 'must come from a nextLink' },
      ],
    }),
  );
}

function fileName(report: string, month: Month, customerId: string | undefined): string {
  return `${report}-${month}${customerId === undefined ? '' : `-${customerId}`}.csv`;
}

async function* rowsOf<T>(batches: AsyncIterable<Placed<T>[]>): AsyncGenerator<T[]> {
  for await (const batch of batches) yield batch.map(({ row }) => row);
}

async function* mapRows<T, R>(
  batches: AsyncIterable<Placed<T>[]>,
  show: (row: T) => R,
): AsyncGenerator<Placed<R>[]> {
  for await (const batch of batches) yield batch.map(({ next, row }) => ({ next, row: show(row) }));
}

async function* one<T>(batch: T): AsyncGenerator<T> {
  yield batch;
}
