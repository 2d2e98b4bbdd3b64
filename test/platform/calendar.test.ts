import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addDays,
  addMilliseconds,
  addMonths,
  addYears,
  dateOf,
  daysBetween,
  daysInMonth,
  earlier,
  formatInstant,
  isDate,
  isInstant,
  isMonth,
  monthOf,
  nextMonth,
  parseInstant,
  previousMonth,
  startOfDay,
  startOfMonth,
} from '../../src/platform/calendar.ts';

const instants = fc
  .date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const dates = instants.map(dateOf);

test('CR-11 thirteen months from 31 January end on the last day of February', () => {
  expect(addMonths('2026-01-31', 13)).toBe('2027-02-28');
  expect(addMonths('2027-01-31', 13)).toBe('2028-02-29');
  expect(addMonths('2026-03-31', -1)).toBe('2026-02-28');
});

test('adding months goes from the anchor, so clamping does not drift', () => {
  expect(addMonths('2026-01-31', 2)).toBe('2026-03-31');
  fc.assert(
    fc.property(dates, fc.integer({ min: -600, max: 600 }), (date, months) => {
      const moved = addMonths(date, months);
      const index = (text: string) => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7));
      expect(index(moved)).toBe(index(date) + months);
      const day = Math.min(Number(date.slice(8)), daysInMonth(monthOf(moved)));
      expect(Number(moved.slice(8))).toBe(day);
    }),
  );
});

test('years and days', () => {
  expect(addYears('2028-02-29', 1)).toBe('2029-02-28');
  expect(addYears('2028-02-29', 4)).toBe('2032-02-29');
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  fc.assert(
    fc.property(dates, dates, (from, to) => {
      expect(addDays(from, daysBetween(from, to))).toBe(to);
    }),
  );
});

test('a month, its neighbours and its boundaries', () => {
  expect(nextMonth('2026-12')).toBe('2027-01');
  expect(previousMonth('2027-01')).toBe('2026-12');
  expect(startOfMonth('2026-12')).toBe('2026-12-01T00:00:00.000Z');
  expect(daysInMonth('2028-02')).toBe(29);
  fc.assert(
    fc.property(instants, (instant) => {
      const month = monthOf(instant);
      expect(startOfMonth(month) <= instant && instant < startOfMonth(nextMonth(month))).toBe(true);
      expect(previousMonth(nextMonth(month))).toBe(month);
      expect(startOfDay(dateOf(instant)) <= instant).toBe(true);
    }),
  );
});

test('instants compare as strings, whatever is added', () => {
  fc.assert(
    fc.property(instants, fc.integer({ min: 1, max: 1e11 }), (instant, milliseconds) => {
      const later = addMilliseconds(instant, milliseconds);
      expect(later > instant).toBe(true);
      expect(earlier(later, instant)).toBe(instant);
      expect(addMilliseconds(later, -milliseconds)).toBe(instant);
    }),
  );
});

test.each([
  ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000Z'],
  ['2026-11-22t10:00:00.5z', '2026-11-22T10:00:00.500Z'],
  ['2026-01-01T00:30:00.123999+02:00', '2025-12-31T22:30:00.123Z'],
  ['2026-12-31T23:00:00-05:30', '2027-01-01T04:30:00.000Z'],
])('%s is read as %s', (text, instant) => {
  expect(parseInstant(text)).toBe(instant);
});

test.each([
  '2026-11-22',
  '2026-11-22T10:00:00',
  '2026-11-22 10:00:00Z',
  '2026-02-30T10:00:00Z',
  '2026-11-22T24:00:00Z',
  '2026-12-31T23:59:60Z',
  '2026-11-22T10:00:00+24:00',
  '9999-12-31T23:59:59-01:00',
  '0000-01-01T00:00:00+01:00',
  '',
])('%s is no instant', (text) => {
  expect(parseInstant(text)).toBeUndefined();
});

test('an instant survives being shown and read again', () => {
  expect(formatInstant('2027-02-28T00:00:00.000Z')).toBe('2027-02-28T00:00:00Z');
  expect(formatInstant('2027-02-28T00:00:00.120Z')).toBe('2027-02-28T00:00:00.120Z');
  fc.assert(
    fc.property(instants, (instant) => {
      expect(parseInstant(formatInstant(instant))).toBe(instant);
      expect(isInstant(instant)).toBe(true);
    }),
  );
});

test('dates, months and instants that do not exist are told apart', () => {
  expect(['2028-02-29', '2026-02-29', '2026-13-01', '2026-1-1', '2026-00-10'].map(isDate)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(['2026-12', '2026-13', '2026-00', '2026'].map(isMonth)).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(isInstant('2027-02-28T00:00:00Z')).toBe(false);
});
