/**
 * Which notice is due of a product benefit, while its key is not redeemed (30, 7 and 1 days before its activate-by
 * date, KEY-10), and of a subscription (as long before its end, and when it has expired, KEY-11).
 */
import { dateOf, startOfDay, type DateOnly, type Instant } from '../platform/calendar.ts';
import {
  endingStages,
  nextNoticeAt,
  noticeDueBy,
  type Ending,
  type EndingNotice,
} from '../platform/ending-stages.ts';
import { subscriptionDates, type ProductBenefit, type Subscription } from './state.ts';

/** The latest notice that the partner's contacts were given. */
export type Told = { toldOfEnd?: EndingNotice | undefined };

/** Once the date has come a key is lost: to say so would help nobody. */
const beforeTheEnd = endingStages.filter((stage) => stage > 0);

/** The notices of a key's activate-by date; undefined when it is redeemed, or its benefit withdrawn. */
export function keyEnding(product: ProductBenefit & Told): Ending | undefined {
  const redemption = product.keys.at(-1)?.redemption ?? null;
  if (product.revokedAt !== null || redemption !== null) return undefined;
  return {
    end: product.activateBy,
    stages: beforeTheEnd,
    since: product.provisionedAt,
    until: startOfDay(product.activateBy),
    told: product.toldOfEnd,
  };
}

/** The notices of a subscription's end, until its data are deleted; undefined when it was undone (KEY-12). */
export function subscriptionEnding(subscription: Subscription & Told): Ending | undefined {
  if (subscription.deletedAt !== null) return undefined;
  return {
    end: subscription.endDate,
    stages: endingStages,
    since: startOfDay(subscription.startDate),
    until: startOfDay(subscriptionDates(subscription).deleted),
    told: subscription.toldOfEnd,
  };
}

/** The UTC date under which it must stand in the schedule; undefined when nothing is to come. */
export function nextNoticeDate(ending: Ending | undefined): DateOnly | undefined {
  const at = ending && nextNoticeAt(ending);
  return at && dateOf(at);
}

/** The notice that is due by `now`, if any, and whether it is still to be sent. */
export function noticeOf(ending: Ending | undefined, now: Instant) {
  return ending && noticeDueBy(ending, now);
}
