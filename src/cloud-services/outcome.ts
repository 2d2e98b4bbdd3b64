/**
 * What redeeming a key would do, or why it cannot be done. Validate shows it, redeem does it, the plan and the
 * allowed actions ask it: one function, so they can never disagree (KEY-03, KEY-04).
 */
import type { DateOnly } from '../platform/calendar.ts';
import { notFound, refuse } from '../platform/refusals.ts';
import type { Refusal } from '../platform/refusals.ts';
import { subscriptionStatusOf } from './state.ts';
import type { KeyAction, KeyFacts, Subscription, Terms } from './state.ts';
import {
  activatedEnd,
  addedEnd,
  extendedEnd,
  extensionMonths,
  largestExtension,
  longestExtensionMonths,
} from './subscription-time.ts';

/**
 * What is asked for. `tenantId` may be left out: then it is the tenant of the named subscription, or the
 * partner's own. `subscriptionId` may be left out: then it is the product's active subscription in that tenant.
 */
export type KeyRequest = {
  action: KeyAction;
  subscriptionId?: string | undefined;
  tenantId?: string | undefined;
  /** What validate showed; another outcome is refused with 412 (KEY-04). */
  expected?: Terms | undefined;
};

/** The key that was entered: unreadable, in none of the partner's benefits, or found. */
export type EnteredKey = KeyFacts | 'malformed' | 'unknown';

/** Everything an outcome depends on. `subscriptions` are all of the partner's (others' products may be among them). */
export type KeyUse = {
  request: KeyRequest;
  key: EnteredKey;
  partner: { id: string; tenantIds: readonly string[] };
  subscriptions: readonly Subscription[];
  today: DateOnly;
};

/** What would result. `subscription` is the one it changes, null where a new one is opened. */
export type Outcome = {
  action: KeyAction;
  key: KeyFacts;
  tenantId: string;
  subscription: Subscription | null;
  result: Terms;
  /** Whether the end date moves earlier, which adding licences can do (KEY-08). */
  endsEarlier: boolean;
};

/**
 * The outcome of a key's use on a day (KEY-03 to KEY-08). Refusals are looked for in the settled order:
 * MalformedProductKey, UnknownProductKey, KeyAlreadyRedeemed, WrongTenant, ActivationDeadlinePassed, WrongProduct
 * (NotFound where the partner has no such subscription), SubscriptionActive or NoActiveSubscription,
 * ExtensionBeyondCap, and at last PreconditionFailed. Changes nothing.
 */
export function outcomeOf(use: KeyUse): { outcome: Outcome } | { refusal: Refusal } {
  const { request, key, partner, subscriptions, today } = use;
  if (key === 'malformed') return { refusal: malformedKey() };
  if (key === 'unknown') return { refusal: unknownKey() };
  if (key.spent) return { refusal: alreadyRedeemed() };

  const named = subscriptions.find(({ id }) => id === request.subscriptionId);
  const tenantId = request.tenantId ?? named?.tenantId ?? partner.id;
  if (!partner.tenantIds.includes(tenantId) || (named && named.tenantId !== tenantId)) {
    return { refusal: wrongTenant() };
  }
  if (today >= key.activateBy) return { refusal: deadlinePassed(key.activateBy) };
  if (request.subscriptionId !== undefined && named === undefined) {
    return { refusal: notFound('subscriptionId') };
  }
  if (named && named.productId !== key.productId) return { refusal: wrongProduct(key, named) };

  const active = subscriptions.find(
    (subscription) =>
      subscription.productId === key.productId &&
      subscription.tenantId === tenantId &&
      subscriptionStatusOf(subscription, today) === 'active',
  );
  const target = request.action === 'activate' ? active : (named ?? active);
  const applied = applyKey(request.action, activeTerms(target, today), key.licenses, today);
  if ('refusal' in applied) return applied;

  const { result } = applied;
  const { expected } = request;
  if (
    expected !== undefined &&
    (expected.licenses !== result.licenses || expected.endDate !== result.endDate)
  ) {
    return { refusal: notAsExpected(result) };
  }
  const subscription = target ?? null;
  const endsEarlier = subscription !== null && result.endDate < subscription.endDate;
  return { outcome: { action: request.action, key, tenantId, subscription, result, endsEarlier } };
}

/**
 * What a key of so many licences makes of an active subscription's terms, or of none (null): KEY-05 to KEY-08.
 * Refuses SubscriptionActive, NoActiveSubscription and ExtensionBeyondCap.
 */
export function applyKey(
  action: KeyAction,
  terms: Terms | null,
  keyLicenses: number,
  today: DateOnly,
): { result: Terms } | { refusal: Refusal } {
  if (action === 'activate') {
    if (terms !== null) return { refusal: subscriptionActive() };
    return { result: { licenses: keyLicenses, endDate: activatedEnd(today) } };
  }
  if (terms === null) return { refusal: noActiveSubscription(action) };
  const { licenses, endDate } = terms;
  if (action === 'add-licenses') {
    return {
      result: {
        licenses: licenses + keyLicenses,
        endDate: addedEnd(today, endDate, licenses, keyLicenses),
      },
    };
  }
  if (keyLicenses > largestExtension(licenses))
    return { refusal: beyondCap(licenses, keyLicenses) };
  return { result: { licenses, endDate: extendedEnd(endDate, licenses, keyLicenses) } };
}

/** The refusal of an entry that is no key (KEY-10). */
export function malformedKey(): Refusal {
  return refuse(
    'MalformedProductKey',
    'This is not a product key: a character is wrong, or some are missing or swapped. Enter all 25 characters again.',
    { target: 'productKey' },
  );
}

/** The refusal of a key whose activate-by date has come; used for keys not issued yet as well. */
export function deadlinePassed(activateBy: DateOnly): Refusal {
  return refuse(
    'ActivationDeadlinePassed',
    `This benefit had to be redeemed before ${activateBy}. A renewed membership awards a new key.`,
  );
}

function unknownKey(): Refusal {
  return refuse(
    'UnknownProductKey',
    'No benefit of this partner has this product key. Check that it was issued to this partner.',
    { target: 'productKey' },
  );
}

function alreadyRedeemed(): Refusal {
  return refuse(
    'KeyAlreadyRedeemed',
    'This product key is already redeemed or was replaced. A key can be redeemed once.',
    { target: 'productKey' },
  );
}

function wrongTenant(): Refusal {
  return refuse(
    'WrongTenant',
    'A key can be redeemed only in a tenant of this partner, and in the tenant of the subscription that it is for.',
    { target: 'tenantId' },
  );
}

function wrongProduct(key: KeyFacts, subscription: Subscription): Refusal {
  return refuse(
    'WrongProduct',
    `The key is for ${key.productName}, the subscription is of ${subscription.productName}. Name a subscription of the key's product.`,
    { target: 'subscriptionId' },
  );
}

function subscriptionActive(): Refusal {
  return refuse(
    'SubscriptionActive',
    'There is an active subscription of this product. Use extend to move its end date on, or add-licenses to add licences to it.',
    { target: 'action' },
  );
}

function noActiveSubscription(action: KeyAction): Refusal {
  return refuse(
    'NoActiveSubscription',
    `There is no active subscription for ${action}. Use activate to open a new subscription.`,
    { target: 'action' },
  );
}

function beyondCap(licenses: number, keyLicenses: number): Refusal {
  const { numerator, denominator } = extensionMonths(licenses, keyLicenses);
  const wholeMonths = numerator / denominator;
  const months = numerator % denominator === 0n ? `${wholeMonths}` : `more than ${wholeMonths}`;
  return refuse(
    'ExtensionBeyondCap',
    `This key of ${keyLicenses} licences would extend the subscription by ${months} months; at most ${longestExtensionMonths} are allowed. ` +
      `The most that this subscription of ${licenses} licences can take is a key of ${largestExtension(licenses)} licences. Use add-licenses, or a smaller key.`,
    { target: 'action' },
  );
}

function notAsExpected(result: Terms): Refusal {
  return refuse(
    'PreconditionFailed',
    `Nothing was redeemed: the result would be ${result.licenses} licences until ${result.endDate}, not what was expected. Validate again.`,
    { target: 'expected' },
  );
}

function activeTerms(subscription: Subscription | undefined, today: DateOnly): Terms | null {
  if (subscription === undefined || subscriptionStatusOf(subscription, today) !== 'active') {
    return null;
  }
  return subscription;
}
