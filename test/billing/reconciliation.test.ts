import fc from 'fast-check';
import { expect, test } from 'vitest';

import { reconciliationColumns } from '../../src/billing/data/reconciliation-columns.ts';
import { decimal, formatDecimal, zero } from '../../src/billing/decimal.ts';
import { createRater } from '../../src/billing/rating.ts';
import type { OfferBalance, RatedRow } from '../../src/billing/rating.ts';
import {
  addInvoices,
  addToInvoice,
  createReconciler,
  earnedCreditDescription,
  emptyInvoice,
  parseInvoice,
  reconciliationNumericColumns,
} from '../../src/billing/reconciliation.ts';
import { access, facts, machine, offer, usageLine } from './examples.ts';

function rated(
  changes: readonly Record<string, unknown>[],
  offers: readonly OfferBalance[] = [],
  customer = facts(),
) {
  const rater = createRater({ facts: customer, offers });
  return changes.flatMap((each) => rater.rate(usageLine(each)));
}
function reconciled(rows: readonly RatedRow[]) {
  const reconciler = createReconciler('2026-11');
  for (const row of rows) reconciler.add(row);
  return [...reconciler.meters()].flatMap(({ lines }) => lines);
}
function invoiced(rows: readonly RatedRow[]) {
  const { charges, creditOfferApplied, total } = rows.reduce(addToInvoice, emptyInvoice);
  return [charges, creditOfferApplied, total].map(formatDecimal);
}
const thousand = { UnitPrice: '10', Quantity: '100' };

test('PEC-08 a line has the 46 columns', () => {
  const [line] = reconciled(rated([{}]));
  expect(new Set(Object.keys(line ?? {}))).toEqual(new Set(reconciliationColumns));
});

test('PEC-08 days and resources of one meter make one line', () => {
  const rows = rated([
    {},
    { UsageDate: '2026-11-06' },
    { UsageDate: '2026-11-06', ResourceURI: '', ResourceGroup: 'b' },
  ]);
  expect(reconciled(rows)).toEqual([
    expect.objectContaining({
      CustomerName: 'Contoso',
      UnitPrice: '0.868',
      Quantity: '87',
      BillableQuantity: '87',
      Subtotal: '64.17',
      TaxTotal: '0.00',
      Total: '64.17',
      Currency: 'USD',
      EffectiveUnitPrice: '0.737586206896552',
      PriceAdjustmentDescription: '["15.0% Partner earned credit for services managed"]',
      MeterDescription: 'D2s v5',
      ChargeStartDate: '2026-11-01',
      ChargeEndDate: '2026-11-30',
      CreditReasonCode: '',
    }),
  ]);
});

test('PEC-08 without the credit the description is blank', () => {
  const [line] = reconciled(rated([{}], [], facts({ access: [] })));
  expect(line).toMatchObject({ PriceAdjustmentDescription: '', Subtotal: '25.17' });
});

test('PEC-08 meters and subscriptions have lines of their own, in their order', () => {
  const rows = rated([
    { MeterId: 'b' },
    { MeterId: 'a' },
    { MeterId: 'A' },
    { SubscriptionId: '0', MeterId: 'z' },
  ]);
  expect(reconciled(rows).map((line) => [line.SubscriptionId, line.Quantity])).toEqual([
    ['0', '29'],
    ['d3f3b5c0-0000-4000-8000-00000000000a', '58'],
    ['d3f3b5c0-0000-4000-8000-00000000000a', '29'],
  ]);
});

test('PEC-06 PEC-08 charges 910.00, credit −400.00 as `Azure Credit`, invoice total 510.00', () => {
  const rows = rated([thousand], [offer()]);
  expect(reconciled(rows)).toMatchObject([
    {
      Quantity: '100',
      Subtotal: '910.00',
      CreditReasonCode: '',
      PriceAdjustmentDescription: earnedCreditDescription,
    },
    {
      Quantity: '-40',
      Subtotal: '-400.00',
      Total: '-400.00',
      CreditReasonCode: 'Azure Credit',
      PriceAdjustmentDescription: '',
    },
  ]);
  expect(invoiced(rows)).toEqual(['910', '400', '510']);
});

test('PEC-08 usage that an offer paid whole shows in full and is taken off again', () => {
  expect(reconciled(rated([{}], [offer()])).map((line) => line.Total)).toEqual(['25.17', '-25.17']);
});

test('PEC-08 values that differ within a line are left blank, prices are averaged', () => {
  const [line] = reconciled(
    rated([
      { UnitPrice: '1', Quantity: '1', SkuName: 'A' },
      { UnitPrice: '2', Quantity: '3', SkuName: 'B', ResourceURI: '' },
    ]),
  );
  expect(line).toMatchObject({
    SkuName: '',
    UnitPrice: '1.75',
    ProductName: 'Virtual Machines Dsv5 Series',
  });
});

test('PEC-08 totals are in the billing currency, rates and prices in the pricing currency', () => {
  const [line] = reconciled(rated([{ BillingCurrency: 'EUR', PCToBCExchangeRate: '0.5' }]));
  expect(line).toMatchObject({
    Subtotal: '10.69',
    Currency: 'EUR',
    PricingCurrency: 'USD',
    PCToBCExchangeRate: '0.5',
    EffectiveUnitPrice: '0.737586206896552',
  });
});

test('PEC-08 partial totals of customers and shards add up', () => {
  const one = rated([thousand], [offer()]).reduce(addToInvoice, emptyInvoice);
  expect(formatDecimal(addInvoices(one, one).total)).toBe('1020');
});

test('PEC-08 every column that the two files share is passed on, and the rest is blank or computed', () => {
  const texts = {
    CustomerDomainName: 'contoso.example',
    CustomerCountry: 'US',
    InvoiceNumber: 'T1',
    MPNID: '1000',
    ResellerMPNID: '2000',
    PublisherId: 'P1',
    UnitType: '1 Hour',
    PCToBCExchangeRateDate: '2026-11-01',
  };
  const line = usageLine(texts);
  const shared = [
    ...([
      'PartnerId',
      'CustomerId',
      'CustomerName',
      'ProductId',
      'SkuId',
      'AvailabilityId',
    ] as const),
    ...(['SkuName', 'ProductName', 'ChargeType', 'UnitPrice', 'PublisherName'] as const),
    ...(['SubscriptionDescription', 'PricingCurrency', 'PCToBCExchangeRate'] as const),
  ];
  expect(reconciled(rated([texts]))).toEqual([
    {
      ...texts,
      ...Object.fromEntries(shared.map((column) => [column, line[column]])),
      OrderId: '',
      OrderDate: '',
      Quantity: '29',
      Subtotal: '21.39',
      TaxTotal: '0.00',
      Total: '21.39',
      Currency: 'USD',
      PriceAdjustmentDescription: earnedCreditDescription,
      SubscriptionId: line.SubscriptionId,
      ChargeStartDate: '2026-11-01',
      ChargeEndDate: '2026-11-30',
      TermAndBillingCycle: '',
      EffectiveUnitPrice: '0.737586206896552',
      AlternateId: '',
      BillableQuantity: '29',
      BillingFrequency: '',
      MeterDescription: 'D2s v5',
      ReservationOrderId: '',
      CreditReasonCode: '',
      SubscriptionStartDate: '',
      SubscriptionEndDate: '',
      ReferenceID: '',
      ProductQualifiers: '',
      PromotionID: '',
    },
  ]);
});

test('PEC-08 the numbers of the reconciliation file are its eight numeric columns, all else is text', () => {
  expect([...reconciliationNumericColumns]).toEqual([
    'UnitPrice',
    'Quantity',
    'Subtotal',
    'TaxTotal',
    'Total',
    'EffectiveUnitPrice',
    'BillableQuantity',
    'PCToBCExchangeRate',
  ]);
});

test('PEC-08 a line without a subscription ID goes by its entitlement', () => {
  const [line] = reconciled(rated([{ SubscriptionId: '' }]));
  expect(line?.SubscriptionId).toBe('3a2b1c00-0000-4000-8000-000000000001');
});

test('PEC-06 PEC-08 the credit line has the paid part’s quantity and price, the charge the whole', () => {
  const priced = { ...thousand, BillingCurrency: 'EUR', PCToBCExchangeRate: '0.5' };
  const lines = reconciled(rated([priced, { ...priced, ResourceURI: '' }], [offer()]));
  expect(lines).toMatchObject([
    {
      Quantity: '200',
      BillableQuantity: '200',
      Subtotal: '880.00',
      Total: '880.00',
      EffectiveUnitPrice: '8.8',
    },
    {
      Quantity: '-40',
      BillableQuantity: '-40',
      Subtotal: '-200.00',
      Total: '-200.00',
      TaxTotal: '0.00',
      EffectiveUnitPrice: '10',
      MeterDescription: 'D2s v5',
    },
  ]);
});

test('PEC-08 a line earned where any of its usage did', () => {
  const customer = facts({ access: [access({ scope: machine })] });
  const mixed = [{}, { ResourceURI: `${machine}b` }, { MeterId: 'z', ResourceURI: `${machine}b` }];
  expect(
    reconciled(rated(mixed, [], customer)).map((line) => line.PriceAdjustmentDescription),
  ).toEqual([earnedCreditDescription, '']);
});

const meter = (index: number) => ({ SubscriptionId: 's', MeterId: `m${index}` });
const keysOf = (reconciler: ReturnType<typeof createReconciler>) =>
  [...reconciler.meters()].map(({ key }) => key.slice(2));

test('PEC-08 a part of a month’s meters: from a key on, and behind one', () => {
  const rows = rated([1, 2, 3, 4].map(meter));
  const keys = (options: Parameters<typeof createReconciler>[1]) => {
    const reconciler = createReconciler('2026-11', options);
    for (const row of rows) reconciler.add(row);
    expect(reconciler.cutAfter()).toBeUndefined();
    return keysOf(reconciler).join();
  };
  expect(keys({})).toBe('m1,m2,m3,m4');
  expect(keys({ from: 's\nm3' })).toBe('m3,m4');
  expect(keys({ after: 's\nm3' })).toBe('m4');
  expect(keys({ from: 's\nm2', after: 's\nm1' })).toBe('m2,m3,m4');
});

test.each([[[1, 2, 3, 4, 5, 6]], [[6, 5, 4, 3, 2, 1]], [[3, 6, 1, 5, 2, 4]]])(
  'PEC-08 of more meters than there is room for the first ones are kept, whatever their order: %j',
  (order) => {
    // A meter takes 2,000 bytes and its texts, some 700: three have room, four have not.
    const rows = rated(order.map(meter).flatMap((each) => [each, { ...each, ResourceURI: '' }]));
    const found: string[] = [];
    let after: string | undefined;
    for (let part = 0; part < 6; part += 1) {
      const reconciler = createReconciler('2026-11', { after, most: 9_000 });
      for (const row of rows) reconciler.add(row);
      for (const { lines } of reconciler.meters()) expect(lines[0]?.Quantity).toBe('58');
      const keys = keysOf(reconciler);
      expect(keys.length).toBeGreaterThan(0);
      expect(keys.length).toBeLessThan(4);
      found.push(...keys);
      after = reconciler.cutAfter();
      if (after === undefined) break;
      expect(after).toBe(`s\n${keys.at(-1)}`);
    }
    expect(found).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']);
  },
);

test('PEC-08 meters that have room are all kept; of more, as many as take half of it', () => {
  const kept = (count: number) => {
    const reconciler = createReconciler('2026-11', { most: 27_000 });
    for (const row of rated([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].slice(0, count).map(meter))) {
      reconciler.add(row);
    }
    return [keysOf(reconciler).length, reconciler.cutAfter() === undefined];
  };
  expect(kept(9)).toEqual([9, true]);
  const [length, whole] = kept(12);
  expect(length).toBeGreaterThan(2);
  expect(length).toBeLessThan(9);
  expect(whole).toBe(false);
});

test('PEC-08 one meter is kept even where it alone has no room', () => {
  const reconciler = createReconciler('2026-11', { most: 1 });
  for (const row of rated([meter(1), meter(2)])) reconciler.add(row);
  expect(keysOf(reconciler)).toEqual(['m1']);
  expect(reconciler.cutAfter()).toBe('s\nm1');
});

test('PEC-08 totals are read back as they were, and each of the three adds up', () => {
  const stored = { charges: '910.00', creditOfferApplied: '400.00', total: '510.00' };
  const invoice = parseInvoice(stored);
  const { charges, creditOfferApplied, total } = addInvoices(invoice, invoice);
  expect([charges, creditOfferApplied, total].map(formatDecimal)).toEqual(['1820', '800', '1020']);
});

const anyRows = fc.uniqueArray(
  fc.record({
    UnitPrice: fc.integer({ min: 0, max: 100_000 }).map((units) => `${units}e-4`),
    Quantity: fc.integer({ min: 0, max: 100_000 }).map((units) => `${units}e-3`),
    ResourceGroup: fc.nat({ max: 9 }).map(String),
    ResourceURI: fc.constant(''),
    MeterId: fc.constantFrom('m1', 'm2', 'm3'),
  }),
  { maxLength: 15, selector: ({ ResourceGroup, MeterId }) => ResourceGroup + MeterId },
);

test('PEC-08 the file, the invoice, the daily rows and the offers agree to the cent', () => {
  fc.assert(
    fc.property(anyRows, fc.integer({ min: 0, max: 100_000 }), (changes, remaining) => {
      const rater = createRater({ facts: facts(), offers: [offer({ remaining })] });
      const rows = changes.flatMap((each) => rater.rate(usageLine(each)));
      const sum = (texts: string[]) =>
        formatDecimal(texts.reduce((total, text) => total.plus(decimal(text)), zero));
      const lines = reconciled(rows);
      const [charges = '', credited = '', total = ''] = invoiced(rows);
      const used = rater.offers().reduce((all, each) => all + each.usedInMonth, 0);
      expect(sum(lines.map((line) => line.Total))).toBe(total);
      expect(
        sum(lines.filter((line) => line.CreditReasonCode === '').map((line) => line.Total)),
      ).toBe(charges);
      expect(sum(rows.map((row) => formatDecimal(row.billingTotal)))).toBe(total);
      expect(sum([credited, total])).toBe(charges);
      expect(credited).toBe(formatDecimal(decimal(`${used}e-2`)));
    }),
  );
});
