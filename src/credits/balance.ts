/** Balances, from the state now and from the ledger at any past instant (CR-16). Amounts in cents. */
import { monthOf, type Instant, type Month } from '../platform/calendar.ts';
import { judgedAt } from '../platform/judged-at.ts';
import type { CreditEvent } from './events.ts';
import { remainingCents, type CreditState } from './state.ts';

/**
 * `granted = consumed + lapsed + remaining`, always; what expired counts as lapsed. `period` is the running month
 * of a monthly credit that has had its grant, null otherwise.
 */
export type Balance = {
  grantedCents: number;
  consumedCents: number;
  lapsedCents: number;
  remainingCents: number;
  payAsYouGoCents: number;
  period: {
    month: Month;
    grantedCents: number;
    consumedCents: number;
    remainingCents: number;
  } | null;
};

/** The balance of a credit that was settled to `now`. */
export function balanceOf(state: CreditState, now: Instant): Balance {
  const { period } = state;
  const month = monthOf(judgedAt(now, state.lastAt));
  return {
    ...state.totals,
    remainingCents: remainingCents(state),
    period: period?.month === month ? withRemaining(period) : null,
  };
}

/**
 * The balance as of an instant, from a credit's whole ledger including what `settle` brings to now: the sums of all
 * entries with `at` up to it, in whatever order they come.
 */
export function balanceAt(events: Iterable<CreditEvent>, asOf: Instant): Balance {
  const month = monthOf(asOf);
  const totals = { grantedCents: 0, consumedCents: 0, lapsedCents: 0, payAsYouGoCents: 0 };
  const period = { month, grantedCents: 0, consumedCents: 0 };
  let running = true;
  for (const event of events) {
    if (event.at > asOf) continue;
    switch (event.type) {
      case 'granted':
        totals.grantedCents += event.amountCents;
        if (event.month === month) period.grantedCents += event.amountCents;
        break;
      case 'consumed':
        totals.consumedCents += event.amountCents;
        if (event.month === month) period.consumedCents += event.amountCents;
        break;
      case 'pay-as-you-go':
        totals.payAsYouGoCents += event.amountCents;
        break;
      case 'lapsed':
        totals.lapsedCents += event.amountCents;
        break;
      case 'expired':
        totals.lapsedCents += event.amountCents ?? 0;
        running = false;
        break;
      case 'revoked':
        running = false;
        break;
      default:
    }
  }
  const { grantedCents, consumedCents, lapsedCents } = totals;
  return {
    ...totals,
    remainingCents: grantedCents - consumedCents - lapsedCents,
    period: running && period.grantedCents > 0 ? withRemaining(period) : null,
  };
}

function withRemaining(period: { month: Month; grantedCents: number; consumedCents: number }) {
  return { ...period, remainingCents: period.grantedCents - period.consumedCents };
}
