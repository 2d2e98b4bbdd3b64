/** What one report of an open month may cost: pages, memory, and the event loop's turns (PEC-07, PEC-08, ACO-02). */
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMonth } from '../../src/billing/month-source.ts';
import type { MonthSource } from '../../src/billing/month-source.ts';
import { dailyUsage, offerBalances, reconciliation } from '../../src/billing/reports-service.ts';
import type { ReportCall, ReportQuery } from '../../src/billing/reports-service.ts';
import { dailyRows, invoiceTotals, reconciliationRows } from '../../src/billing/reports.ts';
import { usesAt, withUses } from '../../src/billing/report-places.ts';
import { createRater } from '../../src/billing/rating.ts';
import { createReconciler } from '../../src/billing/reconciliation.ts';
import type { Placed } from '../../src/billing/reports.ts';
import { testRuntime } from '../support/runtime.ts';
import { recordRequests } from '../support/storage-requests.ts';
import { facts, offer, usageLine } from './examples.ts';
import { countedTurns } from './support/counted-turns.ts';
import { giveOffer, importRows, newPartner, now } from './support/direct.ts';
import { customerNumber, manyRows, row } from './support/files.ts';

const [before, month] = ['2025-08', '2025-09'] as const;
const { runtime, hosts } = await testRuntime();

type Page = { value: Record<string, unknown>[]; nextLink?: string };
type Ask = (
  call: ReportCall,
  partnerId: string,
  month: string,
  query: ReportQuery,
) => Promise<unknown>;

/** A page of a list, and the token of the next one. */
async function page(ask: Ask, partnerId: string, maxpagesize: number, continuationToken?: string) {
  const call = { runtime, now, wantsCsv: false, pathAndQuery: '/x' };
  const answer = await ask(call, partnerId, month, { maxpagesize, continuationToken });
  const { value, nextLink } = (answer as { body: Page }).body;
  const token = nextLink && new URL(nextLink).searchParams.get('continuationToken');
  return { value, token: token ?? undefined };
}

async function allPages(ask: Ask, partnerId: string, maxpagesize: number) {
  const rows: Record<string, unknown>[] = [];
  let token: string | undefined;
  do {
    const next = await page(ask, partnerId, maxpagesize, token);
    rows.push(...next.value);
    ({ token } = next);
  } while (token !== undefined);
  return rows;
}

async function all<T>(batches: AsyncIterable<Placed<T>[]>): Promise<T[]> {
  const rows: T[] = [];
  for await (const batch of batches) rows.push(...batch.map((placed) => placed.row));
  return rows;
}

test('PEC-07 a page goes on where the last one ended, without a line of before it or a month of before', async () => {
  const partnerId = await newPartner(runtime, 1);
  await giveOffer(runtime, partnerId, 1, 'A', 20_000);
  await giveOffer(runtime, partnerId, 1, 'B', 30_000);
  await importRows(runtime, partnerId, before, manyRows(partnerId, before, 30, 1));
  await importRows(runtime, partnerId, month, manyRows(partnerId, month, 300, 1));
  const expected = await all(dailyRows(await openMonth(runtime, partnerId, month), {}));
  expect(new Set(expected.map(({ CreditType }) => CreditType)).size).toBe(2);

  const first = await page(dailyUsage, partnerId, 120);
  const { result: second, requests } = await recordRequests(hosts, () =>
    page(dailyUsage, partnerId, 120, first.token),
  );
  expect([...first.value, ...second.value]).toEqual(expected.slice(0, 240));
  const place = Buffer.from(first.token ?? '', 'base64url')
    .toString()
    .split('|');
  const given = place.slice(1, 5).join('|');
  const lines = requests.filter(({ path }) => path.includes("'line|"));
  expect(lines.length).toBeGreaterThan(0);
  for (const { path } of lines) {
    expect(path).not.toContain(before);
    const from = /RowKey g[et] '([^']*)'/.exec(path)?.[1] ?? '';
    // A line of which only the first row was given is read again.
    expect(from >= given.slice(0, -1)).toBe(true);
  }
  for (const size of [37, 1_000])
    expect(await allPages(dailyUsage, partnerId, size)).toEqual(expected);
});

test('PEC-07 a token that says what offers have paid, but not of these, is not believed', async () => {
  const partnerId = await newPartner(runtime, 1);
  await giveOffer(runtime, partnerId, 1, 'A', 20_000);
  await importRows(runtime, partnerId, month, manyRows(partnerId, month, 20, 1));
  const expected = await all(dailyRows(await openMonth(runtime, partnerId, month), {}));
  const first = await page(dailyUsage, partnerId, 10);
  const place = Buffer.from(first.token ?? '', 'base64url')
    .toString()
    .split('|')
    .slice(0, 6);
  for (const uses of ['zzzzzzzzz.', '.1,.1', '', '-1.', '1e9.', '😀.']) {
    const token = Buffer.from([...place, uses].join('|')).toString('base64url');
    const { value } = await page(dailyUsage, partnerId, 100, token);
    // Nothing used is what `''` says of one offer: a caller can only deceive the caller.
    if (uses !== '') expect(value).toEqual(expected.slice(10));
  }
  for (const odd of [
    '00|line|00000000-0000-4000-8000-000000000009|',
    '99|line|00000000-0000-4000-8000-000000000001|x|y|z|.',
  ]) {
    const token = Buffer.from(odd).toString('base64url');
    for (const ask of [dailyUsage, reconciliation])
      expect((await page(ask, partnerId, 100, token)).value).toBeInstanceOf(Array);
  }
});

test('PEC-07 what offers have paid comes back out of a place as it was', () => {
  const units = fc.integer({ min: 0, max: 5e11 });
  const uses = fc.uniqueArray(
    fc.record({
      agreementId: fc.stringMatching(/^[A-Za-z0-9._-]{1,8}$/),
      before: units,
      inMonth: units,
    }),
    { minLength: 1, maxLength: 100, selector: ({ agreementId }) => agreementId },
  );
  fc.assert(
    fc.property(uses, (some) => {
      const place = withUses('00|line|c|2025-09-05|h|z', some);
      const offers = some.map(({ agreementId }) => ({
        agreementId,
        customerId: 'c',
        amount: 1e12,
        currency: 'USD',
        effectiveDate: '2024-01-01',
        expiryDate: '2030-01-01',
        version: 1,
      }));
      const read = usesAt(place, offers) ?? [];
      const sorted = (list: typeof some) =>
        list.toSorted((one, other) => (one.agreementId < other.agreementId ? -1 : 1));
      expect(sorted(read)).toEqual(sorted(some));
      expect(Buffer.from(place).toString('base64url').length).toBeLessThan(4_000);
    }),
  );
});

test('PEC-07 PEC-08 a page of long lines ends before its size, and the next ones have the rest', async () => {
  const partnerId = await newPartner(runtime, 1);
  const long = 'x'.repeat(7_900);
  const rows = Array.from({ length: 300 }, (_, i) =>
    row(partnerId, month, {
      MeterId: `meter-${i}`,
      Tags: long,
      AdditionalInfo: long,
      ServiceInfo1: `${i}`,
    }),
  );
  await importRows(runtime, partnerId, month, rows);
  const first = await page(dailyUsage, partnerId, 1_000);
  expect(first.token).toBeDefined();
  expect(JSON.stringify(first.value).length).toBeLessThan(2_100_000);
  const listed = await allPages(dailyUsage, partnerId, 1_000);
  expect(new Set(listed.map((each) => each['ServiceInfo1'])).size).toBe(300);
  expect(await allPages(reconciliation, partnerId, 70)).toHaveLength(300);
});

test('PEC-08 too many meters for memory are reconciled round by round, to the same lines', () => {
  const usage = fc.array(
    fc.record({
      MeterId: fc.stringMatching(/^[a-f|~ ]{1,3}$/),
      Quantity: fc.integer({ min: 0, max: 90 }),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(usage, fc.integer({ min: 1, max: 12_000 }), (lines, most) => {
      const offers = [offer({ remaining: 3_000 })];
      const rater = createRater({ facts: facts(), offers });
      const rows = lines.flatMap((line) =>
        rater.rate(usageLine({ ...line, MeterId: `m${line.MeterId}` })),
      );
      const whole = createReconciler('2026-11');
      rows.forEach(whole.add);
      const inRounds = [];
      let after: string | undefined;
      for (;;) {
        const round = createReconciler('2026-11', { after, most });
        rows.forEach(round.add);
        inRounds.push(...round.meters());
        after = round.cutAfter();
        if (after === undefined) break;
      }
      expect(inRounds).toEqual([...whole.meters()]);
    }),
  );
});

test('PEC-08 pages of a reconciliation may end between a charge and its credit, with meters of any name', async () => {
  const partnerId = await newPartner(runtime, 2);
  await giveOffer(runtime, partnerId, 1, 'A', 900);
  const rows = ['a|b', 'ä~', 'A\tc', '0', ' |z'].flatMap((MeterId, i) => [
    row(partnerId, month, { MeterId, Quantity: '3' }),
    row(partnerId, month, { MeterId: `${i}`, CustomerId: customerNumber(2) }),
  ]);
  await importRows(runtime, partnerId, month, rows);
  const source = await openMonth(runtime, partnerId, month);
  const expected = await all(reconciliationRows(source, {}));
  expect(expected.filter(({ CreditReasonCode }) => CreditReasonCode !== '').length).toBeGreaterThan(
    1,
  );
  for (const size of [1, 2, 3])
    expect(await allPages(reconciliation, partnerId, size)).toEqual(expected);
});

test('ACO-02 balances go on in the middle of a customer', async () => {
  const partnerId = await newPartner(runtime, 3);
  for (const customer of [1, 2, 3])
    for (const name of ['A', 'B', 'C']) await giveOffer(runtime, partnerId, customer, name, 1_000);
  const listed = await allPages(offerBalances, partnerId, 2);
  expect(
    listed.map(({ customerId, agreementId }) => `${String(customerId)} ${String(agreementId)}`),
  ).toEqual(
    [1, 2, 3].flatMap((n) => ['A', 'B', 'C'].map((name) => `${customerNumber(n)} ${name}`)),
  );
});

test('PEC-07 PEC-08 reports of an open month give the event loop a turn every 20 ms', async () => {
  const partnerId = await newPartner(runtime, 1);
  await importRows(runtime, partnerId, month, manyRows(partnerId, month, 600, 1));
  const reports = [
    (source: MonthSource) => all(dailyRows(source, {})),
    (source: MonthSource) => all(reconciliationRows(source, {})),
    (source: MonthSource) => invoiceTotals(source, undefined),
  ];
  for (const report of reports) {
    const turns = countedTurns();
    await report(await openMonth(runtime, partnerId, month, turns));
    expect(turns.given()).toBeGreaterThanOrEqual(600 / 25);
  }
});

test('PEC-08 a month of distinct resources and meters is reconciled in a heap that could not hold it', async () => {
  const worker = new Worker(new URL('./support/distinct-month.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: 96 },
  });
  const meters = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('The worker ended without an answer')));
  });
  expect(meters).toBeGreaterThan(1_000);
}, 120_000);
