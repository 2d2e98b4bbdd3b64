import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { addDays } from '../../src/platform/calendar.ts';
import { outcomeOf } from '../../src/cloud-services/outcome.ts';
import type { KeyUse } from '../../src/cloud-services/outcome.ts';
import { keyFactsOf } from '../../src/cloud-services/state.ts';
import { validationView } from '../../src/cloud-services/views.ts';
import {
  anyLicenses,
  at,
  benefitIn,
  benefitOf,
  codeOf,
  keyOf,
  partner,
  run,
  sealed,
  subscriptionOf,
  today,
  useOf,
  worldOf,
} from './fixtures.ts';

// Properties on a machine with much else to do: a generous limit, which nothing waits for.
vi.setConfig({ testTimeout: 30_000 });

function shown(use: KeyUse) {
  const decided = outcomeOf(use);
  if ('refusal' in decided) throw new Error(decided.refusal.code);
  return validationView(decided.outcome);
}

test('KEY-03 validate shows product, licences, duration and what would result', () => {
  const subscriptions = [subscriptionOf()];
  expect(shown(useOf({ action: 'add-licenses' }, { subscriptions }))).toEqual({
    product: { id: 'microsoft-365-e5', name: 'Microsoft 365 E5' },
    licenses: 100,
    durationMonths: 12,
    result: { licenses: 200, endDate: '2027-06-22', endsEarlier: false },
  });
});

test('KEY-05 activate opens a subscription of 12 months where there is none, or an ended one', () => {
  const expected = { licenses: 100, endDate: '2027-11-22', endsEarlier: false };
  expect(shown(useOf({ action: 'activate' })).result).toEqual(expected);
  for (const endDate of [today, '2026-10-01', '2026-01-01']) {
    const subscriptions = [subscriptionOf({ endDate })];
    expect(shown(useOf({ action: 'activate' }, { subscriptions })).result).toEqual(expected);
    const named = { action: 'activate', subscriptionId: 'subscription-1' } as const;
    const decided = outcomeOf(useOf(named, { subscriptions }));
    expect('outcome' in decided && decided.outcome.subscription).toBeNull();
  }
});

test('KEY-05 activate on an active subscription is refused, naming the two other actions', () => {
  const decided = outcomeOf(useOf({ action: 'activate' }, { subscriptions: [subscriptionOf()] }));
  expect(codeOf(decided)).toBe('SubscriptionActive');
  expect('refusal' in decided && decided.refusal.message).toMatch(/extend.*add-licenses/);
});

test('KEY-05 each tenant has its own subscription of a product', () => {
  const subscriptions = [subscriptionOf({ tenantId: 'tenant-lab', licenses: 7 })];
  expect(shown(useOf({ action: 'activate' }, { subscriptions })).result.licenses).toBe(100);
  const lab = { action: 'add-licenses', tenantId: 'tenant-lab' } as const;
  expect(shown(useOf(lab, { subscriptions })).result.licenses).toBe(107);
  const named = { action: 'add-licenses', subscriptionId: 'subscription-1' } as const;
  expect(shown(useOf(named, { subscriptions })).result.licenses).toBe(107);
  expect(codeOf(outcomeOf(useOf({ action: 'extend' }, { subscriptions })))).toBe(
    'NoActiveSubscription',
  );
});

test('KEY-06 extend moves the end date on and leaves the licences', () => {
  const subscriptions = [subscriptionOf()];
  const key = keyOf({ licenses: 25 });
  expect(shown(useOf({ action: 'extend' }, { subscriptions, key })).result).toEqual({
    licenses: 100,
    endDate: '2027-04-22',
    endsEarlier: false,
  });
});

test('KEY-07 an extension of more than 36 months is refused with the most that can be taken', () => {
  const subscriptions = [subscriptionOf({ licenses: 7 })];
  const extend = (licenses: number) =>
    outcomeOf(useOf({ action: 'extend' }, { subscriptions, key: keyOf({ licenses }) }));
  expect(codeOf(extend(21))).toBeUndefined();
  const refused = extend(22);
  expect(codeOf(refused)).toBe('ExtensionBeyondCap');
  expect('refusal' in refused && refused.refusal.message).toContain('a key of 21 licences');
});

test('KEY-08 adding says when the end date moves earlier', () => {
  const subscriptions = [subscriptionOf({ endDate: '2028-11-22' })];
  expect(shown(useOf({ action: 'add-licenses' }, { subscriptions })).result).toEqual({
    licenses: 200,
    endDate: '2028-05-22',
    endsEarlier: true,
  });
});

test('KEY-08 an end date that stays is not earlier', () => {
  const subscriptions = [subscriptionOf({ endDate: '2027-11-22' })];
  const { result } = shown(useOf({ action: 'add-licenses' }, { subscriptions }));
  expect(result).toEqual({ licenses: 200, endDate: '2027-11-22', endsEarlier: false });
});

test('KEY-10 an active subscription of another product neither helps nor hinders', () => {
  const subscriptions = [subscriptionOf({ productId: 'power-bi-pro' })];
  expect(codeOf(outcomeOf(useOf({ action: 'activate' }, { subscriptions })))).toBeUndefined();
  expect(codeOf(outcomeOf(useOf({ action: 'extend' }, { subscriptions })))).toBe(
    'NoActiveSubscription',
  );
});

test('KEY-10 the named subscription is meant, even where a newer one is active', () => {
  const subscriptions = [subscriptionOf({ id: 'old', endDate: today }), subscriptionOf()];
  const use = useOf({ action: 'extend', subscriptionId: 'old' }, { subscriptions });
  expect(codeOf(outcomeOf(use))).toBe('NoActiveSubscription');
});

test('KEY-04 another outcome than the expected is PreconditionFailed', () => {
  const withExpected = (licenses: number, endDate: string) =>
    codeOf(outcomeOf(useOf({ action: 'activate', expected: { licenses, endDate } })));
  expect(withExpected(100, '2027-11-22')).toBeUndefined();
  expect(withExpected(101, '2027-11-22')).toBe('PreconditionFailed');
  expect(withExpected(100, '2027-11-23')).toBe('PreconditionFailed');
});

test('KEY-10 the deadline is exclusive: the day before it a key fits, on it no more', () => {
  const on = (day: string) => codeOf(outcomeOf(useOf({ action: 'activate' }, { today: day })));
  expect(on('2027-05-31')).toBeUndefined();
  expect(on('2027-06-01')).toBe('ActivationDeadlinePassed');
});

test('KEY-10 a subscription that ended takes neither extend nor add-licenses', () => {
  for (const endDate of [today, '2026-10-01', '2026-01-01']) {
    for (const action of ['extend', 'add-licenses'] as const) {
      for (const subscriptionId of [undefined, 'subscription-1']) {
        const use = useOf(
          { action, subscriptionId },
          { subscriptions: [subscriptionOf({ endDate })] },
        );
        expect(codeOf(outcomeOf(use))).toBe('NoActiveSubscription');
      }
    }
  }
});

test('KEY-10 a subscription of another tenant than the given one is WrongTenant, an unknown one NotFound', () => {
  const subscriptions = [subscriptionOf()];
  const request = { action: 'extend', subscriptionId: 'subscription-1' } as const;
  const lab = useOf({ ...request, tenantId: 'tenant-lab' }, { subscriptions });
  expect(codeOf(outcomeOf(lab))).toBe('WrongTenant');
  expect(codeOf(outcomeOf(useOf({ ...request, subscriptionId: 'else' }, { subscriptions })))).toBe(
    'NotFound',
  );
});

test('KEY-10 refusals come in the settled order, whatever else is wrong as well', () => {
  // Everything is wrong at first; each line puts the first of what is left right.
  const small = subscriptionOf({ licenses: 1, productId: 'power-bi-pro', endDate: '2026-01-01' });
  const late = keyOf({ spent: true, activateBy: today });
  const expected = { licenses: 1, endDate: '2030-01-01' };
  const wrong = useOf(
    { action: 'extend', tenantId: 'elsewhere', subscriptionId: 'subscription-1', expected },
    { key: 'malformed', subscriptions: [small] },
  );
  const told: (string | undefined)[] = [];
  const tell = (use: KeyUse) => {
    told.push(codeOf(outcomeOf(use)));
    return use;
  };
  let use = tell(wrong);
  use = tell({ ...use, key: 'unknown' });
  use = tell({ ...use, key: late });
  use = tell({ ...use, key: { ...late, spent: false } });
  use = tell({ ...use, request: { ...use.request, tenantId: undefined } });
  use = tell({ ...use, key: keyOf() });
  use = tell({ ...use, subscriptions: [{ ...small, productId: 'microsoft-365-e5' }] });
  use = tell({ ...use, subscriptions: [subscriptionOf({ licenses: 1 })] });
  use = tell({ ...use, subscriptions: [subscriptionOf()] });
  tell({ ...use, request: { action: 'extend' } });
  expect(told).toEqual([
    'MalformedProductKey',
    'UnknownProductKey',
    'KeyAlreadyRedeemed',
    'WrongTenant',
    'ActivationDeadlinePassed',
    'WrongProduct',
    'NoActiveSubscription',
    'ExtensionBeyondCap',
    'PreconditionFailed',
    undefined,
  ]);
});

test('KEY-10 each refusal says what is wrong, with which field, and what to do', () => {
  const refused = (...[request, change]: Parameters<typeof useOf>) => {
    const answer = outcomeOf(useOf(request, change));
    return 'refusal' in answer ? answer.refusal : undefined;
  };
  const activate = { action: 'activate' } as const;
  const extend = { action: 'extend', subscriptionId: 'subscription-1' } as const;
  const subscriptions = [subscriptionOf()];
  expect(refused(activate, { key: 'malformed' })).toEqual({
    code: 'MalformedProductKey',
    message:
      'This is not a product key: a character is wrong, or some are missing or swapped. Enter all 25 characters again.',
    target: 'productKey',
  });
  expect(refused(activate, { key: 'unknown' })).toEqual({
    code: 'UnknownProductKey',
    message:
      'No benefit of this partner has this product key. Check that it was issued to this partner.',
    target: 'productKey',
  });
  expect(refused(activate, { key: keyOf({ spent: true }) })).toEqual({
    code: 'KeyAlreadyRedeemed',
    message: 'This product key is already redeemed or was replaced. A key can be redeemed once.',
    target: 'productKey',
  });
  expect(refused({ ...activate, tenantId: 'elsewhere' })).toEqual({
    code: 'WrongTenant',
    message:
      'A key can be redeemed only in a tenant of this partner, and in the tenant of the subscription that it is for.',
    target: 'tenantId',
  });
  expect(refused(activate, { today: '2027-06-01' })).toEqual({
    code: 'ActivationDeadlinePassed',
    message:
      'This benefit had to be redeemed before 2027-06-01. A renewed membership awards a new key.',
  });
  expect(refused(extend)).toMatchObject({ code: 'NotFound', target: 'subscriptionId' });
  const other = [subscriptionOf({ productId: 'power-bi-pro', productName: 'Power BI Pro' })];
  expect(refused(extend, { subscriptions: other })).toEqual({
    code: 'WrongProduct',
    message:
      "The key is for Microsoft 365 E5, the subscription is of Power BI Pro. Name a subscription of the key's product.",
    target: 'subscriptionId',
  });
  expect(refused(activate, { subscriptions })).toEqual({
    code: 'SubscriptionActive',
    message:
      'There is an active subscription of this product. Use extend to move its end date on, or add-licenses to add licences to it.',
    target: 'action',
  });
  expect(refused({ action: 'add-licenses' })).toEqual({
    code: 'NoActiveSubscription',
    message:
      'There is no active subscription for add-licenses. Use activate to open a new subscription.',
    target: 'action',
  });
  expect(refused(extend, { subscriptions, key: keyOf({ licenses: 400 }) })).toEqual({
    code: 'ExtensionBeyondCap',
    message:
      'This key of 400 licences would extend the subscription by 48 months; at most 36 are allowed. ' +
      'The most that this subscription of 100 licences can take is a key of 300 licences. Use add-licenses, or a smaller key.',
    target: 'action',
  });
  expect(refused(extend, { subscriptions, key: keyOf({ licenses: 301 }) })?.message).toContain(
    'by more than 36 months; at most 36',
  );
  expect(refused({ ...activate, expected: { licenses: 1, endDate: today } })).toEqual({
    code: 'PreconditionFailed',
    message:
      'Nothing was redeemed: the result would be 100 licences until 2027-11-22, not what was expected. Validate again.',
    target: 'expected',
  });
});

test('KEY-10 a tenant that is named and no tenant of the partner is WrongTenant, whatever subscription is there', () => {
  const subscriptions = [subscriptionOf({ tenantId: 'elsewhere' })];
  const request = { action: 'extend', subscriptionId: 'subscription-1' } as const;
  expect(codeOf(outcomeOf(useOf(request, { subscriptions })))).toBe('WrongTenant');
});

test('KEY-05 where a subscription is active, naming an ended one opens no other', () => {
  const subscriptions = [subscriptionOf({ id: 'old', endDate: today }), subscriptionOf()];
  const use = useOf({ action: 'activate', subscriptionId: 'old' }, { subscriptions });
  expect(codeOf(outcomeOf(use))).toBe('SubscriptionActive');
});

test('KEY-02 no refusal holds a reference by which a key could be told', () => {
  const key = keyOf({ ref: 'secret-ref', spent: true });
  expect(JSON.stringify(outcomeOf(useOf({ action: 'activate' }, { key })))).not.toContain('secret');
});

test('KEY-04 redeem does exactly what validate showed, refusals included', () => {
  const action = fc.constantFrom('activate', 'extend', 'add-licenses');
  const subscription = fc
    .record({
      licenses: anyLicenses,
      endDate: fc.integer({ min: -150, max: 900 }).map((days) => addDays(today, days)),
      tenantId: fc.constantFrom('tenant-home', 'tenant-lab'),
      productId: fc.constantFrom('microsoft-365-e5', 'microsoft-365-e5', 'power-bi-pro'),
    })
    .map((change) => subscriptionOf(change));
  const request = fc.record({
    action,
    tenantId: fc.constantFrom(undefined, undefined, 'tenant-home', 'tenant-lab', 'elsewhere'),
    subscriptionId: fc.constantFrom(undefined, undefined, 'subscription-1', 'subscription-2'),
  });
  const redeemedBefore = fc.constantFrom(false, false, false, true);
  fc.assert(
    fc.property(
      fc.array(subscription, { maxLength: 1 }),
      request,
      anyLicenses,
      redeemedBefore,
      fc.constantFrom('2027-06-01', '2027-06-01', today),
      (subscriptions, asked, licenses, redeemed, activateBy) => {
        const world = worldOf([benefitOf({ licenses })], []);
        run(world, { type: 'get-key', fresh: sealed('a') }, at('2026-11-01'));
        const redeem = { type: 'redeem', issue: 1, newSubscriptionId: 'new' } as const;
        const first = { ...redeem, request: { action: 'activate' } } as const;
        if (redeemed) run(world, { ...first, newSubscriptionId: 'old' }, at('2026-11-01'));
        world.benefits.set('benefit-1', { ...benefitIn(world), activateBy });
        world.subscriptions = subscriptions;
        const key = keyFactsOf(benefitIn(world), 1);
        const validated = outcomeOf({ request: asked, key, partner, subscriptions, today });
        const before = structuredClone(world);
        const done = run(world, { ...redeem, request: asked }, at(today));
        if ('refusal' in validated) {
          expect(done).toEqual(validated);
          expect(world).toEqual(before);
          return;
        }
        const { outcome } = validated;
        const changed = world.subscriptions.find(
          ({ id }) => id === (outcome.subscription?.id ?? 'new'),
        );
        expect(changed).toMatchObject({ ...outcome.result, tenantId: outcome.tenantId });
        const again = run(world, { ...redeem, request: asked }, at(today));
        expect(codeOf(again)).toBe('KeyAlreadyRedeemed');
      },
    ),
    { numRuns: 1000 },
  );
});
