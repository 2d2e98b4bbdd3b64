/** A partner's subscriptions, and what to do with keys at hand for a wish (KEY-11, KEY-13). */
import { dateOf, type Instant } from '../platform/calendar.ts';
import { readPartner } from '../partners/directory.ts';
import type { Call } from '../platform/http/endpoint.ts';
import { continuationKey, fullPage } from '../platform/http/paging.ts';
import { finishInTurns } from '../platform/parallel.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { judgedTogether } from './decide.ts';
import { valuesOf } from './load.ts';
import { planInSteps, type Wish } from './plan.ts';
import { oneAfterTheOther, planFor } from './plan-queue.ts';
import { lastGroup } from './product-key.ts';
import { admit, enteredKey, loadKeyUse } from './redeem-service.ts';
import { subscriptionRow, subscriptionSchema } from './rows.ts';
import { subscriptionView, type SubscriptionView } from './views.ts';

/** A page of a partner's subscriptions at `now`, those that ended included. @throws RefusalError NotFound */
export async function listSubscriptions(
  runtime: Runtime,
  partnerId: string,
  query: { maxpagesize: number; continuationToken?: string | undefined },
  now: Instant,
) {
  const prefix = subscriptionRow('');
  const [, page] = await Promise.all([
    readPartner(runtime, partnerId),
    fullPage(
      (after, size) =>
        runtime.tables.page('partners', subscriptionSchema, partnerId, { prefix, after, size }),
      continuationKey(query.continuationToken, prefix),
      query.maxpagesize,
      (subscription) => subscriptionView(subscription, now),
    ),
  ]);
  return page;
}

/** One subscription at `now`. @throws RefusalError NotFound */
export async function getSubscription(
  runtime: Runtime,
  partnerId: string,
  subscriptionId: string,
  now: Instant,
): Promise<SubscriptionView> {
  const [, row] = await Promise.all([
    readPartner(runtime, partnerId),
    runtime.tables.get('partners', subscriptionSchema, partnerId, subscriptionRow(subscriptionId)),
  ]);
  if (!row) throw new RefusalError(notFound());
  return subscriptionView(row.value, now);
}

/**
 * Says which of the keys at hand to redeem on a subscription, in which order and how (KEY-13). Changes nothing; keys
 * that are none count as failed attempts, each. A caller has two plans at a time.
 * @throws RefusalError NotFound, TooManyRequests
 */
export async function planSubscription(
  call: Pick<Call, 'runtime' | 'actor' | 'now'>,
  partnerId: string,
  subscriptionId: string,
  input: { productKeys: string[]; wish: Wish },
) {
  return planFor(call.actor, () => plan(call, partnerId, subscriptionId, input));
}

async function plan(
  call: Pick<Call, 'runtime' | 'actor' | 'now'>,
  partnerId: string,
  subscriptionId: string,
  input: { productKeys: string[]; wish: Wish },
) {
  const { runtime, now } = call;
  const state = await loadKeyUse(runtime, partnerId, input.productKeys);
  const subscription = state.subscriptions.find(({ value }) => value.id === subscriptionId)?.value;
  if (!subscription) throw new RefusalError(notFound());
  await admit(call, partnerId, state);
  const { partner, subscriptions } = valuesOf(state);
  const products = state.entered.flatMap(({ product }) => product?.value ?? []);
  const task = {
    partner,
    subscriptions,
    target: { subscription },
    keys: state.entered.map((entered) => enteredKey(runtime, entered)),
    wish: input.wish,
    today: dateOf(judgedTogether(now, subscriptions, ...products)),
  };
  const found = await oneAfterTheOther(() => finishInTurns(planInSteps(task)));
  // A key that was read is named by its last group, so that a plan gives none away.
  const groupOf = (index: number) => lastGroup(state.entered[index]?.key ?? '');
  return {
    ...found,
    steps: found.steps.map(({ keyIndex: index, ...step }) => ({
      productKey: groupOf(index),
      index,
      ...step,
    })),
    unusable: found.unusable.map(({ keyIndex: index, code }) => ({
      ...(state.entered[index]?.key === undefined ? {} : { productKey: groupOf(index) }),
      index,
      code,
    })),
  };
}
