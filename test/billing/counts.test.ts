/** How many requests to storage an import takes, and the laws that hold over what is stored. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMonth } from '../../src/billing/month-source.ts';
import { rateMonth } from '../../src/billing/rate-month.ts';
import { openPartition } from '../../src/billing/partition-writer.ts';
import {
  lineRow,
  partitionKey,
  partitionOf,
  partitions,
  periodRow,
  periodSchema,
} from '../../src/billing/rows.ts';
import { costOf } from '../../src/billing/usage-line.ts';
import { zero } from '../../src/billing/decimal.ts';
import { dailyUsage, mostLinesAtOnce } from '../../src/billing/reports-service.ts';
import { RefusalError } from '../../src/platform/refusals.ts';
import { testRuntime } from '../support/runtime.ts';
import { recordRequests } from '../support/storage-requests.ts';
import { closeMonth, giveOffer, importRows, monthOf, newPartner, now } from './support/direct.ts';
import { customerNumber, manyRows, row } from './support/files.ts';

const month = '2025-09';
const { runtime, hosts } = await testRuntime();

test('ACO-05 an import takes at most 1.3 requests a hundred rows, and 3 when it is sent again', async () => {
  const count = 10_000;
  const partnerId = await newPartner(runtime, 40);
  const rows = manyRows(partnerId, month, count, 40);
  const first = await recordRequests(hosts, () => importRows(runtime, partnerId, month, rows));
  expect(first.result).toMatchObject({ accepted: count, duplicates: 0 });
  expect(first.requests.length / (count / 100)).toBeLessThanOrEqual(1.3);
  const again = await recordRequests(hosts, () => importRows(runtime, partnerId, month, rows));
  expect(again.result).toMatchObject({ accepted: 0, duplicates: count });
  expect(again.requests.length / (count / 100)).toBeLessThanOrEqual(3);
}, 60_000);

test('ACO-01 PEC-06 usage cost = offer paid + earned + billed, and no balance falls below zero, over all months', async () => {
  const price = fc.integer({ min: 0, max: 5_000_000 }).map((units) => (units / 1e4).toFixed(4));
  const usage = fc.record({
    customer: fc.integer({ min: 1, max: 2 }),
    ofMonth: fc.constantFrom('2025-09', '2025-10'),
    dayOfMonth: fc.integer({ min: 1, max: 28 }),
    UnitPrice: price,
    Quantity: fc.integer({ min: 0, max: 900 }).map(String),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(usage, { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      async (usages, offers, closesFirst) => {
        const partnerId = await newPartner(runtime, 2);
        for (const [i, amount] of offers.entries())
          await giveOffer(runtime, partnerId, (i % 2) + 1, `offer-${i}`, amount);
        for (const ofMonth of ['2025-09', '2025-10']) {
          const rows = usages
            .filter((each) => each.ofMonth === ofMonth)
            .map(({ customer, dayOfMonth, UnitPrice, Quantity }, i) =>
              row(partnerId, ofMonth, {
                CustomerId: customerNumber(customer),
                UsageDate: `${ofMonth}-${String(dayOfMonth).padStart(2, '0')}`,
                MeterId: `meter-${i}`,
                UnitPrice,
                Quantity,
              }),
            );
          await importRows(runtime, partnerId, ofMonth, rows);
        }
        const open = await monthOf(runtime, partnerId, '2025-10');
        if (closesFirst) await closeMonth(runtime, partnerId, '2025-09');
        const later = await monthOf(runtime, partnerId, '2025-10');
        // Whether the month before is closed makes no difference to what this one comes to.
        expect(later).toEqual(open);
        for (const { balance, used, offer } of later.balances) {
          expect(balance).toBeGreaterThanOrEqual(0);
          expect(balance + used).toBe(offer.amount);
        }
        for (const ofMonth of ['2025-09', '2025-10']) {
          const source = await openMonth(runtime, partnerId, ofMonth);
          for (const partition of partitions) {
            for await (const { lines } of rateMonth(source, { partition })) {
              for (const { rows } of lines) {
                const parts = rows.reduce(
                  (sum, { exact }) =>
                    sum.plus(exact.offerPaid).plus(exact.earned).plus(exact.billed),
                  zero,
                );
                expect(parts.eq(costOf(rows[0]!.line))).toBe(true);
              }
            }
          }
        }
        const { daily, invoice } = await monthOf(runtime, partnerId, '2025-09');
        const billed = daily.reduce(
          (sum, each) => sum + Math.round(Number(each.BillingPreTaxTotal) * 100),
          0,
        );
        expect(Math.round(Number(invoice[2]) * 100)).toBe(billed);
      },
    ),
    { numRuns: 6 },
  );
}, 120_000);

test('ACO-05 imports of the same lines at the same moment store each once', async () => {
  const partnerId = await newPartner(runtime, 2);
  const rows = manyRows(partnerId, month, 300, 2);
  const results = await Promise.all(
    [rows, rows.toReversed(), rows.slice(100)].map((some) =>
      importRows(runtime, partnerId, month, some),
    ),
  );
  const { daily } = await monthOf(runtime, partnerId, month);
  expect(daily).toHaveLength(300);
  // The partitions' own count has lost none, whoever wrote at the same moment.
  const periods = await Promise.all(
    partitions.map((partition) =>
      runtime.tables.get(
        'billing',
        periodSchema,
        partitionKey(partnerId, month, partition),
        periodRow,
      ),
    ),
  );
  expect(periods.reduce((sum, period) => sum + (period?.value.lines ?? 0), 0)).toBe(300);
  expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(300);
  expect(results.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(500);
});

test('ACO-05 an import that was under way when its month was closed is PeriodClosed, and stores nothing more', async () => {
  const partnerId = await newPartner(runtime, 1);
  const partition = partitionOf(customerNumber(1));
  await importRows(runtime, partnerId, month, manyRows(partnerId, month, 5, 1));
  const writer = openPartition(runtime, { partnerId, month, partition }, false);
  const chunk = (name: string) => ({
    lines: new Map([
      [lineRow(customerNumber(1), `${month}-01|${name}`), { content: name, line: {} }],
    ]),
    longest: 100,
  });
  await writer.store({ lines: new Map(), longest: 0 });
  await closeMonth(runtime, partnerId, month);
  await expect(writer.store(chunk('late'))).rejects.toMatchObject({
    refusal: { code: 'PeriodClosed' },
  });
  const { status, daily } = await monthOf(runtime, partnerId, month);
  expect([status, daily.length]).toEqual(['closed', 5]);
});

test('ACO-01 balances stay at zero or above under concurrent closes and imports', async () => {
  const partnerId = await newPartner(runtime, 3);
  for (const customer of [1, 2, 3]) await giveOffer(runtime, partnerId, customer, 'A', 5_000);
  const rows = manyRows(partnerId, month, 300, 3);
  const late = manyRows(partnerId, month, 600, 3).slice(300);
  await importRows(runtime, partnerId, month, rows);
  const outcomes = await Promise.allSettled([
    closeMonth(runtime, partnerId, month),
    closeMonth(runtime, partnerId, month),
    importRows(runtime, partnerId, month, late),
    importRows(runtime, partnerId, '2025-10', manyRows(partnerId, '2025-10', 300, 3)),
  ]);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') {
      expect(outcome.reason).toBeInstanceOf(RefusalError);
      expect(['PeriodClosed', 'ConcurrentChange']).toContain(outcome.reason.refusal.code);
    }
  }
  await closeMonth(runtime, partnerId, month);
  const closed = await monthOf(runtime, partnerId, month);
  const following = await monthOf(runtime, partnerId, '2025-10');
  expect(closed.status).toBe('closed');
  for (const [i, balance] of following.balances.entries()) {
    expect(balance.balance).toBeGreaterThanOrEqual(0);
    expect(balance.used - balance.usedInMonth).toBe(closed.balances[i]?.used);
  }
});

test('ACO-05 a month beyond the host’s limits as one file is refused, naming the filter', async () => {
  const partnerId = await newPartner(runtime, 1);
  await importRows(runtime, partnerId, month, [row(partnerId, month)]);
  const value = { status: 'open', lines: mostLinesAtOnce + 1, generation: 0, longest: 1_000 };
  const write = { op: 'put', rowKey: periodRow, schema: periodSchema, value } as const;
  await runtime.tables.write('billing', partitionKey(partnerId, month, '00'), write, 'test');
  const call = { runtime, now, wantsCsv: true, pathAndQuery: '/' };
  const ask = (customerId?: string) =>
    dailyUsage(call, partnerId, month, { maxpagesize: 100, customerId });
  await expect(ask()).rejects.toMatchObject({
    refusal: { code: 'InvalidRequest', target: 'customerId' },
  });
  expect(await ask(customerNumber(1))).toHaveProperty('file');
});
