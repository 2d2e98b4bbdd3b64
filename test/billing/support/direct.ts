/** Billing's services on a storage of the test's own, without HTTP between: for crashes, counts and laws. */
import { randomUUID } from 'node:crypto';
import { putCustomer } from '../../../src/billing/customers-service.ts';
import { customerBody } from '../../../src/billing/customer.ts';
import { importUsage } from '../../../src/billing/import-service.ts';
import { closePartition } from '../../../src/billing/close-partition.ts';
import { openMonth } from '../../../src/billing/month-source.ts';
import { putOffer } from '../../../src/billing/offers-service.ts';
import { closePeriod } from '../../../src/billing/period-service.ts';
import { balanceRows, dailyRows, invoiceTotals } from '../../../src/billing/reports.ts';
import { partitions } from '../../../src/billing/rows.ts';
import { partnerRow, partnerSchema } from '../../../src/partners/rows.ts';
import type { CommandCall } from '../../../src/platform/http/endpoint.ts';
import type { Runtime } from '../../../src/platform/runtime.ts';
import { customerNumber, usageCsv } from './files.ts';
import type { UsageRow } from './files.ts';
import { earningFacts } from './world.ts';

export const now = '2026-01-15T08:00:00.000Z';

/** A call by nobody in particular: who may call is not the services' affair. */
export function callOn(runtime: Runtime): CommandCall {
  return {
    runtime,
    now,
    actor: { type: 'system' },
    ifMatch: undefined,
    repeatability: undefined,
    requestId: randomUUID(),
  };
}

/** A new partner with so many customers, all of whose usage earns. */
export async function newPartner(runtime: Runtime, customers = 1): Promise<string> {
  const id = randomUUID();
  const value = {
    id,
    displayName: 'Contoso',
    domains: ['contoso.com'],
    tenantIds: [id],
    contacts: [],
    registeredAt: now,
    version: 1,
  };
  const write = { op: 'insert', rowKey: partnerRow, schema: partnerSchema, value } as const;
  await runtime.tables.write('partners', id, write, 'test');
  await Promise.all(
    Array.from({ length: customers }, (_, i) =>
      putCustomer(
        callOn(runtime),
        id,
        customerNumber(i + 1),
        customerBody.parse(earningFacts(i + 1)),
      ),
    ),
  );
  return id;
}

export async function giveOffer(
  runtime: Runtime,
  partnerId: string,
  customer: number,
  agreementId: string,
  amount: number,
) {
  const terms = { amount, currency: 'USD', effectiveDate: '2024-01-01', expiryDate: '2030-01-01' };
  await putOffer(callOn(runtime), partnerId, customerNumber(customer), agreementId, terms);
}

/** Bytes in pieces, as they come over the wire. */
export async function* pieces(text: string, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

export function importRows(
  runtime: Runtime,
  partnerId: string,
  month: string,
  rows: readonly UsageRow[],
) {
  const upload = { mediaType: 'text/csv', chunks: pieces(usageCsv(rows)) };
  return importUsage(runtime, partnerId, month, upload, now);
}

/** Closes a month, its partitions one after the other. */
export async function closeMonth(runtime: Runtime, partnerId: string, month: string) {
  await closePeriod(callOn(runtime), partnerId, month);
  for (const partition of partitions)
    await closePartition(runtime, { kind: 'billing-partition', partnerId, month, partition });
}

/** Everything a month's reports are made of. */
export async function monthOf(runtime: Runtime, partnerId: string, month: string) {
  const source = await openMonth(runtime, partnerId, month);
  const daily = [];
  for await (const batch of dailyRows(source, {})) daily.push(...batch.map(({ row }) => row));
  const balances = [];
  for await (const batch of balanceRows(source, {})) balances.push(...batch.map(({ row }) => row));
  const { charges, creditOfferApplied, total } = await invoiceTotals(source, undefined);
  const invoice = [charges, creditOfferApplied, total].map((amount) => amount.toFixed(2));
  return { status: source.status, daily, balances, invoice };
}
