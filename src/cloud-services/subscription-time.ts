/**
 * The time arithmetic of subscriptions (KEY-05 to KEY-09), in exact fractions over calendar dates.
 *
 * A key of C licences is worth C × 12 licence-months. Both ways of putting it into a subscription of
 * A licences with B months left keep every one of them:
 *
 *     extend         A licences,     end date + (12 × C ÷ A) months
 *     add-licenses   A + C licences, today    + (A × B + C × 12) ÷ (A + C) months
 *
 * Extend, counted from the end date:
 *
 *     100 licences, a key of  25:  12 ×  25 ÷ 100 =  3 months
 *     100 licences, a key of 100:  12 × 100 ÷ 100 = 12 months
 *       5 licences, a key of  10:  12 ×  10 ÷   5 = 24 months
 *     100 licences, a key of 301:  12 × 301 ÷ 100 = 36.12 months, beyond the cap of 36: at most 300
 *
 * Add, counted from today: 100 licences with 2 months left and a key of 100 give 200 licences for
 * (100 × 2 + 100 × 12) ÷ 200 = 7 months.
 *
 * How many months lie between today and a date: the whole months m with today + m ≤ date, and then days over
 * the length of the month from today + m to today + m + 1. From 31 January to 14 March of a common year:
 * today + 1 is 28 February, today + 2 is 31 March, so 1 + 14/31 months. Going the other way takes the same steps
 * back, and only there is rounded: to the nearest day, an exact half to the later one. No floating point (KEY-09).
 */
import { addDays, addMonths, daysBetween } from '../platform/calendar.ts';
import type { DateOnly } from '../platform/calendar.ts';

/** An exact number of months: `numerator ÷ denominator`, not negative, the denominator above zero. */
export type Months = { numerator: bigint; denominator: bigint };

/** How long every key lasts (KEY-05). */
export const keyMonths = 12;
/** The longest single extension (KEY-07). */
export const longestExtensionMonths = 36;

/** The end of a subscription activated today: 12 months on (KEY-05). Exclusive, at 00:00Z, like every end. */
export function activatedEnd(today: DateOnly): DateOnly {
  return addMonths(today, keyMonths);
}

/** How far a key of `keyLicenses` extends a subscription of `licenses`: 12 × C ÷ A months, exactly (KEY-06). */
export function extensionMonths(licenses: number, keyLicenses: number): Months {
  return { numerator: BigInt(keyMonths) * BigInt(keyLicenses), denominator: BigInt(licenses) };
}

/** The end after extending: the end date and 12 × C ÷ A months (KEY-06). Does not look at the cap. */
export function extendedEnd(endDate: DateOnly, licenses: number, keyLicenses: number): DateOnly {
  return addExactMonths(endDate, extensionMonths(licenses, keyLicenses));
}

/** The most licences that a key may have to extend a subscription of so many (KEY-07). */
export function largestExtension(licenses: number): number {
  return (licenses * longestExtensionMonths) / keyMonths;
}

/** The end after adding: today and (A × B + C × 12) ÷ (A + C) months (KEY-08). `endDate` is not before today. */
export function addedEnd(
  today: DateOnly,
  endDate: DateOnly,
  licenses: number,
  keyLicenses: number,
): DateOnly {
  const left = monthsBetween(today, endDate);
  const present = BigInt(licenses);
  const added = BigInt(keyLicenses);
  return addExactMonths(today, {
    numerator: present * left.numerator + added * BigInt(keyMonths) * left.denominator,
    denominator: (present + added) * left.denominator,
  });
}

/**
 * Exactly how many months lie from one date to a later or equal one, counted from the first one's day of the
 * month (KEY-09). Throws a RangeError when `to` is before `from`.
 */
export function monthsBetween(from: DateOnly, to: DateOnly): Months {
  if (to < from) throw new RangeError('Months are counted forwards only');
  let whole = monthIndex(to) - monthIndex(from);
  if (addMonths(from, whole) > to) whole -= 1;
  const start = addMonths(from, whole);
  const length = daysBetween(start, addMonths(from, whole + 1));
  return {
    numerator: BigInt(whole * length + daysBetween(start, to)),
    denominator: BigInt(length),
  };
}

/**
 * The date so many months after the anchor: whole months first, then the fraction of the month that follows
 * them, rounded to the nearest day, an exact half to the later day (KEY-09).
 */
export function addExactMonths(anchor: DateOnly, { numerator, denominator }: Months): DateOnly {
  const whole = Number(numerator / denominator);
  const rest = numerator % denominator;
  const start = addMonths(anchor, whole);
  const length = BigInt(daysBetween(start, addMonths(anchor, whole + 1)));
  return addDays(start, Number((2n * rest * length + denominator) / (2n * denominator)));
}

function monthIndex(date: DateOnly): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7));
}
