/** Stretches of time, `from` inclusive and `to` exclusive, and what eligibility needs to do with them. */
import { addDays, startOfDay } from '../platform/calendar.ts';
import type { DateOnly, Instant } from '../platform/calendar.ts';

export type Stretch = { from: Instant; to: Instant };

/** Sorts stretches and joins those that overlap or meet: until 12:00 and from 12:00 is one stretch. */
export function merge(stretches: readonly Stretch[]): Stretch[] {
  const merged: Stretch[] = [];
  for (const next of stretches.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = merged.at(-1);
    if (last === undefined || next.from > last.to) merged.push({ ...next });
    else if (next.to > last.to) last.to = next.to;
  }
  return merged;
}

/** What of `stretches` lies outside `taken`, merged. */
export function subtract(stretches: readonly Stretch[], taken: readonly Stretch[]): Stretch[] {
  const holes = merge(taken);
  const left: Stretch[] = [];
  let first = 0;
  for (const { from, to } of merge(stretches)) {
    while ((holes[first]?.to ?? to) <= from) first += 1;
    let start = from;
    for (let at = first; ; at += 1) {
      const hole = holes[at];
      if (hole === undefined || hole.from >= to) break;
      if (start < hole.from) left.push({ from: start, to: hole.from });
      start = hole.to;
    }
    if (start < to) left.push({ from: start, to });
  }
  return left;
}

/** The part of an open-ended period that falls within a stretch; undefined when nothing does. */
export function within(
  period: { from?: Instant | undefined; to?: Instant | undefined },
  bounds: Stretch,
): Stretch | undefined {
  const from = period.from !== undefined && period.from > bounds.from ? period.from : bounds.from;
  const to = period.to !== undefined && period.to < bounds.to ? period.to : bounds.to;
  return from < to ? { from, to } : undefined;
}

/** Whether merged stretches cover the whole of a stretch. */
export function covers(merged: readonly Stretch[], whole: Stretch): boolean {
  return merged.some((stretch) => stretch.from <= whole.from && stretch.to >= whole.to);
}

/** A UTC day as a stretch of 24 hours. */
export function dayOf(date: DateOnly): Stretch {
  return { from: startOfDay(date), to: startOfDay(addDays(date, 1)) };
}
