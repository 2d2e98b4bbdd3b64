/** What a reminder says of product keys and subscriptions: what ends when, and what to do about it. Never a key. */
import type { OtherEnding } from '../notices/reminder-mails.ts';
import { dateOf, type DateOnly, type Instant } from '../platform/calendar.ts';
import { keyEnding, subscriptionEnding } from './ending-notice.ts';
import type { ProductRow, SubscriptionRow } from './rows.ts';
import { subscriptionDates } from './state.ts';

/**
 * Of a product benefit that a reminder was due of for `end`; undefined when that is moot: the key was redeemed
 * meanwhile or is lost, or the benefit was withdrawn.
 */
export function keyEndingText(
  product: ProductRow,
  end: DateOnly,
  now: Instant,
): OtherEnding | undefined {
  if (keyEnding(product)?.end !== end || dateOf(now) >= end) return undefined;
  const { productName: name } = product;
  return {
    name,
    subject: `${name}: redeem the product key before ${end}`,
    whatToDo:
      `(${licensesText(product)}): its product key has not been redeemed. ` +
      `Redeem it before ${end} (UTC); from then on it cannot be used.`,
  };
}

/** Of a subscription; undefined when it was extended or undone meanwhile, or deleted. */
export function subscriptionEndingText(
  subscription: SubscriptionRow,
  end: DateOnly,
  now: Instant,
): OtherEnding | undefined {
  const today = dateOf(now);
  const { expires, disabled, deleted } = subscriptionDates(subscription);
  if (subscriptionEnding(subscription)?.end !== end || today >= deleted) return undefined;
  const name = `${subscription.productName} subscription`;
  const licenses = licensesText(subscription);
  if (today < expires)
    return {
      name,
      subject: `${name} ends on ${end}`,
      whatToDo:
        `(${licenses}) ends on ${end} (UTC). To have it go on, extend it with a product key before then; ` +
        `a key can also add licences to it.`,
    };
  return {
    name,
    subject: `${name} has expired`,
    whatToDo:
      `(${licenses}) expired on ${end} (UTC). It can be used until ${disabled}, and by administrators until ${deleted}; ` +
      `then it is deleted. Activate a product key to start a new one.`,
  };
}

function licensesText({ licenses }: { licenses: number }): string {
  return licenses === 1 ? '1 licence' : `${licenses} licences`;
}
