/**
 * Closes one partition of a month: shuts it, rates it, stores what each customer came to, and, as the last of them,
 * declares the month closed (ACO-04). It can stop at any point and be run again, or twice at once: what it writes
 * depends on what no longer changes.
 */
import type { Month } from '../platform/calendar.ts';
import { currencyDigits } from '../platform/money.ts';
import { newId } from '../platform/ids.ts';
import type { Runtime } from '../platform/runtime.ts';
import { lostRace, readState, stateOf, stateWrite } from './billing-state.ts';
import { formatAmount } from './decimal.ts';
import { openMonth } from './month-source.ts';
import type { MonthSource } from './month-source.ts';
import { pause } from '../platform/command.ts';
import type { BillingMessage } from './period-service.ts';
import { offerUse, rateMonth } from './rate-month.ts';
import type { OfferUse } from './rate-month.ts';
import { addToInvoice, emptyInvoice } from './reconciliation.ts';
import type { InvoiceTotals } from './reconciliation.ts';
import {
  partitionKey,
  partitionOf,
  partitions,
  periodRow,
  periodSchema,
  resultRow,
  resultSchema,
} from './rows.ts';
import type { Period, Result } from './rows.ts';

const patienceMilliseconds = 30_000;

/** Settles a partition; does nothing where its month is closed already or was never asked to be. */
export async function closePartition(runtime: Runtime, message: BillingMessage): Promise<void> {
  const { partnerId, month, partition } = message;
  const state = stateOf(await readState(runtime, partnerId));
  if (state.closing !== month) return;
  const key = partitionKey(partnerId, month, partition);
  if (await movePeriod(runtime, key, 'closing')) {
    await storeResults(await openMonth(runtime, partnerId, month), partition);
    await movePeriod(runtime, key, 'closed');
  }
  if (await allClosed(runtime, partnerId, month)) await declareClosed(runtime, partnerId, month);
}

/**
 * Moves a partition's period row on. From `closing` on no import can land in it. Gives whether it was not closed
 * already.
 */
async function movePeriod(
  { tables }: Runtime,
  key: string,
  status: 'closing' | 'closed',
): Promise<boolean> {
  const giveUpAt = Date.now() + patienceMilliseconds;
  for (let attempt = 1; Date.now() < giveUpAt; attempt += 1) {
    const row = await tables.get('billing', periodSchema, key, periodRow);
    if (row?.value.status === 'closed') return false;
    if (row?.value.status === status) return true;
    const before = row?.value ?? { lines: 0, generation: 0 };
    const value: Period = { ...before, status };
    const write = { rowKey: periodRow, schema: periodSchema, value };
    const outcome = await tables.write(
      'billing',
      key,
      row ? { op: 'replace', etag: row.etag, ...write } : { op: 'insert', ...write },
      newId(),
    );
    if (outcome === 'committed') return true;
    await pause(attempt);
  }
  throw lostRace();
}

/** Stores the result of each customer with usage or offers. */
async function storeResults(source: MonthSource, partition: string): Promise<void> {
  let totals: InvoiceTotals = emptyInvoice;
  const stored = new Set<string>();
  for await (const { customerId, lines, ended } of rateMonth(source, { partition })) {
    for (const { rows } of lines) totals = rows.reduce(addToInvoice, totals);
    if (!ended) continue;
    await storeResult(source, customerId, totals, ended);
    stored.add(customerId);
    totals = emptyInvoice;
  }
  for (const customerId of source.offers.keys()) {
    if (stored.has(customerId) || partitionOf(customerId) !== partition) continue;
    await storeResult(source, customerId, emptyInvoice, await offerUse(source, customerId));
  }
}

async function storeResult(
  { runtime, partnerId, month, currency }: MonthSource,
  customerId: string,
  totals: InvoiceTotals,
  offers: readonly OfferUse[],
): Promise<void> {
  const digits = currencyDigits(currency ?? '') ?? 0;
  const value: Result = {
    charges: formatAmount(totals.charges, digits),
    creditOfferApplied: formatAmount(totals.creditOfferApplied, digits),
    total: formatAmount(totals.total, digits),
    offers: [...offers],
  };
  const key = partitionKey(partnerId, month, partitionOf(customerId));
  const write = { rowKey: resultRow(customerId), schema: resultSchema, value };
  await runtime.tables.write('billing', key, { op: 'put', ...write }, newId());
}

async function allClosed({ tables }: Runtime, partnerId: string, month: Month): Promise<boolean> {
  const rows = await Promise.all(
    partitions.map((partition) =>
      tables.get('billing', periodSchema, partitionKey(partnerId, month, partition), periodRow),
    ),
  );
  return rows.every((row) => row?.value.status === 'closed');
}

/** The month is closed once the partner's state says so: nothing reads the partitions' own rows for that. */
async function declareClosed(runtime: Runtime, partnerId: string, month: Month): Promise<void> {
  const giveUpAt = Date.now() + patienceMilliseconds;
  for (let attempt = 1; Date.now() < giveUpAt; attempt += 1) {
    const row = await readState(runtime, partnerId);
    const { closing, ...state } = stateOf(row);
    if (closing !== month) return;
    const write = stateWrite(row, {
      ...state,
      closedThrough: month,
      open: state.open.filter((each) => each.month > month),
    });
    if ((await runtime.tables.write('partners', partnerId, write, newId())) === 'committed') return;
    await pause(attempt);
  }
  throw lostRace();
}
