/**
 * The plan (KEY-13): which of the keys at hand to use on a subscription, in which order and how, so that it gets
 * at least the wished licences and lasts at least until the wished date, or why that cannot be.
 *
 * The best plan spends the fewest licence-months: a key of C licences brings exactly C × 12 of them whichever
 * way it is used, so this leaves the most for another time. Then fewest keys, then the latest end.
 * The search (plan-search.ts) is exact for any twelve keys, and for more
 * where enough of them are of the same size; beyond that a few bounded tries are made (plan-choice.ts), and the
 * plan says so.
 */
import type { DateOnly } from '../platform/calendar.ts';
import type { RefusalCode } from '../platform/refusals.ts';
import { applyKey, outcomeOf } from './outcome.ts';
import type { EnteredKey, KeyRequest, KeyUse } from './outcome.ts';
import { chooseUses } from './plan-choice.ts';
import type { KeyUseStep, UsableKey } from './plan-choice.ts';
import type { SearchTask } from './plan-search.ts';
import { packDate, unpackDate } from './plan-time.ts';
import { subscriptionStatusOf } from './state.ts';
import type { KeyAction, Subscription, Terms } from './state.ts';

/** "At least": so many licences, an end not before that date. What is left out is not asked for. */
export type Wish = { licenses?: number | undefined; endDate?: DateOnly | undefined };

/**
 * What to plan for: a subscription (an ended one is opened anew by the first key), or a product that has none yet
 * in a tenant. `keys` in the caller's order; those that cannot be used here are passed over and named.
 */
export type PlanTask = Pick<KeyUse, 'partner' | 'subscriptions' | 'today'> & {
  target: { subscription: Subscription } | { productId: string; tenantId: string };
  keys: readonly EnteredKey[];
  wish: Wish;
};

/** One redemption of the plan: the key's position in the caller's list, and what the subscription is after it. */
export type PlanStep = Terms & { keyIndex: number; action: KeyAction };

export type Plan = {
  feasible: boolean;
  /** To be redeemed in this order, today. None where the wish is granted already or cannot be. */
  steps: PlanStep[];
  /** After the steps; null where there is no active subscription. */
  result: Terms | null;
  /** Why it cannot be done; also given when a found plan may not be the best. */
  reason?: string;
  /** Whether all usable keys were searched. Where not, a better plan may exist, or one at all. */
  complete: boolean;
  unusable: { keyIndex: number; code: RefusalCode }[];
};

/**
 * The best plan for a wish, deterministic: the same keys and day give the same plan. Redeeming its steps in
 * their order on the same day, each without naming more than product and tenant, gives exactly its promise.
 */
export function planOf(task: PlanTask): Plan {
  const steps = planInSteps(task);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same in steps of some milliseconds, for whoever has others to serve meanwhile. */
export function* planInSteps(task: PlanTask): Generator<undefined, Plan> {
  const { today, wish } = task;
  const present = presentTerms(task);
  const { usable, unusable } = sortOut(task, present);
  const searchTask: SearchTask = {
    licenses: present?.licenses ?? 0,
    end: packDate(present?.endDate ?? today),
    today: packDate(today),
    wishedLicenses: Math.max(wish.licenses ?? 1, 1),
    wishedEnd: wish.endDate === undefined ? 0 : packDate(wish.endDate),
  };
  const { found, complete } = yield* chooseUses(usable, searchTask);
  const common = { complete, unusable };
  if ('latestEnd' in found) {
    const reason = whyNot(usable, searchTask, found.latestEnd, complete);
    return { feasible: false, steps: [], result: present, reason, ...common };
  }
  const steps = execute(found.uses, present, today);
  const result = steps.at(-1) ?? present;
  return {
    feasible: true,
    steps,
    result: result === null ? null : { licenses: result.licenses, endDate: result.endDate },
    ...(complete
      ? {}
      : {
          reason:
            'There are too many keys to try all ways: this plan grants the wish, but a better one may exist.',
        }),
    ...common,
  };
}

function presentTerms({ target, today }: PlanTask): Terms | null {
  if (!('subscription' in target)) return null;
  const { subscription } = target;
  if (subscriptionStatusOf(subscription, today) !== 'active') return null;
  return { licenses: subscription.licenses, endDate: subscription.endDate };
}

/** Which keys can be put into the target as things are. The sooner a key runs out, the sooner it is used. */
function sortOut(
  { target, keys, partner, subscriptions, today }: PlanTask,
  present: Terms | null,
): { usable: UsableKey[]; unusable: Plan['unusable'] } {
  const action = present === null ? 'activate' : 'add-licenses';
  const request: KeyRequest =
    'subscription' in target
      ? { action, subscriptionId: target.subscription.id }
      : { action, tenantId: target.tenantId };
  const usable: UsableKey[] = [];
  const unusable: Plan['unusable'] = [];
  const seen = new Set<string>();
  for (const [keyIndex, key] of keys.entries()) {
    const decided = outcomeOf({ request, key, partner, subscriptions, today });
    if ('refusal' in decided) {
      unusable.push({ keyIndex, code: decided.refusal.code });
    } else if ('productId' in target && decided.outcome.key.productId !== target.productId) {
      unusable.push({ keyIndex, code: 'WrongProduct' });
    } else if (seen.has(decided.outcome.key.ref)) {
      unusable.push({ keyIndex, code: 'KeyAlreadyRedeemed' });
    } else {
      seen.add(decided.outcome.key.ref);
      usable.push({ keyIndex, facts: decided.outcome.key });
    }
  }
  usable.sort((one, other) => compare(one.facts.activateBy, other.facts.activateBy));
  return { usable, unusable };
}

/** The steps with their results by the very function that validate and redeem use. */
function execute(uses: readonly KeyUseStep[], present: Terms | null, today: DateOnly): PlanStep[] {
  const steps: PlanStep[] = [];
  let terms = present;
  for (const { key, add } of uses) {
    const action: KeyAction = add ? (terms === null ? 'activate' : 'add-licenses') : 'extend';
    const applied = applyKey(action, terms, key.facts.licenses, today);
    if ('refusal' in applied) throw new Error(`A planned ${action} was refused`);
    terms = applied.result;
    steps.push({ keyIndex: key.keyIndex, action, ...terms });
  }
  return steps;
}

function whyNot(
  usable: readonly UsableKey[],
  { licenses, wishedLicenses }: SearchTask,
  latestEnd: number | undefined,
  complete: boolean,
): string {
  if (usable.length === 0) return 'None of the keys can be used for this subscription.';
  const most = usable.reduce((sum, { facts }) => sum + facts.licenses, licenses);
  if (most < wishedLicenses) {
    return `With all usable keys added the subscription has ${most} licences, fewer than the ${wishedLicenses} wished for.`;
  }
  const searched = complete ? 'these keys' : 'the keys tried (there are too many to try all ways)';
  if (latestEnd === undefined)
    return `With ${searched}, no plan for ${wishedLicenses} licences was found.`;
  return `With ${searched} and at least ${wishedLicenses} licences, the latest end date is ${unpackDate(latestEnd)}.`;
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
