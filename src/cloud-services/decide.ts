/**
 * The decider of a product benefit: which events a command causes, or why it is refused (KEY-02, KEY-04,
 * KEY-10, KEY-12), and what time alone has done. Pure: the caller brings what was read, the time, and anything
 * random (a fresh sealed key, a new subscription's id).
 */
import { addMilliseconds, dateOf, millisecondsPerDay, startOfDay } from '../platform/calendar.ts';
import type { Instant } from '../platform/calendar.ts';
import { judgedAt } from '../platform/judged-at.ts';
import { refuse } from '../platform/refusals.ts';
import type { Refusal } from '../platform/refusals.ts';
import type { CloudEvent, Decision } from './events.ts';
import type { SealedKey } from './key-cipher.ts';
import { deadlinePassed, outcomeOf } from './outcome.ts';
import type { KeyRequest, KeyUse } from './outcome.ts';
import { keyFactsOf, keyRefOf, keyStatusOf } from './state.ts';
import type { ProductBenefit, ReplacementReason, Subscription } from './state.ts';

/** What a command is judged by: the benefit, and the partner's tenants and subscriptions. */
export type ProductState = Pick<KeyUse, 'partner' | 'subscriptions'> & { benefit: ProductBenefit };

export type Command =
  /** `fresh` becomes the key unless there is one already (KEY-02). */
  | { type: 'get-key'; fresh: SealedKey }
  /** `issue` as `issueOf` found it; `newSubscriptionId` is used by `activate` only. */
  | { type: 'redeem'; issue: number; request: KeyRequest; newSubscriptionId: string }
  | { type: 'replace-key'; reason: ReplacementReason; fresh: SealedKey }
  | { type: 'revoke' };

/** The instant that a benefit's commands are judged at, together with the subscriptions that they may change. */
export function judgedTogether(
  now: Instant,
  subscriptions: readonly Subscription[],
  ...benefits: readonly ProductBenefit[]
): Instant {
  return judgedAt(now, ...[...subscriptions, ...benefits].map(({ lastAt }) => lastAt));
}

/** How long after its redemption a key can be replaced (KEY-12). */
const replacementDays = 30;

/**
 * The events of a command, those of `settle` first. A refused command has none at all. Where the benefit or a
 * subscription was last changed later than `now`, that is when the command is carried out.
 *
 * get-key: the key is issued once; every call is a `key-viewed`. Refused (ActivationDeadlinePassed) only where
 * none was issued in time; a key once issued can be looked at for ever.
 * redeem: `outcomeOf`, done.
 * revoke: withdraws a benefit whose key nobody has seen; again, it changes nothing.
 * replace-key: undoes the redemption, kills its key, issues and shows the replacement (`replacementRefusal`).
 */
export function decide(state: ProductState, command: Command, now: Instant): Decision<CloudEvent> {
  const { benefit, subscriptions } = state;
  const at = judgedTogether(now, subscriptions, benefit);
  const decision = decideSettled(state, command, at);
  if ('refusal' in decision) return decision;
  return { events: [...settle(benefit, at), ...decision.events] };
}

/**
 * What time has done that the history does not tell yet: a key that ran out unredeemed, at its own instant, but of a
 * benefit awarded too late for its key at the award's.
 */
export function settle(benefit: ProductBenefit, now: Instant): CloudEvent[] {
  if (benefit.expiryRecorded || benefit.revokedAt !== null) return [];
  if (keyStatusOf(benefit, dateOf(judgedAt(now, benefit.lastAt))) !== 'expired') return [];
  return [{ type: 'expired', at: judgedAt(startOfDay(benefit.activateBy), benefit.lastAt) }];
}

/**
 * Why no key can be shown, if so: BenefitExpired where the benefit was withdrawn, ActivationDeadlinePassed where none
 * was issued before the activate-by date (KEY-02, KEY-10).
 */
export function getKeyRefusal(benefit: ProductBenefit, now: Instant): Refusal | undefined {
  if (benefit.revokedAt !== null) return withdrawn();
  const tooLate = benefit.keys.length === 0 && dateOf(now) >= benefit.activateBy;
  return tooLate ? deadlinePassed(benefit.activateBy) : undefined;
}

/**
 * Why the key cannot be replaced, if so (KEY-12): ReplacementNotAllowed where it was not redeemed, was replaced
 * before, was redeemed more than 30 days ago (to the instant), was not used to add licences as the reason says,
 * or a later redemption built on it; ActivationDeadlinePassed where the new key could not be redeemed any more,
 * since then the partner would lose both.
 */
export function replacementRefusal(
  benefit: ProductBenefit,
  subscriptions: readonly Subscription[],
  reason: ReplacementReason,
  now: Instant,
): Refusal | undefined {
  if (benefit.keys.length > 1) {
    return notAllowed('The key of this benefit was replaced already, which can be done once.');
  }
  const redemption = benefit.keys[0]?.redemption ?? null;
  if (redemption === null) {
    return notAllowed(
      'The key is not redeemed yet. There is nothing to undo: use the key as it is.',
    );
  }
  if (now > addMilliseconds(redemption.at, replacementDays * millisecondsPerDay)) {
    return notAllowed(`The key was redeemed more than ${replacementDays} days ago.`);
  }
  if (reason === 'added-instead-of-extended' && redemption.action !== 'add-licenses') {
    return notAllowed('The key was not used to add licences, so that cannot be the reason.');
  }
  const subscription = subscriptions.find(({ id }) => id === redemption.subscriptionId);
  if (subscription?.latest !== keyRefOf(benefit.id, 1)) {
    return notAllowed('A later redemption built on this one. Have the later key replaced first.');
  }
  return dateOf(now) >= benefit.activateBy ? deadlinePassed(benefit.activateBy) : undefined;
}

function decideSettled(state: ProductState, command: Command, now: Instant): Decision<CloudEvent> {
  const { benefit } = state;
  switch (command.type) {
    case 'get-key': {
      const refusal = getKeyRefusal(benefit, now);
      if (refusal !== undefined) return { refusal };
      if (benefit.keys.length === 0) return { events: issueAndShow(1, command.fresh, now) };
      return { events: [{ type: 'key-viewed', at: now, issue: benefit.keys.length }] };
    }
    case 'redeem':
      return redeem(state, command, now);
    case 'replace-key':
      return replace(state, command, now);
    case 'revoke':
      return revoke(benefit, now);
  }
}

function revoke(benefit: ProductBenefit, now: Instant): Decision<CloudEvent> {
  if (benefit.revokedAt !== null) return { events: [] };
  if (benefit.keys.length > 0) {
    return {
      refusal: refuse(
        'AlreadyAssigned',
        'The key of this benefit was given out already. It can be withdrawn only before that.',
      ),
    };
  }
  if (dateOf(now) >= benefit.activateBy) {
    return {
      refusal: refuse(
        'BenefitExpired',
        `This benefit expired on ${benefit.activateBy}. There is nothing to withdraw.`,
      ),
    };
  }
  return { events: [{ type: 'revoked', at: now }] };
}

function redeem(
  { benefit, partner, subscriptions }: ProductState,
  { issue, request, newSubscriptionId }: Extract<Command, { type: 'redeem' }>,
  now: Instant,
): Decision<CloudEvent> {
  const key = keyFactsOf(benefit, issue);
  const decided = outcomeOf({ request, key, partner, subscriptions, today: dateOf(now) });
  if ('refusal' in decided) return decided;
  const { action, tenantId, subscription, result } = decided.outcome;
  const previous =
    subscription === null
      ? null
      : {
          licenses: subscription.licenses,
          endDate: subscription.endDate,
          latest: subscription.latest,
        };
  const subscriptionId = subscription?.id ?? newSubscriptionId;
  const { licenses } = benefit;
  return {
    events: [
      {
        type: 'redeemed',
        at: now,
        issue,
        licenses,
        action,
        subscriptionId,
        tenantId,
        previous,
        result,
      },
    ],
  };
}

function replace(
  { benefit, subscriptions }: ProductState,
  { reason, fresh }: Extract<Command, { type: 'replace-key' }>,
  now: Instant,
): Decision<CloudEvent> {
  const refusal = replacementRefusal(benefit, subscriptions, reason, now);
  if (refusal !== undefined) return { refusal };
  const redemption = benefit.keys[0]?.redemption;
  if (!redemption) throw new Error('A key that may be replaced is a redeemed one');
  const { subscriptionId, previous } = redemption;
  const restored =
    previous === null ? null : { licenses: previous.licenses, endDate: previous.endDate };
  return {
    events: [
      { type: 'replaced', at: now, issue: 1, reason, subscriptionId, restored },
      ...issueAndShow(2, fresh, now),
    ],
  };
}

function issueAndShow(issue: number, sealed: SealedKey, now: Instant): CloudEvent[] {
  return [
    { type: 'key-issued', at: now, issue, sealed },
    { type: 'key-viewed', at: now, issue },
  ];
}

/** The refusal of anything to be done with a benefit that the operator withdrew. */
export function withdrawn(): Refusal {
  return refuse('BenefitExpired', 'The operator withdrew this benefit. Ask there for another.');
}

function notAllowed(message: string): Refusal {
  return refuse('ReplacementNotAllowed', message);
}
