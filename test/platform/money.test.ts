import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  currencyDigits,
  formatMoney,
  largestAmount,
  parseAmount,
} from '../../src/platform/money.ts';

test('currencies have the digits of ISO 4217', () => {
  expect(['USD', 'EUR', 'JPY', 'KWD'].map(currencyDigits)).toEqual([2, 2, 0, 3]);
});

test.each(['usd', 'ABC', 'US', '', '$'])('%s is no currency', (code) => {
  expect(currencyDigits(code)).toBeUndefined();
  expect(parseAmount('1', code)).toBeUndefined();
});

test.each([
  ['100', 'USD', 10_000],
  ['100.5', 'USD', 10_050],
  ['100.50', 'USD', 10_050],
  ['0', 'USD', 0],
  ['007.10', 'USD', 710],
  ['100', 'JPY', 100],
  ['1.234', 'KWD', 1_234],
  ['10000000000.00', 'USD', largestAmount],
])('%s %s is %i minor units', (text, currency, minorUnits) => {
  expect(parseAmount(text, currency)).toBe(minorUnits);
});

test.each([
  ['100.505', 'USD'],
  ['1.0', 'JPY'],
  ['-1', 'USD'],
  ['+1', 'USD'],
  ['1e3', 'USD'],
  ['1.', 'USD'],
  ['.5', 'USD'],
  [' 1', 'USD'],
  ['1,000', 'USD'],
  ['٣', 'USD'],
  ['', 'USD'],
  ['10000000000.01', 'USD'],
  ['9'.repeat(400), 'USD'],
])('%s %s is refused', (text, currency) => {
  expect(parseAmount(text, currency)).toBeUndefined();
});

test('amounts go out in full and come back the same', () => {
  expect(formatMoney(10_050, 'USD')).toEqual({ amount: '100.50', currency: 'USD' });
  expect(formatMoney(-5, 'USD')).toEqual({ amount: '-0.05', currency: 'USD' });
  expect(formatMoney(5, 'KWD')).toEqual({ amount: '0.005', currency: 'KWD' });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: largestAmount }),
      fc.constantFrom('USD', 'JPY', 'KWD'),
      (minorUnits, currency) => {
        const { amount } = formatMoney(minorUnits, currency);
        expect(parseAmount(amount, currency)).toBe(minorUnits);
      },
    ),
  );
});

test('an amount that cannot be exact is a defect and throws', () => {
  expect(() => formatMoney(0.5, 'USD')).toThrow(RangeError);
  expect(() => formatMoney(Number.MAX_SAFE_INTEGER + 1, 'USD')).toThrow(RangeError);
  expect(() => formatMoney(1, 'XX')).toThrow(RangeError);
});
