/**
 * What a product benefit, its keys and a subscription are, and what the clock makes of them (KEY-01, KEY-11).
 * Plain values: a benefit and a subscription are one row each, replaced as a whole.
 */
import { addDays } from '../platform/calendar.ts';
import type { DateOnly, Instant } from '../platform/calendar.ts';
import type { SealedKey } from './key-cipher.ts';

export const keyActions = ['activate', 'extend', 'add-licenses'] as const;
export type KeyAction = (typeof keyActions)[number];
export type KeyStatus = 'not-issued' | 'issued' | 'redeemed' | 'replaced' | 'expired';
export type SubscriptionStatus = 'active' | 'expired' | 'disabled' | 'deleted';
export const replacementReasons = ['wrong-tenant', 'added-instead-of-extended'] as const;
export type ReplacementReason = (typeof replacementReasons)[number];

/** What a subscription grants: licences, and the exclusive end at 00:00Z. */
export type Terms = { licenses: number; endDate: DateOnly };

/** Names one key for ever, whatever its hash becomes: `<benefit id>/<1, or 2 for the replacement>`. */
export type KeyRef = string;

/** A redemption, with all that undoing it exactly needs (KEY-12). */
export type Redemption = {
  at: Instant;
  action: KeyAction;
  subscriptionId: string;
  tenantId: string;
  /** The subscription as it was; null where the redemption opened it. */
  previous: (Terms & { latest: KeyRef }) | null;
  result: Terms;
};

/** A key that was given out. Redeemed once, ever; `replacedAt` says when a replacement killed it. */
export type IssuedKey = {
  issuedAt: Instant;
  sealed: SealedKey;
  redemption: Redemption | null;
  replacedAt: Instant | null;
};

/** A cloud-service product that a membership awarded (KEY-01). */
export type ProductBenefit = {
  id: string;
  membershipId: string;
  membershipType: string;
  program: string;
  productId: string;
  productName: string;
  licenses: number;
  /** The key must be redeemed before this date. */
  activateBy: DateOnly;
  /** The end of the rights of use; may differ from the subscription's. */
  usageRightsUntil: DateOnly;
  provisionedAt: Instant;
  /** None, the key, or the key and its one replacement. */
  keys: IssuedKey[];
  /** When the operator withdrew it; null otherwise. Never after a key was given out. */
  revokedAt: Instant | null;
  /** Whether the history tells already that the key ran out unredeemed. */
  expiryRecorded: boolean;
  /** The instant of the last entry of its history: it is judged at no earlier one (`judgedAt`). */
  lastAt: Instant;
};

/** One subscription of a product in one tenant. */
export type Subscription = Terms & {
  id: string;
  productId: string;
  productName: string;
  tenantId: string;
  startDate: DateOnly;
  /** The redemption that made it what it is. */
  latest: KeyRef;
  /** When undoing the redemption that opened it deleted it (KEY-12); null otherwise. */
  deletedAt: Instant | null;
  /** When it was last changed: it is judged at no earlier instant (`judgedAt`). */
  lastAt: Instant;
};

/** The key facts that an outcome depends on. */
export type KeyFacts = {
  ref: KeyRef;
  productId: string;
  productName: string;
  licenses: number;
  activateBy: DateOnly;
  /** Redeemed, whether or not that was undone by a replacement. */
  spent: boolean;
};

/** How long an ended subscription can still be used (KEY-11). */
const expiredDays = 30;
/** How long it is then kept for admins only. */
const disabledDays = 90;

/** The name of a benefit's key: issue 1 is the first, 2 the replacement. */
export function keyRefOf(benefitId: string, issue: number): KeyRef {
  return `${benefitId}/${issue}`;
}

/**
 * The facts of a benefit's key by issue (1 or 2), as `outcomeOf` takes them. A key that was not issued yet is
 * told of as it would be, which is how a portal learns beforehand what could be done with it.
 */
export function keyFactsOf(benefit: ProductBenefit, issue: number): KeyFacts {
  const key = benefit.keys[issue - 1];
  return {
    ref: keyRefOf(benefit.id, issue),
    productId: benefit.productId,
    productName: benefit.productName,
    licenses: benefit.licenses,
    activateBy: benefit.activateBy,
    // A replaced key keeps its redemption, undone or not: it is dead for ever.
    spent: key !== undefined && key.redemption !== null,
  };
}

/** Which issue a key hash is of a benefit (1 or 2), or undefined where it is none of its keys. */
export function issueOf(benefit: ProductBenefit, hashes: readonly string[]): number | undefined {
  const index = benefit.keys.findIndex((key) => hashes.includes(key.sealed.hash));
  return index < 0 ? undefined : index + 1;
}

/**
 * A benefit's key on a day (KEY-01). After a replacement it is `replaced` while the new key waits, and then
 * `redeemed` with it. A key never redeemed is `expired` from its activate-by date on, issued or not, and once its
 * benefit was withdrawn.
 */
export function keyStatusOf(benefit: ProductBenefit, today: DateOnly): KeyStatus {
  const key = benefit.keys.at(-1);
  if (key !== undefined && key.redemption !== null) return 'redeemed';
  if (benefit.revokedAt !== null || today >= benefit.activateBy) return 'expired';
  if (key === undefined) return 'not-issued';
  return benefit.keys.length > 1 ? 'replaced' : 'issued';
}

/** The days on which a subscription's status changes, each at 00:00Z (KEY-11). For schedules and notices. */
export function subscriptionDates(subscription: Pick<Subscription, 'endDate'>): {
  expires: DateOnly;
  disabled: DateOnly;
  deleted: DateOnly;
} {
  const expires = subscription.endDate;
  const disabled = addDays(expires, expiredDays);
  return { expires, disabled, deleted: addDays(disabled, disabledDays) };
}

/**
 * A subscription's status by the clock: active before its end, expired for 30 days, disabled for 90, then deleted
 * (KEY-11). All boundaries are at 00:00Z, so the UTC date decides exactly at every instant of it.
 */
export function subscriptionStatusOf(
  subscription: Pick<Subscription, 'endDate' | 'deletedAt'>,
  today: DateOnly,
): SubscriptionStatus {
  if (subscription.deletedAt !== null) return 'deleted';
  const { expires, disabled, deleted } = subscriptionDates(subscription);
  if (today < expires) return 'active';
  if (today < disabled) return 'expired';
  return today < deleted ? 'disabled' : 'deleted';
}

/** What the list shows for a product, over all subscriptions of the partner (KEY-01). */
export function productSubscriptionStatus(
  productId: string,
  subscriptions: readonly Subscription[],
  today: DateOnly,
): 'Active' | 'Expired' | 'No active subscription' {
  const statuses = subscriptions
    .filter((subscription) => subscription.productId === productId)
    .map((subscription) => subscriptionStatusOf(subscription, today));
  if (statuses.includes('active')) return 'Active';
  const ended = statuses.includes('expired') || statuses.includes('disabled');
  return ended ? 'Expired' : 'No active subscription';
}
