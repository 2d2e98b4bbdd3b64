import { expect, test } from 'vitest';

import {
  creditOfferBody,
  offerBalanceColumns,
  offerBalanceNumericColumns,
  reportOffer,
  toOfferColumns,
  toOfferJson,
} from '../../src/billing/credit-offer.ts';
import type { CreditOffer } from '../../src/billing/credit-offer.ts';
import { customerId, partnerId } from './examples.ts';

const given: CreditOffer = {
  customerId,
  agreementId: 'ACO-1',
  amount: 100_000,
  currency: 'USD',
  effectiveDate: '2026-10-01',
  expiryDate: '2027-10-01',
};
const november = { partnerId, invoiceMonth: '2026-11', provisional: true };

test('ACO-02 500 used last month and 200 this month of 1,000 is 700, balance 300', () => {
  const report = reportOffer(given, november, { before: 50_000, inMonth: 20_000 });
  expect(report && Object.values(toOfferColumns(report))).toEqual([
    partnerId,
    customerId,
    '2026-11',
    'ACO',
    '700.00',
    'Active',
    '300.00',
    'USD',
    'ACO-1',
    '2026-10-01',
    '2027-10-01',
  ]);
  expect(report && Object.keys(toOfferColumns(report))).toEqual(offerBalanceColumns);
});

test('ACO-03 ACO-04 as JSON with the month’s own use, and whether it is provisional', () => {
  const report = reportOffer(given, november, { before: 50_000, inMonth: 20_000 });
  expect(report && toOfferJson(report)).toEqual({
    partnerId,
    customerId,
    invoiceMonth: '2026-11',
    creditName: 'ACO',
    creditAmount: '700.00',
    status: 'Active',
    balanceAmount: '300.00',
    currencyCode: 'USD',
    agreementId: 'ACO-1',
    effectiveDate: '2026-10-01',
    expiryDate: '2027-10-01',
    usedInMonth: '200.00',
    provisional: true,
  });
});

test.each([
  ['2026-11-02', 'Expired'],
  ['2026-11-30', 'Expired'],
  ['2026-12-01', 'Active'],
])('ACO-01 an offer until %s is %s as of the end of November', (expiryDate, status) => {
  const report = reportOffer({ ...given, expiryDate }, november, { before: 0, inMonth: 0 });
  expect(report).toMatchObject({ status, balance: 100_000 });
});

test('ACO-02 an offer is in the report from the month in which it takes effect', () => {
  const use = { before: 0, inMonth: 0 };
  expect(reportOffer({ ...given, effectiveDate: '2026-12-01' }, november, use)).toBeUndefined();
  expect(reportOffer({ ...given, effectiveDate: '2026-11-30' }, november, use)).toBeDefined();
});

test('ACO-02 more use than was given is a defect, never a negative balance', () => {
  expect(() => reportOffer(given, november, { before: 100_000, inMonth: 1 })).toThrow(RangeError);
});

test('ACO-01 an offer’s body is checked and read in minor units', () => {
  const body = {
    amount: { amount: '1000.5', currency: 'USD' },
    effectiveDate: '2026-01-01',
    expiryDate: '2027-01-01',
  };
  expect(creditOfferBody.parse(body)).toEqual({
    amount: 100_050,
    currency: 'USD',
    effectiveDate: '2026-01-01',
    expiryDate: '2027-01-01',
  });
  for (const bad of [
    { ...body, extra: 1 },
    { ...body, amount: { amount: '0', currency: 'USD' } },
    { ...body, amount: { amount: '1.005', currency: 'USD' } },
    { ...body, amount: { amount: '1', currency: 'XQQ' } },
    { ...body, amount: { amount: 1, currency: 'USD' } },
    { ...body, effectiveDate: '2026-02-30' },
    { ...body, expiryDate: '2026-01-01' },
  ]) {
    expect(creditOfferBody.safeParse(bad).success).toBe(false);
  }
});

test.each([
  ['amount', { amount: { amount: '0', currency: 'USD' } }, /^Give an amount above zero/],
  ['amount', { amount: { amount: '1.005', currency: 'USD' } }, /^Give an amount above zero/],
  ['effectiveDate', { effectiveDate: '2026-02-30' }, /^Give a date that exists, as YYYY-MM-DD/],
  ['expiryDate', { expiryDate: '2027-01-01T00:00:00Z' }, /^Give a date that exists/],
  ['expiryDate', { expiryDate: '2026-01-01' }, /^The offer must expire after it takes effect/],
  ['amount.amount', { amount: { amount: '0'.repeat(21), currency: 'USD' } }, /20/],
  ['amount.currency', { amount: { amount: '1', currency: 'EURO' } }, /3/],
])(
  'ACO-01 a body whose %s is wrong is refused once, saying what to give',
  (path, change, message) => {
    const { error } = creditOfferBody.safeParse({
      amount: { amount: '1000', currency: 'USD' },
      effectiveDate: '2026-01-01',
      expiryDate: '2027-01-01',
      ...change,
    });
    expect(error?.issues).toMatchObject([{ message: expect.stringMatching(message) as string }]);
    expect(error?.issues[0]?.path.join('.')).toBe(path);
  },
);

test('ACO-02 an offer that takes effect on a month’s last day, or is used up whole, is reported', () => {
  const use = { before: 60_000, inMonth: 40_000 };
  const report = reportOffer({ ...given, effectiveDate: '2026-11-30' }, november, use);
  expect(report).toMatchObject({ used: 100_000, balance: 0, usedInMonth: 40_000 });
});

test('ACO-02 the report’s two amounts are numbers, all else is text', () => {
  expect([...offerBalanceNumericColumns]).toEqual(['CreditAmount', 'BalanceAmount']);
});
