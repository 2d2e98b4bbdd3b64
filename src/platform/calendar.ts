/**
 * Dates, months and instants, all UTC, all strings that compare with `<`.
 *
 * Month arithmetic always starts at an anchor date: adding month by month drifts, since clamping to a
 * month's last day does not compose (31 January + 1 + 1 months is 28 March, 31 January + 2 is 31 March).
 */

/** `YYYY-MM-DDTHH:mm:ss.sssZ`, exactly as `Date.toISOString()` writes it. */
export type Instant = string;
/** `YYYY-MM-DD`. As a boundary it stands for 00:00Z of that day. */
export type DateOnly = string;
/** `YYYY-MM`. */
export type Month = string;

export const millisecondsPerHour = 3_600_000;
export const millisecondsPerDay = 24 * millisecondsPerHour;

const dateShape = /^\d{4}-\d{2}-\d{2}$/;
const monthShape = /^\d{4}-(?:0[1-9]|1[0-2])$/;
const rfc3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d+))?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Whether the text is a `YYYY-MM-DD` that exists in the calendar. */
export function isDate(text: string): boolean {
  if (!dateShape.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00.000Z`);
  // Date rolls 30 February over into March, so a date that exists is one that comes back unchanged.
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text;
}

/** Whether the text is a `YYYY-MM` with a month from 01 to 12. */
export function isMonth(text: string): boolean {
  return monthShape.test(text);
}

/** Whether the text is an instant in the one canonical form used inside. */
export function isInstant(text: string): boolean {
  return text.length === 24 && parseInstant(text) === text;
}

/** The instant at 00:00Z of a date. */
export function startOfDay(date: DateOnly): Instant {
  return `${date}T00:00:00.000Z`;
}

/** The UTC date on which an instant falls. */
export function dateOf(instant: Instant): DateOnly {
  return instant.slice(0, 10);
}

/** The UTC calendar month in which an instant or a date falls. */
export function monthOf(instantOrDate: string): Month {
  return instantOrDate.slice(0, 7);
}

/** The instant at 00:00Z of a month's first day. */
export function startOfMonth(month: Month): Instant {
  return `${month}-01T00:00:00.000Z`;
}

/** The calendar month after the given one. */
export function nextMonth(month: Month): Month {
  return monthOf(addMonths(`${month}-01`, 1));
}

/** The calendar month before the given one. */
export function previousMonth(month: Month): Month {
  return monthOf(addMonths(`${month}-01`, -1));
}

/** How many days a month has, 28 to 31. */
export function daysInMonth(month: Month): number {
  const { year, monthIndex } = fieldsOf(`${month}-01`);
  return lastDay(year, monthIndex);
}

/**
 * The date `months` calendar months after (before, when negative) the anchor, clamped to the last day of the
 * month it falls in: 2026-01-31 + 13 is 2027-02-28 (CR-11). Throws a RangeError on a date that does not exist.
 */
export function addMonths(date: DateOnly, months: number): DateOnly {
  const { year, monthIndex, day } = fieldsOf(date);
  return dateFrom(
    utc(year, monthIndex + months, Math.min(day, lastDay(year, monthIndex + months))),
  );
}

/** The date `years` later, 29 February becoming 28 February in a common year. */
export function addYears(date: DateOnly, years: number): DateOnly {
  return addMonths(date, 12 * years);
}

/** The date `days` later (earlier, when negative). */
export function addDays(date: DateOnly, days: number): DateOnly {
  const { year, monthIndex, day } = fieldsOf(date);
  return dateFrom(utc(year, monthIndex, day + days));
}

/** Whole days from one date to another; negative when `to` is the earlier one. */
export function daysBetween(from: DateOnly, to: DateOnly): number {
  return (timeOf(to) - timeOf(from)) / millisecondsPerDay;
}

/** The instant `milliseconds` later (earlier, when negative). */
export function addMilliseconds(instant: Instant, milliseconds: number): Instant {
  return new Date(Date.parse(instant) + milliseconds).toISOString();
}

/** The earlier of two dates or of two instants. */
export function earlier<T extends string>(one: T, other: T): T {
  return one < other ? one : other;
}

/**
 * Reads an RFC 3339 instant with any offset and gives its canonical UTC form, cut to the millisecond.
 * Gives undefined for anything else: no offset, a day or time that does not exist, a leap second (which
 * UTC clocks of this kind cannot hold), or a year outside 0000-9999 once moved to UTC.
 */
export function parseInstant(text: string): Instant | undefined {
  const match = rfc3339.exec(text);
  const date = match?.[1];
  if (match === null || date === undefined || match[4] === '60' || !isDate(date)) return undefined;
  const milliseconds = (match[5] ?? '').slice(0, 3).padEnd(3, '0');
  const offset = /[Zz]$/.test(text) ? 'Z' : text.slice(-6);
  const time = Date.parse(`${date}T${match[2]}:${match[3]}:${match[4]}.${milliseconds}${offset}`);
  const canonical = new Date(time).toISOString();
  return canonical.length === 24 ? canonical : undefined;
}

/** How an instant is shown on the wire: the canonical form without a zero fraction. */
export function formatInstant(instant: Instant): string {
  return instant.endsWith('.000Z') ? `${instant.slice(0, -5)}Z` : instant;
}

const words = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** A date as people read it: `15 January 2027`. */
export function dateInWords(date: DateOnly): string {
  return words.format(timeOf(date));
}

type Fields = { year: number; monthIndex: number; day: number };

/** Throws a RangeError on a date that does not exist. */
function fieldsOf(date: DateOnly): Fields {
  if (!isDate(date)) throw new RangeError(`Not a date: ${date}`);
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return { year, monthIndex: month - 1, day };
}

function timeOf(date: DateOnly): number {
  const { year, monthIndex, day } = fieldsOf(date);
  return utc(year, monthIndex, day);
}

/** 00:00Z of the day in milliseconds; a month or day beyond its range runs over into the next, as Date has it. */
function utc(year: number, monthIndex: number, day: number): number {
  // (Date.UTC would take the years 0 to 99 for the twentieth century's.)
  return new Date(0).setUTCFullYear(year, monthIndex, day);
}

function lastDay(year: number, monthIndex: number): number {
  return new Date(utc(year, monthIndex + 1, 0)).getUTCDate();
}

function dateFrom(time: number): DateOnly {
  const text = new Date(time).toISOString();
  if (text.length !== 24) throw new RangeError(`Beyond the years that a date can have: ${text}`);
  return dateOf(text);
}
