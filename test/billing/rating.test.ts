import fc from 'fast-check';
import { expect, test } from 'vitest';

import { dailyNumericColumns, toDailyColumns } from '../../src/billing/daily-file.ts';
import { dailyUsageColumns } from '../../src/billing/data/daily-usage-columns.ts';
import { cut, decimal, formatDecimal, zero } from '../../src/billing/decimal.ts';
import { ratingOrderOf } from '../../src/billing/line-identity.ts';
import { createRater } from '../../src/billing/rating.ts';
import type { OfferBalance, RatedRow } from '../../src/billing/rating.ts';
import { computedColumns } from '../../src/billing/usage-line.ts';
import type { UsageLine } from '../../src/billing/usage-line.ts';
import { access, facts, machine, offer, usageLine } from './examples.ts';

function rateAll(
  lines: readonly UsageLine[],
  offers: readonly OfferBalance[] = [],
  customer = facts(),
) {
  const rater = createRater({ facts: customer, offers });
  const rows = lines
    .toSorted((one, other) => (ratingOrderOf(one) < ratingOrderOf(other) ? -1 : 1))
    .flatMap((line) => rater.rate(line));
  return { rows, offers: rater.offers(), file: rows.map(toDailyColumns) };
}
function sumOf(
  rows: readonly RatedRow[],
  pick: (row: RatedRow) => ReturnType<typeof decimal>,
): string {
  return formatDecimal(rows.reduce((sum, row) => sum.plus(pick(row)), zero));
}
const nobody = facts({ access: [] });
const thousand = usageLine({ UnitPrice: '10', Quantity: '100' });

test('PEC-05 0.868 × 29 with the credit is 21.39 at an effective price of 0.737586206896552', () => {
  expect(rateAll([usageLine()]).file).toEqual([
    expect.objectContaining({
      UnitPrice: '0.868',
      Quantity: '29',
      BillingPreTaxTotal: '21.39',
      PricingPreTaxTotal: '21.39',
      EffectiveUnitPrice: '0.737586206896552',
      PartnerEarnedCreditPercentage: '15',
      CreditPercentage: '0',
      CreditType: 'Partner Earned Credit Applied',
    }),
  ]);
});

test('PEC-05 without the credit the whole cost is billed, cut to cents', () => {
  expect(rateAll([usageLine()], [], nobody).file[0]).toMatchObject({
    BillingPreTaxTotal: '25.17',
    PartnerEarnedCreditPercentage: '0',
    CreditType: 'Credit Not Applied',
  });
});

test('PEC-06 of 1,000.00 the offer pays 400.00 and the rest earns: 510.00 billed', () => {
  const { file, offers } = rateAll([thousand], [offer()]);
  expect(file).toMatchObject([
    {
      Quantity: '40',
      BillingPreTaxTotal: '0.00',
      EffectiveUnitPrice: '0',
      PartnerEarnedCreditPercentage: '0',
      CreditPercentage: '100',
      CreditType: 'Azure Credit Applied',
    },
    {
      Quantity: '60',
      BillingPreTaxTotal: '510.00',
      EffectiveUnitPrice: '8.5',
      PartnerEarnedCreditPercentage: '15',
      CreditPercentage: '0',
      CreditType: 'Partner Earned Credit Applied',
    },
  ]);
  expect(offers).toMatchObject([{ remaining: 0, usedInMonth: 40_000 }]);
});

test('PEC-06 usage that an offer pays whole is one row and earns nothing', () => {
  const { file, offers } = rateAll([usageLine()], [offer()]);
  expect(file).toMatchObject([
    { Quantity: '29', BillingPreTaxTotal: '0.00', CreditType: 'Azure Credit Applied' },
  ]);
  expect(offers).toMatchObject([{ remaining: 40_000 - 2_517, usedInMonth: 2_517 }]);
});

test('PEC-06 an offer that holds exactly the cut cost pays the line whole', () => {
  expect(rateAll([usageLine()], [offer({ remaining: 2_517 })]).file).toHaveLength(1);
  expect(rateAll([usageLine()], [offer({ remaining: 2_516 })]).file).toHaveLength(2);
});

test('PEC-06 a price whose share has no end still gives quantities that add up', () => {
  const line = usageLine({ UnitPrice: '0.3', Quantity: '10' });
  const { rows, file } = rateAll([line], [offer({ remaining: 100 })]);
  expect(file.map((row) => row.Quantity)).toEqual(['3.33333333333333', '6.66666666666667']);
  expect(sumOf(rows, (row) => row.quantity)).toBe('10');
  expect(file[1]).toMatchObject({ BillingPreTaxTotal: '1.70' });
});

test('ACO-01 an offer pays from its effective date until before its expiry', () => {
  const dated = offer({ effectiveDate: '2026-11-05', expiryDate: '2026-11-07' });
  const lines = ['04', '05', '06', '07'].map((day) => usageLine({ UsageDate: `2026-11-${day}` }));
  expect(rateAll(lines, [dated]).rows.map((row) => row.creditType)).toEqual([
    'Partner Earned Credit Applied',
    'Azure Credit Applied',
    'Azure Credit Applied',
    'Partner Earned Credit Applied',
  ]);
});

test('ACO-01 the offer that expires first pays first, then effective date, then agreement id', () => {
  const late = offer({ agreementId: 'A', expiryDate: '2027-06-01' });
  const soon = offer({ agreementId: 'Z', expiryDate: '2026-12-01' });
  const older = offer({ agreementId: 'Y', expiryDate: '2026-12-01', effectiveDate: '2025-12-01' });
  const same = offer({ agreementId: 'B', expiryDate: '2026-12-01' });
  const { offers, rows } = rateAll([thousand], [late, soon, older, same]);
  expect(offers.map((each) => [each.agreementId, each.remaining])).toEqual([
    ['Y', 0],
    ['B', 0],
    ['Z', 20_000],
    ['A', 40_000],
  ]);
  expect(rows).toHaveLength(1);
});

test('ACO-01 offers do not pay for what is not Azure plan consumption of Microsoft', () => {
  const { rows, offers } = rateAll([usageLine({ PublisherName: 'Fabrikam' })], [offer()]);
  expect(rows.map((row) => row.creditType)).toEqual(['Credit Not Applied']);
  expect(offers).toMatchObject([{ remaining: 40_000 }]);
});

test('PEC-05 with an exchange rate the cut amount is multiplied and cut again', () => {
  const line = usageLine({ BillingCurrency: 'EUR', PCToBCExchangeRate: '0.9137' });
  expect(rateAll([line]).file[0]).toMatchObject({
    PricingPreTaxTotal: '21.39',
    BillingPreTaxTotal: '19.54',
  });
});

test('PEC-05 a currency without cents is cut to whole units, one with mills to three digits', () => {
  const yen = usageLine({ BillingCurrency: 'JPY', PCToBCExchangeRate: '155.3' });
  const dinar = usageLine({ BillingCurrency: 'KWD', PricingCurrency: 'KWD' });
  expect(rateAll([yen]).file[0]).toMatchObject({ BillingPreTaxTotal: '3321' });
  expect(rateAll([dinar]).file[0]).toMatchObject({ BillingPreTaxTotal: '21.396' });
});

test('ACO-01 an offer in the billing currency pays at the exchange rate, one in a third currency does not', () => {
  const line = usageLine({
    UnitPrice: '10',
    Quantity: '100',
    BillingCurrency: 'EUR',
    PCToBCExchangeRate: '0.8',
  });
  const euros = rateAll([line], [offer({ currency: 'EUR' })]);
  expect(euros.offers).toMatchObject([{ remaining: 0, usedInMonth: 40_000 }]);
  expect(euros.file).toMatchObject([
    { Quantity: '50' },
    { Quantity: '50', BillingPreTaxTotal: '340.00' },
  ]);
  expect(rateAll([line], [offer({ currency: 'GBP' })]).rows.map((row) => row.creditType)).toEqual([
    'Partner Earned Credit Applied',
  ]);
});

test('ACO-01 a balance too small for one pricing cent is still paid out', () => {
  const line = usageLine({ BillingCurrency: 'JPY', PCToBCExchangeRate: '155.3' });
  const { rows, offers } = rateAll([line], [offer({ currency: 'JPY', remaining: 1 })]);
  expect(offers).toMatchObject([{ remaining: 0, usedInMonth: 1 }]);
  expect(sumOf(rows, (row) => row.creditedBilling)).toBe('1');
});

test('PEC-05 usage of nothing costs nothing and uses no offer', () => {
  const { file, offers } = rateAll([usageLine({ Quantity: '0' })], [offer()]);
  expect(file).toMatchObject([{ BillingPreTaxTotal: '0.00', EffectiveUnitPrice: '0' }]);
  expect(offers).toMatchObject([{ remaining: 40_000 }]);
});

test('PEC-01 each day and each resource is judged by itself', () => {
  const customer = facts({ access: [access({ scope: machine, from: '2026-11-06' })] });
  const lines = [
    usageLine(),
    usageLine({ UsageDate: '2026-11-06' }),
    usageLine({ UsageDate: '2026-11-06', ResourceURI: `${machine}b` }),
  ];
  const earned = rateAll(lines, [], customer).rows.filter((row) => row.exact.earned.gt(zero));
  expect(earned.map((row) => [row.line.UsageDate, row.line.ResourceURI])).toEqual([
    ['2026-11-06', machine],
  ]);
});

test('PEC-07 a row has the 55 columns, passed through but for the computed ones and the quantity', () => {
  const line = usageLine({ Tags: '=1', PartnerName: 'Fabrikam', BenefitId: 'b' });
  const [row] = rateAll([line]).file;
  expect(new Set(Object.keys(row ?? {}))).toEqual(new Set(dailyUsageColumns));
  for (const column of dailyUsageColumns) {
    if (!(computedColumns as readonly string[]).includes(column)) {
      expect([column, row?.[column]]).toEqual([column, line[column as keyof UsageLine]]);
    }
    if (dailyNumericColumns.has(column)) expect(row?.[column]).toMatch(/^\d+(\.\d+)?$/);
  }
});

test('PEC-07 the numbers of the daily file are its eight numeric columns, all else is text', () => {
  expect([...dailyNumericColumns]).toEqual([
    'UnitPrice',
    'Quantity',
    'BillingPreTaxTotal',
    'PricingPreTaxTotal',
    'EffectiveUnitPrice',
    'PCToBCExchangeRate',
    'PartnerEarnedCreditPercentage',
    'CreditPercentage',
  ]);
});

test('PEC-06 two offers pay a line one after the other, in the pricing and the billing currency', () => {
  const line = usageLine({
    UnitPrice: '10',
    Quantity: '100',
    BillingCurrency: 'EUR',
    PCToBCExchangeRate: '0.8',
  });
  const dollars = offer({ agreementId: 'A', remaining: 10_000 });
  const euros = offer({ agreementId: 'B', currency: 'EUR', remaining: 8_000 });
  const { rows, offers, file } = rateAll([line], [dollars, euros]);
  expect(offers.map(({ remaining, usedInMonth }) => [remaining, usedInMonth])).toEqual([
    [0, 10_000],
    [0, 8_000],
  ]);
  expect(file.map((row) => row.Quantity)).toEqual(['20', '80']);
  const [paid, billed] = rows;
  const shown = [paid?.creditedPricing, paid?.creditedBilling, billed?.creditedBilling];
  expect(shown.map((each) => each && formatDecimal(each))).toEqual(['200', '160', '0']);
  expect(billed).toMatchObject({ creditType: 'Partner Earned Credit Applied' });
  expect(file[1]).toMatchObject({ PricingPreTaxTotal: '680.00', BillingPreTaxTotal: '544.00' });
});

test('PEC-06 what an offer pays whole and what it pays in part is cut in both currencies', () => {
  const line = usageLine({ BillingCurrency: 'EUR', PCToBCExchangeRate: '0.9137' });
  const credited = (...offers: OfferBalance[]) => {
    const row = rateAll([line], offers).rows[0];
    return [row?.exact.offerPaid, row?.creditedPricing, row?.creditedBilling].map(
      (each) => each && formatDecimal(each),
    );
  };
  expect(credited(offer())).toEqual(['25.172', '25.17', '22.99']);
  expect(credited(offer({ currency: 'EUR' }))).toEqual(['25.172', '25.17', '22.99']);
  expect(credited(offer({ remaining: 1_001 }))).toEqual(['10.01', '10.01', '9.14']);
  expect(credited(offer({ currency: 'EUR', remaining: 914 }))).toEqual([
    '10.0032833533982',
    '10',
    '9.14',
  ]);
});

test('ACO-01 an offer with nothing left, or out of its dates, is passed over for the next', () => {
  const { offers } = rateAll(
    [usageLine()],
    [
      offer({ agreementId: 'A', remaining: 0 }),
      offer({ agreementId: 'B', effectiveDate: '2026-11-06' }),
      offer({ agreementId: 'C', currency: 'GBP' }),
      offer({ agreementId: 'D' }),
    ],
  );
  expect(new Map(offers.map(({ agreementId, usedInMonth }) => [agreementId, usedInMonth]))).toEqual(
    new Map([
      ['A', 0],
      ['B', 0],
      ['C', 0],
      ['D', 2_517],
    ]),
  );
});

test('PEC-06 usage of less than a cent is paid by an offer that has something left, not by one used up', () => {
  const line = usageLine({ UnitPrice: '0.001', Quantity: '1' });
  const type = (remaining: number) => rateAll([line], [offer({ remaining })]).rows[0]?.creditType;
  expect(type(1)).toBe('Azure Credit Applied');
  expect(type(0)).toBe('Partner Earned Credit Applied');
});

test('ACO-01 the offers given and the offers told of are not the rater’s own', () => {
  const mine = offer();
  const rater = createRater({ facts: facts(), offers: [mine] });
  const before = rater.offers();
  rater.rate(usageLine());
  expect([mine, ...before].map(({ remaining }) => remaining)).toEqual([40_000, 40_000]);
});

test('PEC-01 more scopes a day than are remembered are judged as well, and days apart', () => {
  const customer = facts({ access: [access({ to: '2026-11-06' })] });
  const rater = createRater({ facts: customer, offers: [] });
  const credit = (UsageDate: string, ResourceURI: string) =>
    rater.rate(usageLine({ UsageDate, ResourceURI }))[0]?.creditType;
  const uris = Array.from({ length: 2_100 }, (_, index) => `${machine}${index}`);
  const types = new Set([...uris, ...uris].map((uri) => credit('2026-11-05', uri)));
  expect([...types]).toEqual(['Partner Earned Credit Applied']);
  expect(credit('2026-11-06', machine)).toBe('Credit Not Applied');
});

test('PEC-04 the month’s price list decides with the line what earns', () => {
  const rater = createRater({ facts: facts(), offers: [], priceList: () => undefined });
  expect(rater.rate(usageLine())[0]?.creditType).toBe('Credit Not Applied');
});

test('PEC-05 a line in no known currency is a defect', () => {
  const rater = createRater({ facts: facts(), offers: [offer()] });
  const line = { ...usageLine(), PricingCurrency: 'XQQ' };
  expect(() => rater.rate(line)).toThrow('Unknown currency XQQ');
});

test('PEC-06 lines out of order are a defect', () => {
  const rater = createRater({ facts: facts(), offers: [] });
  rater.rate(usageLine());
  expect(() => rater.rate(usageLine({ UsageDate: '2026-11-04' }))).toThrow(RangeError);
});

const price = fc.integer({ min: 0, max: 5_000_000 }).map((units) => `${units}e-5`);
const anyLines = fc.uniqueArray(
  fc.record({
    UnitPrice: price,
    Quantity: price,
    UsageDate: fc.integer({ min: 1, max: 6 }).map((day) => `2026-11-0${day}`),
    ResourceURI: fc.constantFrom(machine, `${machine}b`),
    MeterId: fc.nat({ max: 20 }).map(String),
    BillingCurrency: fc.constant('EUR'),
    PCToBCExchangeRate: fc.constantFrom('1', '0.9137', '1.25'),
  }),
  {
    maxLength: 12,
    selector: ({ UsageDate, ResourceURI, MeterId }) => `${UsageDate} ${ResourceURI} ${MeterId}`,
  },
);
const anyOffers = fc
  .array(
    fc.record({
      currency: fc.constantFrom('USD', 'EUR', 'GBP'),
      remaining: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 500_000 })),
      effectiveDate: fc.constantFrom('2026-01-01', '2026-11-03'),
      expiryDate: fc.constantFrom('2026-11-05', '2027-01-01'),
    }),
    { maxLength: 4 },
  )
  .map((list) => list.map((each, index) => offer({ ...each, agreementId: `ACO-${index}` })));
const someAccess = facts({ access: [access({ scope: machine, from: '2026-11-02' })] });

test('PEC-06 usage cost = offer paid + earned credit + billed, before the cut, row by row and line by line', () => {
  fc.assert(
    fc.property(anyLines, anyOffers, (changes, offers) => {
      const lines = changes.map(usageLine);
      const { rows } = rateAll(lines, offers, someAccess);
      for (const { exact } of rows) {
        expect(exact.cost.eq(exact.offerPaid.plus(exact.earned).plus(exact.billed))).toBe(true);
      }
      for (const line of lines) {
        const own = rows.filter((row) => row.line === line);
        expect(own.length === 1 || own.length === 2).toBe(true);
        expect(sumOf(own, (row) => row.quantity)).toBe(line.Quantity);
        const cost = decimal(line.UnitPrice).times(decimal(line.Quantity));
        expect(sumOf(own, (row) => row.exact.cost)).toBe(formatDecimal(cost));
      }
    }),
  );
});

test('ACO-01 no balance falls below zero, and what the offers lost is what the rows show as credited', () => {
  fc.assert(
    fc.property(anyLines, anyOffers, (changes, before) => {
      const euros = before.filter((each) => each.currency === 'EUR');
      const { rows, offers } = rateAll(changes.map(usageLine), euros, someAccess);
      for (const each of offers) {
        const start = euros.find(({ agreementId }) => agreementId === each.agreementId);
        expect(each.remaining).toBeGreaterThanOrEqual(0);
        expect(each.remaining + each.usedInMonth).toBe(start?.remaining);
      }
      const used = offers.reduce((sum, each) => sum + each.usedInMonth, 0);
      expect(sumOf(rows, (row) => row.creditedBilling)).toBe(formatDecimal(decimal(`${used}e-2`)));
    }),
  );
});

test('PEC-05 each total is its exact amount cut once, and never more than the price asks', () => {
  fc.assert(
    fc.property(anyLines, anyOffers, (changes, offers) => {
      for (const row of rateAll(changes.map(usageLine), offers, someAccess).rows) {
        expect(row.pricingTotal.eq(cut(row.exact.billed, 2))).toBe(true);
        const rate = decimal(row.line.PCToBCExchangeRate);
        expect(row.billingTotal.eq(cut(row.pricingTotal.times(rate), 2))).toBe(true);
      }
    }),
  );
});

test('ACO-01 the order of import and of the offers’ listing changes no byte, and rating twice gives the same', () => {
  const shuffled = anyLines.chain((changes) =>
    fc.tuple(fc.constant(changes), fc.shuffledSubarray(changes, { minLength: changes.length })),
  );
  fc.assert(
    fc.property(shuffled, anyOffers, ([changes, other], offers) => {
      const once = rateAll(changes.map(usageLine), offers, someAccess);
      const again = rateAll(other.map(usageLine), offers.toReversed(), someAccess);
      expect(JSON.stringify(again.file)).toBe(JSON.stringify(once.file));
      expect(again.offers).toEqual(once.offers);
    }),
  );
});
