/** A partner's products in memory, driven through the decider just as a service does. */
import * as fc from 'fast-check';
import { addDays } from '../../src/platform/calendar.ts';
import type { DateOnly, Instant } from '../../src/platform/calendar.ts';
import { decide } from '../../src/cloud-services/decide.ts';
import type { Command, ProductState } from '../../src/cloud-services/decide.ts';
import { evolveBenefit, evolveSubscription } from '../../src/cloud-services/events.ts';
import type { CloudEvent, Decision } from '../../src/cloud-services/events.ts';
import type { EnteredKey, KeyRequest, KeyUse } from '../../src/cloud-services/outcome.ts';
import type { SealedKey } from '../../src/cloud-services/key-cipher.ts';
import type { KeyFacts, ProductBenefit, Subscription } from '../../src/cloud-services/state.ts';

export const partner = { id: 'tenant-home', tenantIds: ['tenant-home', 'tenant-lab'] };
export const today: DateOnly = '2026-11-22';

export function at(date: DateOnly, time = '12:00:00.000'): Instant {
  return `${date}T${time}Z`;
}

export function benefitOf(change: Partial<ProductBenefit> = {}): ProductBenefit {
  return {
    id: 'benefit-1',
    membershipId: 'membership-1',
    membershipType: 'solutions-partner-modern-work',
    program: 'Solutions Partner',
    productId: 'microsoft-365-e5',
    productName: 'Microsoft 365 E5',
    licenses: 100,
    activateBy: '2027-06-01',
    usageRightsUntil: '2027-06-01',
    provisionedAt: at('2026-06-01'),
    keys: [],
    revokedAt: null,
    expiryRecorded: false,
    lastAt: change.provisionedAt ?? at('2026-06-01'),
    ...change,
  };
}

export function subscriptionOf(change: Partial<Subscription> = {}): Subscription {
  return {
    id: 'subscription-1',
    productId: 'microsoft-365-e5',
    productName: 'Microsoft 365 E5',
    tenantId: 'tenant-home',
    licenses: 100,
    startDate: '2026-01-22',
    endDate: '2027-01-22',
    latest: 'benefit-0/1',
    deletedAt: null,
    lastAt: at('2026-01-22'),
    ...change,
  };
}

export function keyOf(change: Partial<KeyFacts> = {}): KeyFacts {
  return {
    ref: 'benefit-1/1',
    productId: 'microsoft-365-e5',
    productName: 'Microsoft 365 E5',
    licenses: 100,
    activateBy: '2027-06-01',
    spent: false,
    ...change,
  };
}

export function useOf(
  request: KeyRequest,
  change: { key?: EnteredKey; subscriptions?: Subscription[]; today?: DateOnly } = {},
): KeyUse {
  return { request, key: keyOf(), subscriptions: [], today, partner, ...change };
}

export function sealed(name: string): SealedKey {
  return { hash: `hash-${name}`, ciphertext: `v1.ciphertext-${name}` };
}

/** What was read, and what commands made of it. Refused commands leave it alone. */
export type World = { benefits: Map<string, ProductBenefit>; subscriptions: Subscription[] };

export function worldOf(benefits: ProductBenefit[], subscriptions: Subscription[] = []): World {
  return { benefits: new Map(benefits.map((benefit) => [benefit.id, benefit])), subscriptions };
}

export function benefitIn(world: World, id = 'benefit-1'): ProductBenefit {
  const benefit = world.benefits.get(id);
  if (benefit === undefined) throw new Error(`no benefit ${id}`);
  return benefit;
}

export function stateIn(world: World, id = 'benefit-1'): ProductState {
  return { benefit: benefitIn(world, id), partner, subscriptions: world.subscriptions };
}

/** Decides and applies a command. */
export function run(
  world: World,
  command: Command,
  now: Instant,
  id = 'benefit-1',
): Decision<CloudEvent> {
  const decision = decide(stateIn(world, id), command, now);
  if ('events' in decision) for (const event of decision.events) apply(world, id, event);
  return decision;
}

function apply(world: World, id: string, event: CloudEvent): void {
  const benefit = benefitIn(world, id);
  const touched =
    event.type === 'redeemed' || event.type === 'replaced' ? event.subscriptionId : undefined;
  const before = world.subscriptions.find((subscription) => subscription.id === touched);
  const after = evolveSubscription(before, benefit, event);
  const others = world.subscriptions.filter((subscription) => subscription !== before);
  world.subscriptions = after === undefined ? others : [...others, after];
  world.benefits.set(id, evolveBenefit(benefit, event));
}

/** The code of a refusal, or undefined where there is none. */
export function codeOf(answer: object): string | undefined {
  return 'refusal' in answer ? (answer.refusal as { code: string }).code : undefined;
}

/** Any day of 2024 to 2031, two leap years included. */
export const anyDate: fc.Arbitrary<DateOnly> = fc
  .nat({ max: 2921 })
  .map((days) => addDays('2024-01-01', days));

export const anyLicenses: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 1000 }),
  fc.constantFrom(25, 50, 100, 300),
);
