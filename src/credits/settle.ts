/**
 * What time alone does to a credit: month by month lapse and grant, a bulk year's start, expiry (CR-10 to CR-12,
 * CR-15). One boundary is worked at a time, each with its own instant, so that it does not matter when, how
 * often or by whom a credit is settled: settling at a and then at b writes what settling at b alone does.
 */
import {
  monthOf,
  nextMonth,
  startOfDay,
  startOfMonth,
  type Instant,
} from '../platform/calendar.ts';
import { judgedAt } from '../platform/judged-at.ts';
import { time, type EventDraft } from './events.ts';
import { append, type Evolved } from './evolve.ts';
import { endedAt, expiresAt, isRedeemed, remainingCents, type CreditState } from './state.ts';
import { isMonthly } from './terms.ts';

/**
 * Brings a credit to `now`: the events that time has brought about and not yet written, each at its boundary
 * and done by `system`, and the state after them. The very same state where there is none. Never refuses.
 */
export function settle(state: CreditState, now: Instant): Evolved {
  const at = judgedAt(now, state.lastAt);
  let settled: Evolved = { state, events: [] };
  for (;;) {
    const due = dueAt(settled.state);
    if (due === undefined || due > at) return settled;
    settled = append(settled, broughtBy(due, settled.state), due, time);
  }
}

/**
 * The next instant at which `settle` has something to write, for the schedule index; it may already be past.
 * Undefined for a credit that has ended: time does nothing more to it.
 */
export function dueAt(state: CreditState): Instant | undefined {
  if (endedAt(state) !== undefined) return undefined;
  const expiry = expiryOf(state);
  const grantOrLapse = isMonthly(state.kind) ? monthEnd(state) : bulkStart(state);
  return grantOrLapse !== undefined && grantOrLapse < expiry ? grantOrLapse : expiry;
}

/** The end of the month last granted, if something of it can lapse or a holder awaits the next grant. */
function monthEnd(state: CreditState): Instant | undefined {
  if (state.period === null) return undefined;
  if (!isRedeemed(state) && remainingCents(state) === 0) return undefined;
  return startOfMonth(nextMonth(state.period.month));
}

/** The start of a bulk year that was redeemed ahead of it, as the set of a renewal can be. */
function bulkStart(state: CreditState): Instant | undefined {
  if (!isRedeemed(state) || state.totals.grantedCents > 0) return undefined;
  return state.startDate === undefined ? undefined : startOfDay(state.startDate);
}

/** A credit awarded under a membership that had ended already expires at once, not before it was. */
function expiryOf(state: CreditState): Instant {
  const expiry = expiresAt(state);
  return expiry < state.provisionedAt ? state.provisionedAt : expiry;
}

function broughtBy(due: Instant, state: CreditState): EventDraft[] {
  if (due === expiryOf(state)) return expiry(state);
  return [...lapse(state), ...(isRedeemed(state) ? grant(state, due) : [])];
}

/**
 * The grant of the full amount, for the month of `at` where the credit is monthly (CR-10), and with it the
 * subscription enabled again if it had been disabled (CR-13).
 */
export function grant(state: CreditState, at: Instant): EventDraft[] {
  const { amountCents, azureSubscription: subscription } = state;
  const month = isMonthly(state.kind) ? { month: monthOf(at) } : {};
  return [
    { type: 'granted', amountCents, ...month },
    ...(subscription?.state === 'disabled'
      ? [{ type: 'subscription-enabled' as const, azureSubscriptionId: subscription.id }]
      : []),
  ];
}

/** What is left of a monthly credit's month lapses; nothing is written of nothing (CR-10). */
export function lapse(state: CreditState): EventDraft[] {
  const amountCents = remainingCents(state);
  if (state.period === null || amountCents === 0) return [];
  return [{ type: 'lapsed', amountCents, month: state.period.month }];
}

/**
 * The present subscription is disabled, where it is active and its spending limit on; without the limit it goes
 * on as pay-as-you-go, of which no event speaks (CR-13, CR-14).
 */
export function disable(state: CreditState): EventDraft[] {
  const subscription = state.azureSubscription;
  if (subscription?.state !== 'active' || subscription.spendingLimit === 'off') return [];
  return [{ type: 'subscription-disabled', azureSubscriptionId: subscription.id }];
}

function expiry(state: CreditState): EventDraft[] {
  const lapses = lapse(state);
  const amountCents = lapses.length > 0 ? 0 : remainingCents(state);
  return [
    ...lapses,
    { type: 'expired', ...(amountCents > 0 ? { amountCents } : {}) },
    ...disable(state),
  ];
}
