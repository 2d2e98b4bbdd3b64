import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays } from '../../src/platform/calendar.ts';
import {
  keyFactsOf,
  keyStatusOf,
  productSubscriptionStatus,
  subscriptionDates,
  subscriptionStatusOf,
} from '../../src/cloud-services/state.ts';
import { subscriptionView } from '../../src/cloud-services/views.ts';
import {
  anyDate,
  at,
  benefitOf,
  run,
  sealed,
  subscriptionOf,
  worldOf,
  benefitIn,
} from './fixtures.ts';

test('KEY-11 active until its end, expired for 30 days, disabled for 90, then deleted, to the millisecond', () => {
  const subscription = subscriptionOf({ endDate: '2027-01-22' });
  const statusAt = (now: string) => subscriptionView(subscription, now).status;
  expect(statusAt('2027-01-21T23:59:59.999Z')).toBe('active');
  expect(statusAt('2027-01-22T00:00:00.000Z')).toBe('expired');
  expect(statusAt('2027-02-20T23:59:59.999Z')).toBe('expired');
  expect(statusAt('2027-02-21T00:00:00.000Z')).toBe('disabled');
  expect(statusAt('2027-05-21T23:59:59.999Z')).toBe('disabled');
  expect(statusAt('2027-05-22T00:00:00.000Z')).toBe('deleted');
});

test('KEY-11 the status only ever moves on, on the days foretold', () => {
  const order = ['active', 'expired', 'disabled', 'deleted'];
  fc.assert(
    fc.property(anyDate, fc.integer({ min: -200, max: 200 }), (endDate, days) => {
      const subscription = { endDate, deletedAt: null };
      const today = addDays(endDate, days);
      const reached = Object.values(subscriptionDates(subscription)).filter((day) => day <= today);
      expect(subscriptionStatusOf(subscription, today)).toBe(order[reached.length]);
    }),
  );
});

test('KEY-11 what was undone is deleted at once', () => {
  const deletedAt = at('2026-11-01');
  expect(subscriptionStatusOf({ endDate: '2027-01-22', deletedAt }, '2026-11-22')).toBe('deleted');
});

test('KEY-01 Active if any is active, else Expired if any is expired or disabled, else none', () => {
  const today = '2026-11-22';
  const active = subscriptionOf({ endDate: '2026-11-23' });
  const expired = subscriptionOf({ endDate: '2026-11-22' });
  const disabled = subscriptionOf({ endDate: '2026-10-01' });
  const deleted = subscriptionOf({ endDate: '2026-01-01' });
  const other = subscriptionOf({ endDate: '2027-11-23', productId: 'power-bi-pro' });
  const status = (...all: (typeof active)[]) =>
    productSubscriptionStatus('microsoft-365-e5', all, today);
  expect(status(deleted, expired, active)).toBe('Active');
  expect(status(other, deleted, expired)).toBe('Expired');
  expect(status(disabled)).toBe('Expired');
  expect(status(deleted, other)).toBe('No active subscription');
  expect(status()).toBe('No active subscription');
});

test('KEY-01 the key status: not issued, issued, redeemed, replaced, redeemed again, or expired', () => {
  const world = worldOf([benefitOf()]);
  const status = (today = '2026-12-01') => keyStatusOf(benefitIn(world), today);
  const redeem = { type: 'redeem', request: { action: 'activate' } } as const;
  expect([status(), status('2027-05-31'), status('2027-06-01')]).toEqual([
    'not-issued',
    'not-issued',
    'expired',
  ]);
  run(world, { type: 'get-key', fresh: sealed('a') }, at('2026-11-22'));
  expect([status(), status('2027-06-01')]).toEqual(['issued', 'expired']);
  run(world, { ...redeem, issue: 1, newSubscriptionId: 's1' }, at('2026-11-23'));
  expect([status(), status('2027-06-01')]).toEqual(['redeemed', 'redeemed']);
  run(world, { type: 'replace-key', reason: 'wrong-tenant', fresh: sealed('b') }, at('2026-11-24'));
  expect([status(), status('2027-06-01')]).toEqual(['replaced', 'expired']);
  run(world, { ...redeem, issue: 2, newSubscriptionId: 's2' }, at('2026-11-25'));
  expect([status(), status('2027-06-01')]).toEqual(['redeemed', 'redeemed']);
});

test('KEY-01 the facts of a benefit’s key, issued or not', () => {
  const world = worldOf([benefitOf()]);
  const facts = (issue: number) => keyFactsOf(benefitIn(world), issue);
  const common = {
    productId: 'microsoft-365-e5',
    productName: 'Microsoft 365 E5',
    licenses: 100,
    activateBy: '2027-06-01',
  };
  expect(facts(1)).toEqual({ ...common, ref: 'benefit-1/1', spent: false });
  run(world, { type: 'get-key', fresh: sealed('a') }, at('2026-11-22'));
  expect(facts(1).spent).toBe(false);
  const request = { action: 'activate' } as const;
  run(world, { type: 'redeem', issue: 1, request, newSubscriptionId: 's' }, at('2026-11-23'));
  expect(facts(1)).toEqual({ ...common, ref: 'benefit-1/1', spent: true });
  expect(facts(2)).toEqual({ ...common, ref: 'benefit-1/2', spent: false });
});
