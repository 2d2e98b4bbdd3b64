/** Our date arithmetic against that of the language's coming Temporal. */
import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import {
  addDays,
  addMonths,
  addYears,
  daysBetween,
  daysInMonth,
  monthOf,
} from '../../src/platform/calendar.ts';

const dates = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9000-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const amounts = fc.integer({ min: -600, max: 600 });
const plain = (date: string) => Temporal.PlainDate.from(date, { overflow: 'reject' });
const inYears = (date: string) => date >= '0000-01-01' && date.length === 10;

test('CR-11 months, years and days are added as Temporal adds them', () => {
  fc.assert(
    fc.property(dates, amounts, (date, amount) => {
      const expected = [
        plain(date).add({ months: amount }),
        plain(date).add({ years: amount }),
        plain(date).add({ days: amount }),
      ].map(String);
      fc.pre(expected.every(inYears));
      expect([addMonths(date, amount), addYears(date, amount), addDays(date, amount)]).toEqual(
        expected,
      );
    }),
    { numRuns: 2_000 },
  );
});

test('days of a month, and between two dates, are as Temporal has them', () => {
  fc.assert(
    fc.property(dates, dates, (from, to) => {
      expect(daysBetween(from, to)).toBe(plain(from).until(plain(to)).days);
      expect(daysInMonth(monthOf(from))).toBe(plain(from).daysInMonth);
    }),
    { numRuns: 2_000 },
  );
});

test('dates that do not exist, and years beyond four digits, are defects', () => {
  expect(() => addDays('2026-02-30', 1)).toThrow(RangeError);
  expect(() => addMonths('9999-12-31', 1)).toThrow(RangeError);
});
