import { expect, test } from 'vitest';
import { currencyDigits, formatMoney, parseAmount } from '../../src/platform/money.ts';

test('digits are those of ISO 4217, also where print leaves them out', () => {
  const codes = ['HUF', 'COP', 'IDR', 'PKR', 'IQD', 'CLP', 'ISK', 'TND', 'XCG', 'ZWG'];
  expect(codes.map(currencyDigits)).toEqual([2, 2, 2, 2, 3, 0, 0, 3, 2, 2]);
  expect(formatMoney(parseAmount('1234.5', 'HUF')!, 'HUF').amount).toBe('1234.50');
});

test('every currency that Intl knows to be money today is known', () => {
  // Withdrawn ones that Intl keeps, and units of account that are no money.
  const gone = ['ANG', 'BGN', 'CUC', 'HRK', 'SLL', 'ZWL', 'XDR', 'XSU'];
  const missing = Intl.supportedValuesOf('currency').filter(
    (code) => currencyDigits(code) === undefined,
  );
  expect(missing.filter((code) => !gone.includes(code))).toEqual([]);
});
