/** What entering a key does: validate shows it, redeem does it (KEY-03 … KEY-10). */
import { dateOf } from '../platform/calendar.ts';
import { execute, type Plan } from '../platform/command.ts';
import type { Call, CommandCall } from '../platform/http/endpoint.ts';
import { deterministicId } from '../platform/ids.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';
import { decide, judgedTogether } from './decide.ts';
import { evolveSubscription, type CloudEvent } from './events.ts';
import { admitAttempt, readGuesses, type Guesses } from './guessing.ts';
import { lookupHashes } from './key-cipher.ts';
import {
  findKeys,
  loadProduct,
  readHoldings,
  stateOf,
  valuesOf,
  type Entered,
  type Holdings,
} from './load.ts';
import { outcomeOf, type EnteredKey, type KeyRequest } from './outcome.ts';
import {
  replaceProduct,
  writeSubscription,
  type ProductRow,
  type SubscriptionRow,
} from './rows.ts';
import { issueOf, keyFactsOf, keyRefOf, type Redemption } from './state.ts';
import {
  subscriptionView,
  validationView,
  type SubscriptionView,
  type ValidationView,
} from './views.ts';

export type KeyUseInput = KeyRequest & { productKey: string };

/** What redeeming answers: the subscription as it is now, and what the key made of it. */
export type Redeemed = { subscription: SubscriptionView; result: ValidationView['result'] };

/** All that entering keys is judged by, read in one stage. */
export type KeyUseState = Holdings & { guesses: Guesses; entered: Entered[] };

type Caller = Pick<Call, 'runtime' | 'actor' | 'now'>;

/** Reads the partner, its subscriptions, the keys entered and the count of failed attempts, all in parallel. */
export async function loadKeyUse(
  runtime: Runtime,
  partnerId: string,
  texts: readonly string[],
): Promise<KeyUseState> {
  const [holdings, entered, guesses] = await Promise.all([
    readHoldings(runtime, partnerId),
    findKeys(runtime, partnerId, texts),
    readGuesses(runtime, partnerId),
  ]);
  return { ...holdings, entered, guesses };
}

/** Lets the caller's attempt through, counting the keys that are none. @throws RefusalError TooManyRequests */
export function admit(caller: Caller, partnerId: string, state: KeyUseState): Promise<void> {
  const failed = state.entered.filter(({ product }) => product === undefined).length;
  const { runtime, actor, now } = caller;
  return admitAttempt({ runtime, partnerId, actor, now }, state.guesses, failed);
}

/** An entered key as the core takes it. */
export function enteredKey(runtime: Runtime, { key, product }: Entered): EnteredKey {
  if (key === undefined) return 'malformed';
  if (product === undefined) return 'unknown';
  return keyFactsOf(product.value, issueFor(runtime, key, product));
}

function issueFor(runtime: Runtime, key: string, product: Row<ProductRow>): number {
  const hashes = lookupHashes(runtime.config.productKeys.hash, key);
  const issue = issueOf(product.value, hashes);
  if (issue === undefined) throw new Error('A key was found in a benefit that does not have it');
  return issue;
}

/**
 * Shows what redeeming would do; changes nothing (KEY-03).
 * @throws RefusalError as `outcomeOf` refuses, NotFound, TooManyRequests
 */
export async function validateKey(
  call: Caller,
  partnerId: string,
  input: KeyUseInput,
): Promise<ValidationView> {
  const state = await loadKeyUse(call.runtime, partnerId, [input.productKey]);
  await admit(call, partnerId, state);
  const decided = outcomeFor(call, state, input);
  if ('refusal' in decided) throw new RefusalError(decided.refusal);
  return validationView(decided.outcome);
}

function outcomeFor(call: Caller, state: KeyUseState, request: KeyRequest) {
  const [entered] = state.entered;
  if (!entered) throw new Error('A key is entered');
  const key = enteredKey(call.runtime, entered);
  const values = valuesOf(state);
  const products = entered.product ? [entered.product.value] : [];
  const at = judgedTogether(call.now, values.subscriptions, ...products);
  return outcomeOf({ request, key, ...values, today: dateOf(at) });
}

/**
 * Redeems a key: key, benefit, subscription and history in one transaction, or nothing of it (KEY-04).
 * @throws RefusalError as `outcomeOf` refuses, PreconditionFailed where `expected` does not come out, NotFound,
 * TooManyRequests, ConcurrentChange
 */
export function redeemKey(
  call: CommandCall,
  partnerId: string,
  input: KeyUseInput,
): Promise<Redeemed> {
  const { runtime } = call;
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: () => loadKeyUse(runtime, partnerId, [input.productKey]),
    // A subscription that another redemption changed meanwhile is still the one meant; another one is not.
    sameAim(first, again) {
      const aim = targetOf(call, first, input);
      const present = targetOf(call, again, input);
      return !aim || !present || aim === present;
    },
    async decide(loaded, now) {
      await admit(call, partnerId, loaded);
      const present = { ...call, now };
      const state = await asOfOneMoment(present, partnerId, loaded, input);
      return planRedemption(present, partnerId, input, state);
    },
    repeat: (resourceId) => redeemedBefore(call, partnerId, resourceId),
  });
}

/**
 * The key as it is after the subscriptions were read, where it would be refused. They are read side by side, so that
 * the subscriptions may show what another redemption of this very key has just done: then that is the reason to give.
 */
async function asOfOneMoment(
  call: Caller,
  partnerId: string,
  state: KeyUseState,
  input: KeyUseInput,
): Promise<KeyUseState> {
  const found = state.entered.every(({ product }) => product !== undefined);
  if (!found || !('refusal' in outcomeFor(call, state, input))) return state;
  return { ...state, entered: await findKeys(call.runtime, partnerId, [input.productKey]) };
}

/** The id of the subscription that a redemption would change, if any; undefined also where it would be refused. */
function targetOf(call: Caller, state: KeyUseState, request: KeyRequest): string | undefined {
  const decided = outcomeFor(call, state, request);
  return 'refusal' in decided ? undefined : decided.outcome.subscription?.id;
}

function planRedemption(
  call: CommandCall,
  partnerId: string,
  request: KeyRequest,
  state: KeyUseState,
): Plan<Redeemed> {
  const { runtime, now, actor } = call;
  const decided = outcomeFor(call, state, request);
  if ('refusal' in decided) throw new RefusalError(decided.refusal);
  const { key, product } = state.entered[0]!;
  const issue = issueFor(runtime, key!, product!);
  const newSubscriptionId = nextSubscriptionId(partnerId, product!.value.productId, state);
  const decision = decide(
    stateOf({ ...state, product: product! }),
    { type: 'redeem', issue, request, newSubscriptionId },
    now,
  );
  if ('refusal' in decision) throw new RefusalError(decision.refusal);
  const event = redemptionIn(decision.events);
  const row = state.subscriptions.find(({ value }) => value.id === event.subscriptionId);
  const subscription = evolveSubscription(row?.value, product!.value, event);
  if (!subscription) throw new Error('A redemption has a subscription');
  const redeemed = replaceProduct(product!, decision.events, actor);
  const changed = writeSubscription(partnerId, row, subscription);
  const ended = row ? undefined : latestEnded(state, subscription);
  return {
    result: { subscription: subscriptionView(subscription, now), result: resultOf(event) },
    resourceId: keyRefOf(product!.value.id, issue),
    due: [...redeemed.due, ...changed.due],
    writes: [
      ...redeemed.writes,
      ...changed.writes,
      ...(ended ? [{ op: 'touch' as const, rowKey: ended.rowKey, etag: ended.etag }] : []),
    ],
  };
}

/**
 * The subscription in whose place a new one is opened, since it has ended. It may still run by the clock of another
 * instance: opening guards it, so that one of the two decides again (KEY-05).
 */
function latestEnded(
  { subscriptions }: Holdings,
  opened: Pick<SubscriptionRow, 'productId' | 'tenantId'>,
): Row<SubscriptionRow> | undefined {
  const { productId, tenantId } = opened;
  return subscriptions
    .filter(
      ({ value }) =>
        value.productId === productId && value.tenantId === tenantId && value.deletedAt === null,
    )
    .toSorted((a, b) => (a.value.endDate < b.value.endDate ? -1 : 1))
    .at(-1);
}

/**
 * The id of the product's next subscription. It follows from those there have been, so that of two keys that open one
 * at the same moment the second finds it taken, and decides again.
 */
function nextSubscriptionId(partnerId: string, productId: string, { subscriptions }: Holdings) {
  const earlier = subscriptions.filter(({ value }) => value.productId === productId).length;
  return deterministicId('subscription', partnerId, productId, String(earlier));
}

function redemptionIn(events: readonly CloudEvent[]) {
  const event = events.find(({ type }) => type === 'redeemed');
  if (event?.type !== 'redeemed') throw new Error('Redeeming a key redeems it');
  return event;
}

function resultOf({ previous, result }: Pick<Redemption, 'previous' | 'result'>) {
  const endsEarlier = previous !== null && result.endDate < previous.endDate;
  return { ...result, endsEarlier };
}

/** The answer of a redemption that was carried out: its result, and the subscription as it is now. */
async function redeemedBefore(
  { runtime, now }: CommandCall,
  partnerId: string,
  keyRef = '',
): Promise<Redeemed> {
  const [benefitId = '', issue] = keyRef.split('/');
  const { product, subscriptions } = await loadProduct(runtime, partnerId, benefitId);
  const redemption = product.value.keys[Number(issue) - 1]?.redemption;
  const row = subscriptions.find(({ value }) => value.id === redemption?.subscriptionId);
  if (!redemption || !row) throw new RefusalError(notFound());
  return { subscription: subscriptionView(row.value, now), result: resultOf(redemption) };
}
