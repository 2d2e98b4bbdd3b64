/** Closing months over HTTP: order, what is fixed, what can no longer change (ACO-01 … ACO-04). */
import { expect, test } from 'vitest';
import { nextMonth } from '../../src/platform/calendar.ts';
import { day, send } from '../support/client.ts';
import { useStack } from '../support/stack.ts';
import { customerNumber, manyRows, row, usageCsv } from './support/files.ts';
import { billingWorld, earningFacts } from './support/world.ts';
import type { World } from './support/world.ts';

const stack = await useStack();
const [before, month, after] = ['2025-08', '2025-09', '2025-10'] as const;

const code = ({ text }: { text: string }) =>
  (JSON.parse(text) as { error: { code: string } }).error.code;

async function files(world: World, ofMonth: string) {
  const reports = ['daily-usage', 'reconciliation', 'invoice'] as const;
  const texts = reports.map(
    async (report) => (await world.csv(world.report(ofMonth, report))).text,
  );
  const balances = world.csv('credit-offer-balances', { invoiceMonth: ofMonth });
  return [...(await Promise.all(texts)), (await balances).text];
}

test('ACO-02 ACO-03 500 used last month and 200 this month of 1,000 is 700, balance 300, 200 in the month', async () => {
  const world = await billingWorld(stack);
  await world.putOffer(1, 'ACO-1', '1000.00');
  const usage = (ofMonth: string, UnitPrice: string) =>
    world.import(ofMonth, [row(world.partnerId, ofMonth, { UnitPrice, Quantity: '1' })]);
  await usage(before, '500');
  await usage(month, '200');
  const expected = {
    partnerId: world.partnerId,
    customerId: customerNumber(1),
    invoiceMonth: month,
    creditName: 'ACO',
    creditAmount: '700.00',
    status: 'Active',
    balanceAmount: '300.00',
    currencyCode: 'USD',
    agreementId: 'ACO-1',
    effectiveDate: '2024-01-01',
    expiryDate: '2030-01-01',
    usedInMonth: '200.00',
    provisional: true,
  };
  // With both months open, with the first closed, and with both closed: the same figures.
  expect(await world.balances(month)).toEqual([expected]);
  await world.closed(before);
  expect(await world.balances(month)).toEqual([expected]);
  await world.closed(month);
  expect(await world.balances(month)).toEqual([{ ...expected, provisional: false }]);
  const csv = await world.csv('credit-offer-balances', { invoiceMonth: month });
  expect(csv.text.split('\r\n')[1]).toBe(
    `${world.partnerId},${customerNumber(1)},${month},ACO,700.00,Active,300.00,USD,ACO-1,2024-01-01,2030-01-01`,
  );
  // A month later nothing was used, and it is told from there on.
  expect(await world.balances(after)).toMatchObject([
    { creditAmount: '700.00', usedInMonth: '0.00' },
  ]);
});

test('ACO-04 a closed month never changes again, whatever is sent and put', async () => {
  const world = await billingWorld(stack, 2);
  await world.putOffer(1, 'ACO-1', '40.00');
  await world.import(month, manyRows(world.partnerId, month, 150, 2));
  const provisional = await files(world, month);
  await world.closed(month);
  const closed = await files(world, month);
  expect(closed.map((text) => text.replaceAll(',false', ',true'))).toEqual(provisional);

  const more = usageCsv([row(world.partnerId, month, { MeterId: 'late' })]);
  expect(code(await world.send(month, more))).toBe('PeriodClosed');
  expect(code(await world.send(before, more.replaceAll(month, before)))).toBe('PeriodClosed');
  expect(code(await world.putOffer(1, 'ACO-1', '50.00'))).toBe('PeriodClosed');
  expect(code(await world.putOffer(2, 'NEW', '50.00'))).toBe('PeriodClosed');
  expect((await world.putOffer(1, 'ACO-1', '40.00')).status).toBe(200);
  const late = { effectiveDate: '2025-10-01', expiryDate: '2026-10-01' };
  expect((await world.putOffer(2, 'NEW', '50.00', late)).status).toBe(201);
  expect(code(await world.putCustomer(1, { ...earningFacts(1), access: [] }))).toBe('PeriodClosed');
  const ending = earningFacts(1).access.map((entry) => ({ ...entry, to: '2025-10-01' }));
  expect((await world.putCustomer(1, { ...earningFacts(1), access: ending })).status).toBe(200);
  expect(await files(world, month)).toEqual(closed);

  expect((await world.close(month)).status).toBe(202);
  expect(await world.status(month)).toBe('closed');
  expect(await files(world, month)).toEqual(closed);
});

test('ACO-04 months are closed one after the other, once they are over', async () => {
  const world = await billingWorld(stack);
  await world.import(before, [row(world.partnerId, before)]);
  await world.import(after, [row(world.partnerId, after)]);
  expect(code(await world.close(month))).toBe('EarlierPeriodOpen');
  expect(code(await world.close(after))).toBe('EarlierPeriodOpen');
  const answer = await world.close(before);
  expect(answer.headers.get('operation-location')).toBe(
    `${stack.baseUrl}/api/partners/${world.partnerId}/billing-periods/${before}?api-version=2026-12-01`,
  );
  await world.closed(before);
  expect(code(await world.close(after))).toBe('EarlierPeriodOpen');
  await world.closed(month);
  await world.closed(after);
  expect((await world.close(day().slice(0, 7))).status).toBe(400);
});

test('ACO-04 a month to come and what is no month are 400 with details on every route', async () => {
  const world = await billingWorld(stack);
  const details = ({ status, text }: { status: number; text: string }) => {
    expect(status, text).toBe(400);
    return (JSON.parse(text) as { error: { details: { code: string; target: string }[] } }).error
      .details;
  };
  const everywhere = (wrong: string) => [
    world.close(wrong),
    world.ask('GET', `billing-periods/${wrong}`),
    world.send(wrong, usageCsv([])),
    ...(['daily-usage', 'reconciliation', 'invoice'] as const).flatMap((report) => [
      world.ask('GET', world.report(wrong, report)),
      world.ask('GET', world.report(wrong, report), { headers: { accept: 'text/csv' } }),
    ]),
  ];
  const balances = (invoiceMonth: string) =>
    world.ask('GET', 'credit-offer-balances', { query: { invoiceMonth } });
  const inAMonth = nextMonth(day().slice(0, 7));
  for (const toCome of [inAMonth, '9999-01', '9999-12']) {
    for (const answer of await Promise.all(everywhere(toCome)))
      expect(details(answer)).toMatchObject([{ code: 'MonthToCome', target: 'month' }]);
    expect(details(await balances(toCome))).toMatchObject([
      { code: 'MonthToCome', target: 'invoiceMonth' },
    ]);
  }
  for (const wrong of ['2025-13', '2025-1', 'september', '1999-12', '10000-01']) {
    for (const answer of await Promise.all(everywhere(wrong)))
      expect(details(answer)).toMatchObject([{ code: 'InvalidField', target: 'month' }]);
    expect(details(await balances(wrong))).toMatchObject([{ target: 'invoiceMonth' }]);
  }
});

test('ACO-04 an empty month can be asked for and closed', async () => {
  const world = await billingWorld(stack);
  const invoice = () => world.json(world.report(month, 'invoice'));
  expect(await invoice()).toMatchObject({ currency: 'XXX', total: '0.00', provisional: true });
  expect(await world.list(world.report(month, 'daily-usage'))).toEqual([]);
  await world.closed(month);
  expect(await invoice()).toMatchObject({ total: '0.00', provisional: false });
});

test('ACO-05 an import beside a close lands before it or is PeriodClosed, never between', async () => {
  const world = await billingWorld(stack, 4);
  await world.putOffer(1, 'A', '30.00');
  await world.import(month, manyRows(world.partnerId, month, 40, 4));
  const rows = manyRows(world.partnerId, month, 1_200, 4);
  const parts = Array.from({ length: 6 }, (_, i) => rows.slice(i * 200, (i + 1) * 200));
  const [close, ...answers] = await Promise.all([
    world.close(month),
    ...parts.map((part) => world.send(month, usageCsv(part))),
  ]);
  expect(close.status).toBe(202);
  for (const answer of answers) {
    if (answer.status !== 200) expect(code(answer)).toBe('PeriodClosed');
  }
  await expect.poll(() => world.status(month), { timeout: 20_000 }).toBe('closed');
  // What is stored is what was rated: the sums as they were frozen are those of the lines that are there.
  const daily = world.rows((await world.csv(world.report(month, 'daily-usage'))).text);
  const cents = (text: string | undefined) => Math.round(Number(text) * 100);
  const sum = daily.reduce((total, line) => total + cents(line['BillingPreTaxTotal']), 0);
  expect(cents((await world.json(world.report(month, 'invoice'))).total)).toBe(sum);
  const [balance] = await world.balances(month);
  expect(Number(balance?.['balanceAmount'])).toBeGreaterThanOrEqual(0);
  expect(daily.length).toBeGreaterThanOrEqual(40);
});

test('PR-06 another partner’s month is not there, and PR-05 roles are kept', async () => {
  const [mine, theirs] = [await billingWorld(stack), await billingWorld(stack)];
  const stranger = await send(
    stack,
    'GET',
    `/api/partners/${theirs.partnerId}/billing-periods/${month}?api-version=2026-12-01`,
    { token: mine.billing },
  );
  expect(stranger.status).toBe(404);
  const refused = async (path: string, method = 'GET', token = mine.billing) =>
    expect((await mine.ask(method, path, { token })).status).toBe(403);
  await refused(`customers/${customerNumber(1)}`);
  await refused(`billing-periods/${month}/close`, 'POST');
  await refused(`billing-periods/${month}/close`, 'POST', mine.reporter);
  const admin = await stack.tokenFor({ roles: ['PartnerAdmin'], partner: mine.partnerId });
  await refused(`billing-periods/${month}/invoice`, 'GET', admin);
  await refused(`credit-offer-balances`, 'GET', mine.reporter);
});
