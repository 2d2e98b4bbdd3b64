/** Plans to ask for, and what they come to in short. */
import type { Plan, PlanTask, Wish } from '../../src/cloud-services/plan.ts';
import type { KeyAction } from '../../src/cloud-services/state.ts';
import { keyOf, partner, subscriptionOf, today } from './fixtures.ts';

export const newProduct = { productId: 'microsoft-365-e5', tenantId: 'tenant-home' };

/** Keys of these sizes for a subscription of 100 licences. */
export function taskOf(sizes: number[], wish: Wish, subscription = subscriptionOf()): PlanTask {
  return {
    target: { subscription },
    keys: sizes.map((licenses, index) => keyOf({ ref: `benefit-${index + 10}/1`, licenses })),
    wish,
    partner,
    subscriptions: [subscription],
    today,
  };
}

/** The same for a product that has no subscription yet. */
export function none(sizes: number[], wish: Wish): PlanTask {
  return { ...taskOf(sizes, wish), target: newProduct, subscriptions: [] };
}

/** Which keys are used, in order, and how. */
export function stepsOf({ steps }: Plan): [number, KeyAction][] {
  return steps.map(({ keyIndex, action }) => [keyIndex, action]);
}
