/** A month from its usage to its files, over HTTP. */
import { expect, test } from 'vitest';
import { dailyUsageColumns } from '../../src/billing/data/daily-usage-columns.ts';
import { reconciliationColumns } from '../../src/billing/data/reconciliation-columns.ts';
import { useStack } from '../support/stack.ts';
import { manyRows, row, usageCsv, usageJsonLines, customerNumber } from './support/files.ts';
import { billingWorld, earningFacts } from './support/world.ts';

const stack = await useStack();
const month = '2025-09';

test('PEC-05 PEC-06 PEC-07 PEC-08 the worked example, in all three files', async () => {
  const world = await billingWorld(stack);
  expect((await world.putOffer(1, 'ACO-1', '400.00')).status).toBe(201);
  await world.import(month, [row(world.partnerId, month, { UnitPrice: '10', Quantity: '100' })]);

  const daily = await world.csv(world.report(month, 'daily-usage'));
  expect(daily.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(daily.headers.get('content-disposition')).toBe(
    `attachment; filename="daily-usage-${month}.csv"`,
  );
  expect(daily.text.split('\r\n')[0]).toBe(dailyUsageColumns.join(','));
  expect(world.rows(daily.text)).toMatchObject([
    { CreditType: 'Azure Credit Applied', CreditPercentage: '100', BillingPreTaxTotal: '0.00' },
    {
      CreditType: 'Partner Earned Credit Applied',
      PartnerEarnedCreditPercentage: '15',
      BillingPreTaxTotal: '510.00',
      EffectiveUnitPrice: '8.5',
    },
  ]);

  const reconciliation = await world.csv(world.report(month, 'reconciliation'));
  expect(reconciliation.text.split('\r\n')[0]).toBe(reconciliationColumns.join(','));
  expect(world.rows(reconciliation.text)).toMatchObject([
    {
      Total: '910.00',
      CreditReasonCode: '',
      PriceAdjustmentDescription: '["15.0% Partner earned credit for services managed"]',
    },
    { Total: '-400.00', CreditReasonCode: 'Azure Credit', PriceAdjustmentDescription: '' },
  ]);
  expect(await world.json(world.report(month, 'invoice'))).toEqual({
    invoiceMonth: month,
    currency: 'USD',
    charges: '910.00',
    creditOfferApplied: '400.00',
    total: '510.00',
    provisional: true,
  });
  expect((await world.csv(world.report(month, 'invoice'))).text).toBe(
    `InvoiceMonth,Currency,Charges,CreditOfferApplied,Total,Provisional\r\n${month},USD,910.00,400.00,510.00,true\r\n`,
  );
});

test('PEC-09 why no credit: each condition with its remedy, for the roles that may ask', async () => {
  const world = await billingWorld(stack);
  await world.putCustomer(1, { ...earningFacts(1), access: [] });
  const query = {
    subscriptionId: '11111111-0000-4000-8000-000000000001',
    date: '2025-09-05',
  };
  const token = await stack.tokenFor({ roles: ['PartnerAdmin'], partner: world.partnerId });
  const path = `customers/${customerNumber(1)}/earned-credit`;
  const answer = await world.ask('GET', path, { token, query });
  const verdict = JSON.parse(answer.text);
  expect(verdict).toMatchObject({ eligible: false, rate: 0 });
  const failed = verdict.checks.find(({ name }: { name: string }) => name === 'access');
  expect(failed).toMatchObject({ passed: false });
  expect(failed.remedy).toContain('eligible role');

  await world.putCustomer(1);
  const now = JSON.parse((await world.ask('GET', path, { token, query })).text);
  expect(now).toMatchObject({ eligible: true, rate: 15 });
  const other = `customers/${customerNumber(2)}/earned-credit`;
  expect((await world.ask('GET', other, { token, query })).status).toBe(404);
  const reporter = { token: world.reporter, query };
  expect((await world.ask('GET', path, reporter)).status).toBe(403);
});

test('PEC-02 a customer’s facts come back as they are judged; conditions hold', async () => {
  const world = await billingWorld(stack);
  const path = `customers/${customerNumber(1)}`;
  const read = await world.ask('GET', path);
  expect(JSON.parse(read.text)).toMatchObject({
    id: customerNumber(1),
    agreement: [{ from: '2024-01-01T00:00:00Z' }],
  });
  const put = (etag: string) =>
    world.ask('PUT', path, {
      headers: { 'content-type': 'application/json', 'if-match': etag },
      body: JSON.stringify(earningFacts(1)),
    });
  expect((await put('"7"')).status).toBe(412);
  const saved = await put(read.headers.get('etag') ?? '');
  expect(saved.status).toBe(200);
  expect(saved.headers.get('etag')).toBe('"2"');
});

test('PEC-02 a customer with a thousand access entries is kept whole, and shrinks again', async () => {
  const world = await billingWorld(stack);
  const [entry] = earningFacts(1).access;
  const access = Array.from({ length: 1_000 }, (_, i) => ({
    ...entry,
    scope: `${entry!.scope}/resourcegroups/group-${i}-${'x'.repeat(200)}`,
    role: 'Quote " and \\ in a role',
  }));
  expect((await world.putCustomer(1, { ...earningFacts(1), access })).status).toBe(200);
  const path = `customers/${customerNumber(1)}`;
  expect(JSON.parse((await world.ask('GET', path)).text).access).toHaveLength(1_000);
  expect((await world.putCustomer(1)).status).toBe(200);
  expect(JSON.parse((await world.ask('GET', path)).text).access).toHaveLength(1);
});

test('ACO-05 the same file twice counts once, as CSV and as JSON lines', async () => {
  const world = await billingWorld(stack, 3);
  const rows = manyRows(world.partnerId, month, 500, 3);
  expect(await world.import(month, rows)).toEqual({ accepted: 500, duplicates: 0 });
  const before = await world.csv(world.report(month, 'daily-usage'));
  expect(await world.import(month, rows)).toEqual({ accepted: 0, duplicates: 500 });
  const json = await world.send(month, usageJsonLines(rows), 'application/x-ndjson');
  expect(JSON.parse(json.text)).toMatchObject({ accepted: 0, duplicates: 500 });
  // In another order and with one new row, the chunks are others.
  const more = [row(world.partnerId, month, { MeterId: 'new' }), ...rows.toReversed()];
  expect(await world.import(month, more)).toEqual({ accepted: 1, duplicates: 500 });
  const after = await world.csv(world.report(month, 'daily-usage'));
  expect(after.text.length).toBeGreaterThan(before.text.length);
  expect(world.rows(after.text)).toHaveLength(501);
});

test('ACO-05 a changed line replaces the earlier, the last one sent counts', async () => {
  const world = await billingWorld(stack);
  const line = (Quantity: string) => row(world.partnerId, month, { Quantity });
  const total = async () => (await world.json(world.report(month, 'invoice'))).total;
  await world.import(month, [line('29')]);
  expect(await total()).toBe('21.39');
  expect(await world.import(month, [line('10')])).toEqual({ accepted: 1, duplicates: 0 });
  expect(await total()).toBe('7.37');
  // The first file once more: it is the later one now.
  expect(await world.import(month, [line('29')])).toEqual({ accepted: 1, duplicates: 0 });
  expect(await total()).toBe('21.39');
  expect(await world.import(month, [line('5'), line('5'), line('30')])).toEqual({
    accepted: 2,
    duplicates: 1,
  });
});

test('ACO-05 files in any order give the same bytes', async () => {
  const texts = [];
  for (const order of [1, -1]) {
    const world = await billingWorld(stack, 2);
    await world.putOffer(1, 'A', '17.00');
    await world.putOffer(2, 'B', '33.33');
    const rows = manyRows('PARTNER', month, 300, 2).map((each) => ({
      ...each,
      PartnerId: world.partnerId,
    }));
    const files = [rows.slice(0, 110), rows.slice(110, 170), rows.slice(170)];
    for (const file of order === 1 ? files : files.toReversed()) await world.import(month, file);
    const reports = await Promise.all(
      (['daily-usage', 'reconciliation', 'invoice'] as const).map((report) =>
        world.csv(world.report(month, report)),
      ),
    );
    texts.push(reports.map(({ text }) => text.replaceAll(world.partnerId, 'PARTNER')));
  }
  expect(texts[0]).toEqual(texts[1]);
});

test('PEC-07 PEC-08 JSON and CSV agree, page by page, also where a page cuts a line in two', async () => {
  const world = await billingWorld(stack, 3);
  await world.putOffer(1, 'A', '17.00');
  await world.putOffer(2, 'B', '12.34');
  await world.import(month, manyRows(world.partnerId, month, 120, 3));
  for (const report of ['daily-usage', 'reconciliation'] as const) {
    const path = world.report(month, report);
    const file = world.rows((await world.csv(path)).text);
    for (const maxpagesize of ['1', '7', '1000']) {
      expect(await world.list(path, { maxpagesize })).toEqual(file);
    }
    const customerId = customerNumber(2);
    expect(await world.list(path, { customerId, maxpagesize: '9' })).toEqual(
      file.filter((each) => each['CustomerId'] === customerId),
    );
  }
  const query = { invoiceMonth: month };
  const balances = world.rows((await world.csv('credit-offer-balances', query)).text);
  const list = await world.list('credit-offer-balances', { ...query, maxpagesize: '1' });
  expect(list.map(({ agreementId, creditAmount }) => [agreementId, creditAmount])).toEqual(
    balances.map(({ AgreementID, CreditAmount }) => [AgreementID, CreditAmount]),
  );
});

test('PEC-08 spreadsheet formulas are neutralised in files, numbers stay numbers, JSON has the text', async () => {
  const world = await billingWorld(stack);
  await world.putOffer(1, 'A', '5.00');
  const formula = '=HYPERLINK("http://evil.example","x")';
  await world.import(month, [row(world.partnerId, month, { CustomerName: formula })]);
  const [line] = world.rows((await world.csv(world.report(month, 'daily-usage'))).text);
  expect(line).toMatchObject({ CustomerName: `'${formula}`, BillingPreTaxTotal: '0.00' });
  const [json] = await world.list(world.report(month, 'daily-usage'));
  expect(json).toMatchObject({ CustomerName: formula });
  const credit = world.rows((await world.csv(world.report(month, 'reconciliation'))).text)[1];
  expect(credit).toMatchObject({ CustomerName: `'${formula}`, Total: '-5.00' });
});

test('PEC-04 a price list decides what earns; a listed product tagged ThirdParty does not', async () => {
  // Price lists belong to the operator and so to all partners: this month is this test's alone.
  const listed = '2021-02';
  const world = await billingWorld(stack);
  const facts = JSON.parse(
    JSON.stringify(earningFacts(1)).replaceAll('2024-01-01', '2020-01-01'),
  ) as object;
  await world.putCustomer(1, facts);
  const lines = ['A', 'B', 'C'].map((ProductId) =>
    row(world.partnerId, listed, { ProductId, MeterId: ProductId }),
  );
  await world.import(listed, lines);
  const put = (body: string) =>
    fetch(`${stack.baseUrl}/api/price-lists/${listed}?api-version=2026-12-01`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${world.token}`, 'content-type': 'text/csv' },
      body,
    });
  const header = 'ProductTitle,ProductId,SkuId,Publisher,Tags';
  const answer = await put(
    `${header}\nOne,A,0001,Microsoft,\nTwo,B,0001,Other,"ThirdParty"\nBad,,0001,Microsoft,\n`,
  );
  expect(await answer.json()).toEqual({
    month: listed,
    products: 2,
    rejected: [{ line: 4, code: 'MissingValue', message: 'ProductId or SkuId is blank.' }],
    rejectedTotal: 1,
  });
  const types = async () =>
    Object.fromEntries(
      (await world.list(world.report(listed, 'daily-usage'))).map((each) => [
        each['ProductId'],
        each['PartnerEarnedCreditPercentage'],
      ]),
    );
  expect(await types()).toEqual({ A: '15', B: '0', C: '0' });
  expect((await put(`${header}\nOne,A,0001,Microsoft,\nThree,C,0001,Microsoft,\n`)).status).toBe(
    200,
  );
  expect(await types()).toEqual({ A: '15', B: '0', C: '15' });
  // Closed, the month keeps the list that it was closed with.
  await world.closed(listed);
  expect((await put(`${header}\nTwo,B,0001,Microsoft,\n`)).status).toBe(200);
  expect(await types()).toEqual({ A: '15', B: '0', C: '15' });
  const wrong = await put('ProductId,SkuId\nA,0001\n');
  expect(wrong.status).toBe(400);
  expect(JSON.stringify(await wrong.json())).toContain('Publisher');
});

test('ACO-05 the header of a CSV must be the 55 columns, in any order', async () => {
  const world = await billingWorld(stack);
  const good = usageCsv([row(world.partnerId, month)]);
  const [header = '', line = ''] = good.split('\n');
  const swap = (text: string) => {
    const cells = text.split(',');
    return [...cells.slice(1), cells[0]].join(',');
  };
  expect(line).not.toBe('');
  const wrong = await world.send(month, good.replace('UsageDate', 'Usage Date'));
  expect(wrong.status).toBe(400);
  expect(JSON.parse(wrong.text).error.details[0].message).toContain('Missing: "UsageDate"');
  expect((await world.send(month, '')).status).toBe(400);
  expect((await world.send(month, '\ufeff' + swap(header) + '\r\n')).status).toBe(200);
  expect((await world.send(month, good, 'application/xml')).status).toBe(415);
});
