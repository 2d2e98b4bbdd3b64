import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  cut,
  decimal,
  formatAmount,
  formatDecimal,
  fromMinorUnits,
  parseDecimal,
  ratio,
  ratioBelow,
  toMinorUnits,
} from '../../src/billing/decimal.ts';

function read(text: string): string {
  const value = parseDecimal(text);
  return typeof value === 'string' ? value : formatDecimal(value);
}

test.each([
  ['0', '0'],
  ['-0', '0'],
  ['007.50', '7.5'],
  ['.5', '0.5'],
  ['5.', '5'],
  ['1E-05', '0.00001'],
  ['1.25e+3', '1250'],
  ['-3.10', '-3.1'],
  ['999999999999999.5', '999999999999999.5'],
  ['0.000000000000000000000000000001', '0.000000000000000000000000000001'],
])('PEC-05 %s is read as %s', (text, shown) => {
  expect(read(text)).toBe(shown);
});

test.each([
  '',
  ' 1',
  '1 ',
  '1,5',
  '1.000,50',
  '0x10',
  'NaN',
  'Infinity',
  '+1',
  '--1',
  '1e',
  '.',
  '1.2.3',
  '١',
])('ACO-05 "%s" is not a number', (text) => {
  expect(read(text)).toBe('not-a-number');
});

test.each(['1e15', '1000000000000000', '1e999', '1e-31', '9'.repeat(61), `0.${'3'.repeat(80)}`])(
  'ACO-05 %s is too large',
  (text) => {
    expect(read(text)).toBe('too-large');
  },
);

test('ACO-05 a number of a million digits is refused without being worked out', () => {
  expect(read('9'.repeat(1_000_000))).toBe('too-large');
  expect(read('x'.repeat(1_000_000))).toBe('not-a-number');
});

test('PEC-05 0.868 × 29 × 0.85 is cut to 21.39 and the effective price has 15 digits', () => {
  const exact = decimal('0.868').times(decimal('29')).times(decimal('0.85'));
  expect(formatDecimal(exact)).toBe('21.3962');
  expect(formatAmount(cut(exact, 2), 2)).toBe('21.39');
  expect(formatDecimal(ratio(cut(exact, 2), decimal('29')))).toBe('0.737586206896552');
});

test('PEC-05 cutting goes towards zero and shows no negative zero', () => {
  expect(formatAmount(cut(decimal('-1.999'), 2), 2)).toBe('-1.99');
  expect(formatAmount(cut(decimal('-0.001'), 2), 2)).toBe('0.00');
  expect(formatAmount(cut(decimal('12.9'), 0), 0)).toBe('12');
});

test('PEC-05 no JavaScript float gets in', () => {
  expect(() => decimal('1').times(0.1)).toThrow();
});

test('ACO-02 an amount that is no whole number of minor units is a defect', () => {
  expect(toMinorUnits(decimal('400.00'), 2)).toBe(40_000);
  expect(() => toMinorUnits(decimal('0.001'), 2)).toThrow(RangeError);
  expect(() => toMinorUnits(decimal('1e20'), 2)).toThrow(RangeError);
});

const units = fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 });

test('PEC-05 minor units survive the way to a decimal and back', () => {
  fc.assert(
    fc.property(units, fc.integer({ min: 0, max: 3 }), (amount, digits) => {
      expect(toMinorUnits(fromMinorUnits(amount, digits), digits)).toBe(amount === 0 ? 0 : amount);
    }),
  );
});

test('PEC-05 a cut loses less than one minor unit, and a cut ratio times its divisor never exceeds the whole', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 1_000_000_000 }), (dividend, divisor) => {
      const whole = decimal(`${dividend}e-4`);
      const lost = whole.minus(cut(whole, 2));
      expect(lost.gte(decimal('0')) && lost.lt(decimal('0.01'))).toBe(true);
      const part = ratioBelow(whole, decimal(`${divisor}`));
      expect(part.times(decimal(`${divisor}`)).lte(whole)).toBe(true);
    }),
  );
});

test('PEC-05 a ratio is the nearest number of 15 digits, of all signs and sizes', () => {
  const number = fc
    .tuple(fc.bigInt({ min: 1n, max: 10n ** 30n }), fc.integer({ min: -30, max: 0 }), fc.boolean())
    .map(([digits, exponent, negative]) => decimal(`${negative ? '-' : ''}${digits}e${exponent}`));
  fc.assert(
    fc.property(number, number, (dividend, divisor) => {
      const result = ratio(dividend, divisor);
      const halfUnit = decimal(`0.5e${result.e - 14}`);
      const error = dividend.minus(result.times(divisor)).abs();
      expect(error.lte(halfUnit.times(divisor).abs())).toBe(true);
      expect(result.c.length).toBeLessThanOrEqual(15);
      expect(ratioBelow(dividend, divisor).times(divisor).abs().lte(dividend.abs())).toBe(true);
    }),
  );
});

test.each([
  ['1', '8', '0.125'],
  ['-10', '4', '-2.5'],
  ['0', '7', '0'],
  ['2', '3', '0.666666666666667'],
  ['1000000000000005', '10', '100000000000000'],
  ['1000000000000015', '10', '100000000000002'],
  ['10000000000000050000000001', '100000000000', '100000000000001'],
  ['1000003000000005000016', '1000003', '1000000000000010'],
])('PEC-05 %s ÷ %s is %s', (dividend, divisor, shown) => {
  expect(formatDecimal(ratio(decimal(dividend), decimal(divisor)))).toBe(shown);
});

test('PEC-05 nothing is divided by zero', () => {
  expect(() => ratio(decimal('1'), decimal('0'))).toThrow(RangeError);
});
