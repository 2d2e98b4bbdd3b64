import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { addDays, addMonths, daysBetween } from '../../src/platform/calendar.ts';
import {
  activatedEnd,
  addedEnd,
  addExactMonths,
  extendedEnd,
  largestExtension,
  monthsBetween,
} from '../../src/cloud-services/subscription-time.ts';
import { anyDate, anyLicenses } from './fixtures.ts';

// Properties on a machine with much else to do: a generous limit, which nothing waits for.
vi.setConfig({ testTimeout: 30_000 });

test('KEY-05 a new subscription lasts 12 calendar months', () => {
  expect(activatedEnd('2026-11-22')).toBe('2027-11-22');
  expect(activatedEnd('2028-02-29')).toBe('2029-02-28');
});

test.each([
  [100, 25, 3],
  [100, 100, 12],
  [5, 10, 24],
  [100, 300, 36],
])('KEY-06 %i licences and a key of %i: %i months', (licenses, key, months) => {
  expect(extendedEnd('2026-11-30', licenses, key)).toBe(addMonths('2026-11-30', months));
});

test('KEY-07 the most a subscription can take is three times its licences', () => {
  expect(largestExtension(100)).toBe(300);
  expect(largestExtension(1)).toBe(3);
});

test('KEY-08 100 licences with 2 months left and 100 more: 7 months from today', () => {
  expect(addedEnd('2026-11-22', '2027-01-22', 100, 100)).toBe('2027-06-22');
});

test('KEY-09 months are counted from the first day, and the rest over the month it falls in', () => {
  expect(monthsBetween('2026-01-31', '2026-03-14')).toEqual({ numerator: 45n, denominator: 31n });
  expect(monthsBetween('2026-01-31', '2026-02-28')).toEqual({ numerator: 31n, denominator: 31n });
  expect(monthsBetween('2026-02-28', '2026-02-28')).toEqual({ numerator: 0n, denominator: 28n });
  expect(() => monthsBetween('2026-02-28', '2026-02-27')).toThrow(RangeError);
});

test('KEY-09 an exact half day goes to the later day, anything less to the earlier', () => {
  const half = { numerator: 1n, denominator: 2n };
  expect(addExactMonths('2026-01-10', half)).toBe('2026-01-26');
  expect(addExactMonths('2026-02-10', half)).toBe('2026-02-24');
  expect(
    addExactMonths('2026-01-10', { numerator: 10n ** 30n - 1n, denominator: 2n * 10n ** 30n }),
  ).toBe('2026-01-25');
});

test('KEY-09 counting and going back is exact from every day to every day', () => {
  fc.assert(
    fc.property(anyDate, fc.nat({ max: 2000 }), (from, days) => {
      const to = addDays(from, days);
      expect(addExactMonths(from, monthsBetween(from, to))).toBe(to);
    }),
    { numRuns: 1000 },
  );
});

test('KEY-06 equal licences extend by 12 calendar months from every day of a leap cycle', () => {
  for (let days = 0; days < 1461; days += 1) {
    const end = addDays('2025-01-01', days);
    const year = String(Number(end.slice(0, 4)) + 1);
    const expected = end.endsWith('-02-29') ? `${year}-02-28` : year + end.slice(4);
    expect(extendedEnd(end, (days % 300) + 1, (days % 300) + 1)).toBe(expected);
  }
});

test('KEY-06 KEY-09 an extension is exactly 12 C / L months, within half a day, ties to the later', () => {
  fc.assert(
    fc.property(anyDate, anyLicenses, anyLicenses, (end, licenses, wanted) => {
      const key = Math.min(wanted, 3 * licenses);
      const whole = Math.floor((12 * key) / licenses);
      const start = addMonths(end, whole);
      const length = daysBetween(start, addMonths(end, whole + 1));
      const days = daysBetween(start, extendedEnd(end, licenses, key));
      // Twice the error, times the licences, so that it is whole: -1/2 day < error ≤ 1/2 day.
      const doubled = 2 * licenses * days - 2 * ((12 * key) % licenses) * length;
      expect(doubled).toBeGreaterThan(-licenses);
      expect(doubled).toBeLessThanOrEqual(licenses);
    }),
    { numRuns: 1000 },
  );
});

test('KEY-08 adding licences conserves licence-months within half a day of the month it falls in', () => {
  fc.assert(
    fc.property(
      anyDate,
      fc.integer({ min: 1, max: 1500 }),
      anyLicenses,
      anyLicenses,
      (today, days, a, c) => {
        const end = addDays(today, days);
        const left = monthsBetween(today, end);
        const got = monthsBetween(today, addedEnd(today, end, a, c));
        const [A, C] = [BigInt(a), BigInt(c)];
        const exactNumerator = A * left.numerator + 12n * C * left.denominator;
        const exactDenominator = (A + C) * left.denominator;
        const whole = Number(exactNumerator / exactDenominator);
        const length = BigInt(daysBetween(addMonths(today, whole), addMonths(today, whole + 1)));
        const error = got.numerator * exactDenominator - exactNumerator * got.denominator;
        const size = error < 0n ? -error : error;
        expect(2n * length * size <= got.denominator * exactDenominator).toBe(true);
      },
    ),
    { numRuns: 1000 },
  );
});

test('KEY-06 two extends in the other order differ by at most 3 days', () => {
  fc.assert(
    fc.property(anyDate, anyLicenses, anyLicenses, anyLicenses, (end, licenses, one, two) => {
      const [a, b] = [Math.min(one, 3 * licenses), Math.min(two, 3 * licenses)];
      const oneWay = extendedEnd(extendedEnd(end, licenses, a), licenses, b);
      const other = extendedEnd(extendedEnd(end, licenses, b), licenses, a);
      expect(Math.abs(daysBetween(oneWay, other))).toBeLessThanOrEqual(3);
    }),
    { numRuns: 1500 },
  );
});

test('KEY-13 a later end date never becomes an earlier one by the same key, on which the plan relies', () => {
  fc.assert(
    fc.property(
      anyDate,
      fc.integer({ min: 1, max: 900 }),
      anyLicenses,
      anyLicenses,
      (today, days, a, c) => {
        const [end, later] = [addDays(today, days), addDays(today, days + 1)];
        expect(extendedEnd(later, a, c) >= extendedEnd(end, a, c)).toBe(true);
        expect(addedEnd(today, later, a, c) >= addedEnd(today, end, a, c)).toBe(true);
      },
    ),
    { numRuns: 1000 },
  );
});

test('KEY-08 what is added to an end that has come counts from today alone', () => {
  expect(addedEnd('2026-11-22', '2026-11-22', 100, 50)).toBe('2027-03-22');
  expect(addedEnd('2026-11-22', '2026-12-22', 50, 100)).toBe('2027-08-01');
});
