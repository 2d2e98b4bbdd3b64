/** How far a partner's months are closed (ACO-04): states, and what may still change. Values only. */
import { monthOf, nextMonth, startOfDay, startOfMonth } from '../platform/calendar.ts';
import type { Instant, Month } from '../platform/calendar.ts';
import { refuse } from '../platform/refusals.ts';
import type { Refusal } from '../platform/refusals.ts';
import type { CustomerFacts } from './customer.ts';

/** What of a partner's billing state these rules need; see `billingStateSchema`. */
export type Months = {
  closedThrough?: Month | undefined;
  closing?: Month | undefined;
  open: readonly { month: Month; currency: string }[];
};

export type PeriodStatus = 'open' | 'closing' | 'closed';

/** A month's status. Months before the first one closed had no usage and count as closed with it. */
export function statusOfMonth({ closedThrough, closing }: Months, month: Month): PeriodStatus {
  if (closedThrough !== undefined && month <= closedThrough) return 'closed';
  return closing !== undefined && month <= closing ? 'closing' : 'open';
}

/** The refusal of a month that has not begun; undefined for any other. */
export function refuseToCome(month: Month, now: Instant, target = 'month'): Refusal | undefined {
  if (month <= monthOf(now)) return undefined;
  return refuse('InvalidRequest', 'The month has not begun; see details.', {
    target,
    details: [{ code: 'MonthToCome', target, message: `${month} is still to come` }],
  });
}

/** The last month that nothing can change any more, or undefined. */
export function fixedThrough({ closedThrough, closing }: Months): Month | undefined {
  return closing ?? closedThrough;
}

/**
 * Whether a close of the month may begin: it must be over, and the one before closed. Where nothing was ever closed,
 * any month may be the first that has no earlier one with usage.
 */
export function refuseClose(state: Months, month: Month, now: Instant): Refusal | undefined {
  const toCome = refuseToCome(month, now);
  if (toCome) return toCome;
  if (month === monthOf(now)) {
    return refuse('InvalidRequest', 'A month can be closed once it is over; see details.', {
      target: 'month',
      details: [{ code: 'MonthNotOver', target: 'month', message: `${month} is not over yet` }],
    });
  }
  const { closedThrough, closing, open } = state;
  const earliest = open.map((each) => each.month).toSorted()[0];
  const before =
    closing ??
    (earliest !== undefined && earliest < month
      ? earliest
      : closedThrough !== undefined && nextMonth(closedThrough) < month
        ? nextMonth(closedThrough)
        : undefined);
  return before === undefined
    ? undefined
    : refuse('EarlierPeriodOpen', `Close ${before} first: it is not closed yet.`, {
        target: 'month',
      });
}

/** The refusal of a change that bears on a closed month. */
export function periodClosed(message: string): Refusal {
  return refuse('PeriodClosed', message);
}

/**
 * What of a customer's facts bears on the time before an instant, in one spelling: two customers' facts that give the
 * same text give the same verdict on every day before it.
 */
export function bearingBefore(facts: CustomerFacts, end: Instant): string {
  const clipped = (entries: readonly { from?: Instant | undefined; to?: Instant | undefined }[]) =>
    entries
      .filter(({ from }) => from === undefined || from < end)
      .map((entry) => ({
        ...entry,
        to: entry.to === undefined || entry.to > end ? end : entry.to,
      }))
      .map((entry) => JSON.stringify(Object.entries(entry).toSorted(byName)))
      .toSorted();
  return JSON.stringify([
    clipped(facts.agreement),
    clipped(facts.transacting),
    clipped(facts.access),
  ]);
}

/** The instant at which a month ends. */
export function endOf(month: Month): Instant {
  return startOfMonth(nextMonth(month));
}

/** Whether an offer that takes effect on the date bears on months that are fixed. */
export function bearsOnFixed(effectiveDate: string, fixed: Month | undefined): boolean {
  return fixed !== undefined && startOfDay(effectiveDate) < endOf(fixed);
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}
