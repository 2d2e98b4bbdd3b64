/** What a partner's month is rated with: state, price list, and, customer by customer, offers (ACO-04). */
import type { Month } from '../platform/calendar.ts';
import type { Runtime } from '../platform/runtime.ts';
import { createTurns } from '../platform/turns.ts';
import type { Turns } from '../platform/turns.ts';
import { readState, stateOf } from './billing-state.ts';
import { readOffers } from './offers-service.ts';
import { fixedThrough, statusOfMonth } from './period.ts';
import type { PeriodStatus } from './period.ts';
import { currentEdition, readEdition } from './price-list-service.ts';
import type { PriceList } from './product.ts';
import { pinnedRow, pinnedSchema } from './rows.ts';
import type { BillingState, StoredOffer } from './rows.ts';

export type MonthSource = {
  runtime: Runtime;
  partnerId: string;
  month: Month;
  status: PeriodStatus;
  state: BillingState;
  /** The currency of the month's usage; undefined where it has none. */
  currency: string | undefined;
  priceList: PriceList | undefined;
  /** Given to the event loop while the month is worked on. */
  turns: Turns;
};

/** Loads what a month is rated with, but for what belongs to single customers. */
export async function openMonth(
  runtime: Runtime,
  partnerId: string,
  month: Month,
  turns = createTurns(),
): Promise<MonthSource> {
  const [row, pinned, edition] = await Promise.all([
    readState(runtime, partnerId),
    runtime.tables.get('partners', pinnedSchema, partnerId, pinnedRow(month)),
    currentEdition(runtime, month),
  ]);
  const state = stateOf(row);
  const fixed = fixedThrough(state);
  const isFixed = fixed !== undefined && month <= fixed;
  // Months before the first one closed had no usage and so nothing is pinned for them.
  const editionUsed = isFixed ? (pinned?.value.priceList ?? undefined) : edition;
  const currency =
    state.open.find((each) => each.month === month)?.currency ?? pinned?.value.currency;
  return {
    runtime,
    partnerId,
    month,
    status: statusOfMonth(state, month),
    state,
    currency: currency ?? undefined,
    priceList:
      editionUsed === undefined ? undefined : await cachedEdition(runtime, month, editionUsed),
    turns,
  };
}

/** A customer's offers that take effect by the month's end. */
export async function offersOf(
  { runtime, partnerId, month }: Pick<MonthSource, 'runtime' | 'partnerId' | 'month'>,
  customerId: string,
): Promise<StoredOffer[]> {
  const offers = await readOffers(runtime, partnerId, customerId);
  return offers.filter((offer) => takesEffectBy(offer, month));
}

/** Whether an offer takes effect by a month's end. */
export function takesEffectBy({ effectiveDate }: StoredOffer, month: Month): boolean {
  return effectiveDate <= `${month}-31`;
}

// An edition never changes; pages of a report ask for the same one again and again.
let lastEdition: { runtime: Runtime; edition: string; list: Promise<PriceList> } | undefined;

function cachedEdition(runtime: Runtime, month: Month, edition: string): Promise<PriceList> {
  if (lastEdition?.runtime !== runtime || lastEdition.edition !== edition) {
    const list = readEdition(runtime, month, edition);
    const mine = { runtime, edition, list };
    lastEdition = mine;
    list.catch(() => {
      if (lastEdition === mine) lastEdition = undefined;
    });
  }
  return lastEdition.list;
}
