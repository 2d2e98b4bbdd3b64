/**
 * What happens to a product benefit and to subscriptions, and what it makes of them. Events are the benefit's
 * history; the subscription's row follows from the same events.
 */
import { dateOf } from '../platform/calendar.ts';
import type { Instant } from '../platform/calendar.ts';
import type { Refusal } from '../platform/refusals.ts';
import type { SealedKey } from './key-cipher.ts';
import { keyRefOf } from './state.ts';
import type {
  IssuedKey,
  ProductBenefit,
  Redemption,
  ReplacementReason,
  Subscription,
  Terms,
} from './state.ts';

/** Issue 1 is a benefit's first key, 2 its replacement. `licenses` are the key's. */
export type CloudEvent =
  | { type: 'provisioned'; at: Instant; licenses: number }
  | { type: 'key-issued'; at: Instant; issue: number; sealed: SealedKey }
  | { type: 'key-viewed'; at: Instant; issue: number }
  | (Redemption & { type: 'redeemed'; issue: number; licenses: number })
  | {
      type: 'replaced';
      at: Instant;
      issue: number;
      reason: ReplacementReason;
      subscriptionId: string;
      /** What the subscription is again; null where it was deleted. */
      restored: Terms | null;
    }
  | { type: 'expired'; at: Instant }
  | { type: 'revoked'; at: Instant };

/** What a decider answers: what is to be written, or why not. */
export type Decision<E> = { events: E[] } | { refusal: Refusal };

/** An event as it is written down and shown. */
export type LedgerEntry = { type: CloudEvent['type']; at: Instant } & Record<string, unknown>;

/**
 * The event as the history keeps it: without the sealed key, which lives in the benefit's row alone, so that no
 * history holds one and rotating secrets never touches history (KEY-02); and without what only undoing needs.
 * The caller adds sequence and actor.
 */
export function ledgerEntryOf(event: CloudEvent): LedgerEntry {
  switch (event.type) {
    case 'key-issued':
      return { type: event.type, at: event.at, issue: event.issue };
    case 'redeemed':
      return { ...event, previous: event.previous === null ? null : termsOf(event.previous) };
    default:
      return { ...event };
  }
}

/** The benefit after an event. Throws an Error for an event of a key that it does not have. */
export function evolveBenefit(benefit: ProductBenefit, event: CloudEvent): ProductBenefit {
  return { ...applied(benefit, event), lastAt: event.at };
}

function applied(benefit: ProductBenefit, event: CloudEvent): ProductBenefit {
  switch (event.type) {
    case 'provisioned':
    case 'key-viewed':
      return benefit;
    case 'key-issued': {
      const { at, sealed } = event;
      const issued: IssuedKey = { issuedAt: at, sealed, redemption: null, replacedAt: null };
      return { ...benefit, keys: [...benefit.keys, issued] };
    }
    case 'redeemed': {
      const { at, action, subscriptionId, tenantId, previous, result } = event;
      const redemption = { at, action, subscriptionId, tenantId, previous, result };
      return changeKey(benefit, event.issue, { redemption });
    }
    case 'replaced':
      return changeKey(benefit, event.issue, { replacedAt: event.at });
    case 'expired':
      return { ...benefit, expiryRecorded: true };
    case 'revoked':
      return { ...benefit, revokedAt: event.at };
  }
}

/**
 * The subscription after an event of a benefit, or unchanged where the event is none of its own. A redemption
 * with `activate` makes one out of undefined. `benefit` is the one whose event it is, before the event or after.
 */
export function evolveSubscription(
  subscription: Subscription | undefined,
  benefit: ProductBenefit,
  event: CloudEvent,
): Subscription | undefined {
  if (event.type === 'redeemed') {
    const latest = keyRefOf(benefit.id, event.issue);
    if (event.previous === null) return subscription ?? openedBy(benefit, event, latest);
    if (subscription?.id !== event.subscriptionId) return subscription;
    return { ...subscription, ...termsOf(event.result), latest, lastAt: event.at };
  }
  if (event.type === 'replaced' && subscription?.id === event.subscriptionId) {
    const previous = benefit.keys[event.issue - 1]?.redemption?.previous ?? null;
    const lastAt = event.at;
    if (previous === null) return { ...subscription, deletedAt: event.at, lastAt };
    return { ...subscription, ...termsOf(previous), latest: previous.latest, lastAt };
  }
  return subscription;
}

function openedBy(benefit: ProductBenefit, redemption: Redemption, latest: string): Subscription {
  return {
    id: redemption.subscriptionId,
    productId: benefit.productId,
    productName: benefit.productName,
    tenantId: redemption.tenantId,
    startDate: dateOf(redemption.at),
    ...termsOf(redemption.result),
    latest,
    deletedAt: null,
    lastAt: redemption.at,
  };
}

function changeKey(
  benefit: ProductBenefit,
  issue: number,
  change: Partial<IssuedKey>,
): ProductBenefit {
  const key = benefit.keys[issue - 1];
  if (key === undefined) throw new Error(`Benefit ${benefit.id} has no key of issue ${issue}`);
  return { ...benefit, keys: benefit.keys.with(issue - 1, { ...key, ...change }) };
}

function termsOf({ licenses, endDate }: Terms): Terms {
  return { licenses, endDate };
}
