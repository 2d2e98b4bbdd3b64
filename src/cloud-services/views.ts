/**
 * How product benefits, subscriptions and outcomes look to portals (contract, "Product key"), with the actions
 * now allowed and why others are not. The reasons come from the very guards that the commands use.
 */
import { dateOf } from '../platform/calendar.ts';
import type { DateOnly, Instant } from '../platform/calendar.ts';
import { judgedAt } from '../platform/judged-at.ts';
import type { Refusal } from '../platform/refusals.ts';
import { getKeyRefusal, judgedTogether, replacementRefusal, withdrawn } from './decide.ts';
import type { ProductState } from './decide.ts';
import { outcomeOf } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import {
  keyFactsOf,
  keyStatusOf,
  productSubscriptionStatus,
  subscriptionStatusOf,
} from './state.ts';
import type { KeyAction, KeyStatus, Subscription, SubscriptionStatus, Terms } from './state.ts';
import { keyMonths } from './subscription-time.ts';

export type AllowedAction = {
  name: 'get-key' | 'replace-key' | KeyAction;
  allowed: boolean;
  reasons: { code: string; message: string }[];
};

/** The part of a Benefit that is of products (KEY-01). Name, walkthrough and the like are the service's. */
export type ProductView = {
  productId: string;
  productName: string;
  program: string;
  membershipId: string;
  membershipType: string;
  licenses: number;
  activateBy: DateOnly;
  usageRightsUntil: DateOnly;
  keyStatus: KeyStatus;
  subscriptionStatus: 'Active' | 'Expired' | 'No active subscription';
  actions: AllowedAction[];
};

export type SubscriptionView = Terms & {
  id: string;
  productId: string;
  tenantId: string;
  status: SubscriptionStatus;
  startDate: DateOnly;
};

/** What validate answers (KEY-03). */
export type ValidationView = {
  product: { id: string; name: string };
  licenses: number;
  durationMonths: number;
  result: Terms & { endsEarlier: boolean };
};

/** A product benefit at an instant (KEY-01). */
export function productView(state: ProductState, now: Instant): ProductView {
  const { benefit, subscriptions } = state;
  const { productId, productName, program, membershipId, membershipType } = benefit;
  const { licenses, activateBy, usageRightsUntil } = benefit;
  const today = dateOf(judgedTogether(now, subscriptions));
  return {
    productId,
    productName,
    program,
    membershipId,
    membershipType,
    licenses,
    activateBy,
    usageRightsUntil,
    keyStatus: keyStatusOf(benefit, dateOf(judgedAt(now, benefit.lastAt))),
    subscriptionStatus: productSubscriptionStatus(productId, subscriptions, today),
    actions: actionsOf(state, now),
  };
}

/**
 * What can be done with a benefit now, and why the rest cannot. A use of the key counts as allowed where any of
 * the partner's tenants allows it, whether or not the key was looked at yet; the reasons are those of the
 * partner's own tenant. For replace-key they are those that hold for every reason a caller may give.
 */
export function actionsOf(state: ProductState, now: Instant): AllowedAction[] {
  const { benefit, subscriptions } = state;
  const at = judgedTogether(now, subscriptions, benefit);
  return [
    action('get-key', getKeyRefusal(benefit, at)),
    action('activate', useRefusal(state, 'activate', at)),
    action('extend', useRefusal(state, 'extend', at)),
    action('add-licenses', useRefusal(state, 'add-licenses', at)),
    action('replace-key', replacementRefusal(benefit, subscriptions, 'wrong-tenant', at)),
  ];
}

/** A subscription at an instant (KEY-11). */
export function subscriptionView(subscription: Subscription, now: Instant): SubscriptionView {
  const { id, productId, tenantId, licenses, startDate, endDate } = subscription;
  const status = subscriptionStatusOf(subscription, dateOf(judgedAt(now, subscription.lastAt)));
  return { id, productId, tenantId, licenses, status, startDate, endDate };
}

/** What validate shows of an outcome (KEY-03). */
export function validationView({ key, result, endsEarlier }: Outcome): ValidationView {
  return {
    product: { id: key.productId, name: key.productName },
    licenses: key.licenses,
    durationMonths: keyMonths,
    result: { licenses: result.licenses, endDate: result.endDate, endsEarlier },
  };
}

function useRefusal(
  { benefit, partner, subscriptions }: ProductState,
  name: KeyAction,
  now: Instant,
): Refusal | undefined {
  if (benefit.revokedAt !== null) return withdrawn();
  const key = keyFactsOf(benefit, Math.max(1, benefit.keys.length));
  const refusals = [...new Set([partner.id, ...partner.tenantIds])].map((tenantId) => {
    const request = { action: name, tenantId };
    const decided = outcomeOf({ request, key, partner, subscriptions, today: dateOf(now) });
    return 'refusal' in decided ? decided.refusal : undefined;
  });
  return refusals.includes(undefined) ? undefined : refusals[0];
}

function action(name: AllowedAction['name'], refusal: Refusal | undefined): AllowedAction {
  const reasons = refusal === undefined ? [] : [{ code: refusal.code, message: refusal.message }];
  return { name, allowed: refusal === undefined, reasons };
}
