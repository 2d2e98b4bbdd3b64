/**
 * The formulas of subscription-time.ts again, in whole numbers only, for the plan's search, which applies them
 * millions of times, where calendar objects and big integers would take far too long. Just as exact: every
 * intermediate is a safe integer for a million licences in all and a century to come. A property test holds the
 * two equal, and a plan's promised results are computed by subscription-time.ts itself.
 */
import type { DateOnly } from '../platform/calendar.ts';
import { keyMonths } from './subscription-time.ts';

/** A date as month index × 32 + day of the month: dates in order are numbers in order. */
export type PackedDate = number;

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Packs a `YYYY-MM-DD`. */
export function packDate(date: DateOnly): PackedDate {
  const month = Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
  return month * 32 + Number(date.slice(8, 10));
}

/** The `YYYY-MM-DD` again. */
export function unpackDate(date: PackedDate): DateOnly {
  const month = date >> 5;
  const parts = [Math.floor(month / 12), (month % 12) + 1, date & 31];
  return parts.map((part, index) => String(part).padStart(index === 0 ? 4 : 2, '0')).join('-');
}

/** `extendedEnd` (KEY-06). */
export function extendedEndPacked(
  end: PackedDate,
  licenses: number,
  keyLicenses: number,
): PackedDate {
  return addMonthsPacked(end, keyMonths * keyLicenses, licenses);
}

/** `addedEnd` (KEY-08); with no licences yet it is `activatedEnd` (KEY-05). */
export function addedEndPacked(
  today: PackedDate,
  end: PackedDate,
  licenses: number,
  keyLicenses: number,
): PackedDate {
  let whole = (end >> 5) - (today >> 5);
  if (addWholeMonths(today, whole) > end) whole -= 1;
  const start = addWholeMonths(today, whole);
  const length = daysApart(start, addWholeMonths(today, whole + 1));
  const left = whole * length + daysApart(start, end);
  return addMonthsPacked(
    today,
    licenses * left + keyLicenses * keyMonths * length,
    (licenses + keyLicenses) * length,
  );
}

/** `addExactMonths` of numerator ÷ denominator months (KEY-09). */
function addMonthsPacked(anchor: PackedDate, numerator: number, denominator: number): PackedDate {
  const rest = numerator % denominator;
  const whole = (numerator - rest) / denominator;
  const start = addWholeMonths(anchor, whole);
  const length = daysApart(start, addWholeMonths(anchor, whole + 1));
  const doubled = 2 * rest * length + denominator;
  const days = (doubled - (doubled % (2 * denominator))) / (2 * denominator);
  const room = monthLength(start >> 5) - (start & 31);
  return days <= room ? start + days : ((start >> 5) + 1) * 32 + days - room;
}

function addWholeMonths(date: PackedDate, months: number): PackedDate {
  const month = (date >> 5) + months;
  return month * 32 + Math.min(date & 31, monthLength(month));
}

/** Days from a date to one of the same month or the next. */
function daysApart(from: PackedDate, to: PackedDate): number {
  const sameMonth = from >> 5 === to >> 5;
  return (to & 31) - (from & 31) + (sameMonth ? 0 : monthLength(from >> 5));
}

function monthLength(month: number): number {
  const year = Math.floor(month / 12);
  const leapFebruary = month % 12 === 1 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return leapFebruary ? 29 : (monthLengths[month % 12] ?? 0);
}
