import { expect, test } from 'vitest';
import { settle } from '../../src/cloud-services/decide.ts';
import {
  evolveBenefit,
  evolveSubscription,
  ledgerEntryOf,
} from '../../src/cloud-services/events.ts';
import type { CloudEvent, Decision } from '../../src/cloud-services/events.ts';
import { issueOf, keyRefOf } from '../../src/cloud-services/state.ts';
import type { KeyAction } from '../../src/cloud-services/state.ts';
import { actionsOf, productView, subscriptionView } from '../../src/cloud-services/views.ts';
import {
  at,
  benefitIn,
  benefitOf,
  codeOf,
  run,
  sealed,
  stateIn,
  subscriptionOf,
  worldOf,
} from './fixtures.ts';
import type { World } from './fixtures.ts';

const getKey = { type: 'get-key', fresh: sealed('a') } as const;
const replaceKey = { type: 'replace-key', reason: 'wrong-tenant', fresh: sealed('b') } as const;

function types(decision: Decision<CloudEvent>): string[] {
  return 'events' in decision ? decision.events.map(({ type }) => type) : [];
}

function redeem(world: World, action: KeyAction, now: string, id = 'benefit-1', issue = 1) {
  const request = { action };
  return run(world, { type: 'redeem', issue, request, newSubscriptionId: `by-${id}` }, now, id);
}

/** A world where benefit-1's key was issued and redeemed with the action on 22 November, at noon. */
function redeemedWorld(action: KeyAction, more: string[] = []): World {
  const benefits = ['benefit-1', ...more].map((id) => benefitOf({ id }));
  const world = worldOf(benefits, action === 'activate' ? [] : [subscriptionOf()]);
  for (const { id } of benefits)
    run(world, { type: 'get-key', fresh: sealed(id) }, at('2026-11-21'), id);
  expect(codeOf(redeem(world, action, at('2026-11-22')))).toBeUndefined();
  return world;
}

test('KEY-02 the key is issued once, and every viewing is in the history', () => {
  const world = worldOf([benefitOf()]);
  expect(types(run(world, getKey, at('2026-11-22')))).toEqual(['key-issued', 'key-viewed']);
  const again = run(world, { type: 'get-key', fresh: sealed('other') }, at('2026-11-23'));
  expect(types(again)).toEqual(['key-viewed']);
  expect(benefitIn(world).keys.map((key) => key.sealed)).toEqual([sealed('a')]);
  redeem(world, 'activate', at('2026-11-24'));
  expect(types(run(world, getKey, at('2028-01-01')))).toEqual(['key-viewed']);
});

test('KEY-02 no history entry holds a hash or a ciphertext', () => {
  const world = worldOf([benefitOf()]);
  const decisions = [
    run(world, getKey, at('2026-11-22')),
    redeem(world, 'activate', at('2026-11-23')),
    run(world, replaceKey, at('2026-11-24')),
  ];
  const events = decisions.flatMap((decision) => ('events' in decision ? decision.events : []));
  const history = JSON.stringify(events.map(ledgerEntryOf));
  expect(events.map(({ type }) => type)).toEqual([
    'key-issued',
    'key-viewed',
    'redeemed',
    'replaced',
    'key-issued',
    'key-viewed',
  ]);
  expect(history).not.toMatch(/hash|cipher|sealed/);
});

test('KEY-05 an event of one subscription leaves another alone', () => {
  const world = redeemedWorld('activate');
  const elsewhere = worldOf([benefitOf({ id: 'benefit-2' })]);
  run(elsewhere, { type: 'get-key', fresh: sealed('c') }, at('2026-11-22'), 'benefit-2');
  const opened = redeem(elsewhere, 'activate', at('2026-11-23'), 'benefit-2');
  const replaced = run(world, replaceKey, at('2026-11-24'));
  for (const decision of [opened, replaced]) {
    for (const event of 'events' in decision ? decision.events : []) {
      expect(evolveSubscription(subscriptionOf(), benefitIn(world), event)).toEqual(
        subscriptionOf(),
      );
    }
  }
});

test('KEY-02 a key is found in its benefit by any of its hashes', () => {
  const world = redeemedWorld('activate');
  run(world, replaceKey, at('2026-11-24'));
  const benefit = benefitIn(world);
  expect(issueOf(benefit, ['else', 'hash-benefit-1'])).toBe(1);
  expect(issueOf(benefit, ['hash-b'])).toBe(2);
  expect(issueOf(benefit, ['else'])).toBeUndefined();
});

test('KEY-10 a key that was not issued in time is not issued any more, one that was can still be seen', () => {
  const late = worldOf([benefitOf()]);
  expect(codeOf(run(late, getKey, at('2027-06-01', '00:00:00.000')))).toBe(
    'ActivationDeadlinePassed',
  );
  const inTime = worldOf([benefitOf()]);
  run(inTime, getKey, at('2027-05-31', '23:59:59.999'));
  expect(types(run(inTime, getKey, at('2027-06-01')))).toEqual(['expired', 'key-viewed']);
});

test('KEY-10 a key never redeemed is written down as expired once, at its deadline', () => {
  const benefit = benefitOf();
  expect(settle(benefit, at('2027-05-31', '23:59:59.999'))).toEqual([]);
  const [expired] = settle(benefit, at('2027-09-09'));
  expect(expired).toEqual({ type: 'expired', at: '2027-06-01T00:00:00.000Z' });
  const settled = expired === undefined ? benefit : evolveBenefit(benefit, expired);
  expect(settle(settled, at('2027-09-10'))).toEqual([]);
  expect(settle(benefitIn(redeemedWorld('activate')), at('2027-09-09'))).toEqual([]);
});

test('KEY-10 a key that was too late when it was awarded has expired then, not before', () => {
  const benefit = benefitOf({ activateBy: '2026-05-01' });
  const { provisionedAt } = benefit;
  expect(settle(benefit, at('2026-06-02'))).toEqual([{ type: 'expired', at: provisionedAt }]);
});

test('KEY-02 KEY-10 a clock that is behind does not go back in a history, nor before a deadline', () => {
  const world = worldOf([benefitOf()]);
  run(world, getKey, at('2027-05-31'));
  run(world, getKey, at('2027-06-01', '00:00:00.500'));
  const behind = at('2027-05-31', '23:59:59.500');
  const viewed = run(world, getKey, behind);
  expect(viewed).toEqual({
    events: [{ type: 'key-viewed', at: at('2027-06-01', '00:00:00.500'), issue: 1 }],
  });
  expect(codeOf(redeem(world, 'activate', behind))).toBe('ActivationDeadlinePassed');
  expect(productView(stateIn(world), behind)).toEqual(
    productView(stateIn(world), at('2027-06-01', '00:00:00.500')),
  );
  expect(productView(stateIn(world), behind).keyStatus).toBe('expired');
});

test('KEY-11 a subscription changed by a clock that is ahead is shown as of then by one that is behind', () => {
  const lastAt = at('2027-01-22', '00:00:00.500');
  const view = subscriptionView(subscriptionOf({ lastAt }), at('2027-01-21', '23:59:59.500'));
  expect(view.status).toBe('expired');
});

test('KEY-04 a redemption records who it was, what was before and what is now', () => {
  const world = redeemedWorld('add-licenses');
  expect(benefitIn(world).keys[0]?.redemption).toEqual({
    at: at('2026-11-22'),
    action: 'add-licenses',
    subscriptionId: 'subscription-1',
    tenantId: 'tenant-home',
    previous: { licenses: 100, endDate: '2027-01-22', latest: 'benefit-0/1' },
    result: { licenses: 200, endDate: '2027-06-22' },
  });
  expect(world.subscriptions).toEqual([
    subscriptionOf({
      licenses: 200,
      endDate: '2027-06-22',
      latest: keyRefOf('benefit-1', 1),
      lastAt: at('2026-11-22'),
    }),
  ]);
});

test.each(['extend', 'add-licenses'] as const)('KEY-12 replacing undoes %s exactly', (action) => {
  const world = redeemedWorld(action);
  const decision = run(world, replaceKey, at('2026-12-01'));
  expect(types(decision)).toEqual(['replaced', 'key-issued', 'key-viewed']);
  expect(world.subscriptions).toEqual([subscriptionOf({ lastAt: at('2026-12-01') })]);
  expect(benefitIn(world).keys[1]?.sealed).toEqual(sealed('b'));
});

test('KEY-12 replacing deletes a subscription that the key opened, and the new key opens another', () => {
  const world = redeemedWorld('activate');
  run(world, replaceKey, at('2026-12-01'));
  expect(world.subscriptions).toMatchObject([{ deletedAt: at('2026-12-01') }]);
  const request = { action: 'activate', tenantId: 'tenant-lab' } as const;
  const second = { type: 'redeem', issue: 2, request, newSubscriptionId: 'lab' } as const;
  run(world, second, at('2026-12-02'));
  expect(world.subscriptions.find(({ id }) => id === 'lab')).toMatchObject({
    tenantId: 'tenant-lab',
    startDate: '2026-12-02',
    endDate: '2027-12-02',
    deletedAt: null,
  });
});

test('KEY-12 the dead key answers KeyAlreadyRedeemed', () => {
  const world = redeemedWorld('activate');
  run(world, replaceKey, at('2026-12-01'));
  expect(codeOf(redeem(world, 'activate', at('2026-12-02')))).toBe('KeyAlreadyRedeemed');
});

test('KEY-12 within 30 days of the redemption, to the millisecond', () => {
  const on = (now: string) => codeOf(run(redeemedWorld('activate'), replaceKey, now));
  expect(on('2026-12-22T12:00:00.000Z')).toBeUndefined();
  expect(on('2026-12-22T12:00:00.001Z')).toBe('ReplacementNotAllowed');
});

test('KEY-12 one replacement per benefit', () => {
  const world = redeemedWorld('activate');
  run(world, replaceKey, at('2026-12-01'));
  expect(codeOf(run(world, replaceKey, at('2026-12-02')))).toBe('ReplacementNotAllowed');
  redeem(world, 'activate', at('2026-12-02'), 'benefit-1', 2);
  expect(codeOf(run(world, replaceKey, at('2026-12-03')))).toBe('ReplacementNotAllowed');
});

test('KEY-12 nothing to replace before the redemption', () => {
  const world = worldOf([benefitOf()]);
  expect(codeOf(run(world, replaceKey, at('2026-12-01')))).toBe('ReplacementNotAllowed');
  run(world, getKey, at('2026-12-01'));
  expect(codeOf(run(world, replaceKey, at('2026-12-01')))).toBe('ReplacementNotAllowed');
});

test('KEY-12 "added instead of extended" needs licences to have been added', () => {
  const reason = { ...replaceKey, reason: 'added-instead-of-extended' } as const;
  const on = (action: KeyAction) => codeOf(run(redeemedWorld(action), reason, at('2026-12-01')));
  expect(on('add-licenses')).toBeUndefined();
  expect(on('extend')).toBe('ReplacementNotAllowed');
  expect(on('activate')).toBe('ReplacementNotAllowed');
});

test('KEY-12 a redemption that another built on can be undone only after that one', () => {
  const world = redeemedWorld('extend', ['benefit-2']);
  redeem(world, 'add-licenses', at('2026-11-23'), 'benefit-2');
  const before = structuredClone(world);
  expect(codeOf(run(world, replaceKey, at('2026-11-24')))).toBe('ReplacementNotAllowed');
  expect(world).toEqual(before);
  run(world, replaceKey, at('2026-11-24'), 'benefit-2');
  run(world, replaceKey, at('2026-11-24'));
  expect(world.subscriptions).toEqual([subscriptionOf({ lastAt: at('2026-11-24') })]);
});

test('KEY-12 no replacement that could not be redeemed: the partner would lose both', () => {
  const world = worldOf([benefitOf({ activateBy: '2026-12-01' })]);
  run(world, getKey, at('2026-11-20'));
  redeem(world, 'activate', at('2026-11-30'));
  expect(codeOf(run(world, replaceKey, at('2026-12-01')))).toBe('ActivationDeadlinePassed');
});

function allowed(world: World, now: string) {
  return actionsOf(stateIn(world), now).map(({ name, allowed: yes, reasons }) =>
    yes ? name : `${name}: ${reasons.map(({ code }) => code).join()}`,
  );
}

test('KEY-01 actions and reasons come from the guards of the commands', () => {
  const world = worldOf([benefitOf()]);
  expect(allowed(world, at('2026-11-22'))).toEqual([
    'get-key',
    'activate',
    'extend: NoActiveSubscription',
    'add-licenses: NoActiveSubscription',
    'replace-key: ReplacementNotAllowed',
  ]);
  world.subscriptions = [
    subscriptionOf({ licenses: 10 }),
    subscriptionOf({ id: 'lab', tenantId: 'tenant-lab' }),
  ];
  expect(allowed(world, at('2026-11-22'))).toEqual([
    'get-key',
    'activate: SubscriptionActive',
    'extend',
    'add-licenses',
    'replace-key: ReplacementNotAllowed',
  ]);
  world.subscriptions.pop();
  expect(allowed(world, at('2026-11-22'))[2]).toBe('extend: ExtensionBeyondCap');
  expect(allowed(world, at('2027-06-01')).slice(0, 2)).toEqual([
    'get-key: ActivationDeadlinePassed',
    'activate: ActivationDeadlinePassed',
  ]);
  expect(allowed(redeemedWorld('activate'), at('2026-11-23'))).toEqual([
    'get-key',
    'activate: KeyAlreadyRedeemed',
    'extend: KeyAlreadyRedeemed',
    'add-licenses: KeyAlreadyRedeemed',
    'replace-key',
  ]);
});

test('KEY-01 the view of a product benefit', () => {
  const world = redeemedWorld('activate');
  const { actions, ...view } = productView(stateIn(world), at('2026-11-23'));
  expect(actions).toHaveLength(5);
  expect(view).toEqual({
    productId: 'microsoft-365-e5',
    productName: 'Microsoft 365 E5',
    program: 'Solutions Partner',
    membershipId: 'membership-1',
    membershipType: 'solutions-partner-modern-work',
    licenses: 100,
    activateBy: '2027-06-01',
    usageRightsUntil: '2027-06-01',
    keyStatus: 'redeemed',
    subscriptionStatus: 'Active',
  });
});

const refused = (world: World, command: Parameters<typeof run>[1], now: string) => {
  const decision = run(world, command, now);
  return 'refusal' in decision ? `${decision.refusal.code}: ${decision.refusal.message}` : 'done';
};

test('KEY-12 a refused replacement says why and what to do instead', () => {
  const unused = worldOf([benefitOf()]);
  expect(refused(unused, replaceKey, at('2026-11-22'))).toBe(
    'ReplacementNotAllowed: The key is not redeemed yet. There is nothing to undo: use the key as it is.',
  );
  const extended = redeemedWorld('extend', ['benefit-2']);
  const added = { ...replaceKey, reason: 'added-instead-of-extended' } as const;
  expect(refused(extended, added, at('2026-11-23'))).toBe(
    'ReplacementNotAllowed: The key was not used to add licences, so that cannot be the reason.',
  );
  expect(refused(extended, replaceKey, at('2027-01-01'))).toBe(
    'ReplacementNotAllowed: The key was redeemed more than 30 days ago.',
  );
  redeem(extended, 'extend', at('2026-11-24'), 'benefit-2');
  expect(refused(extended, replaceKey, at('2026-11-25'))).toBe(
    'ReplacementNotAllowed: A later redemption built on this one. Have the later key replaced first.',
  );
  const world = redeemedWorld('activate');
  expect(refused(world, replaceKey, at('2026-11-23'))).toBe('done');
  expect(refused(world, replaceKey, at('2026-11-23'))).toBe(
    'ReplacementNotAllowed: The key of this benefit was replaced already, which can be done once.',
  );
});

test('KEY-12 no key is replaced on its activate-by date or later, for the new one would be lost', () => {
  const replacedAt = (activateBy: string) => {
    const world = redeemedWorld('activate');
    world.benefits.set('benefit-1', { ...benefitIn(world), activateBy });
    return codeOf(run(world, replaceKey, at('2026-12-01')));
  };
  expect(replacedAt('2026-12-01')).toBe('ActivationDeadlinePassed');
  expect(replacedAt('2026-12-02')).toBeUndefined();
});

test('KEY-12 the events of a replacement: what is undone, and the new key', () => {
  const now = at('2026-12-01');
  const replaced = (action: KeyAction) => run(redeemedWorld(action), replaceKey, now);
  const fresh = [
    { type: 'key-issued', at: now, issue: 2, sealed: sealed('b') },
    { type: 'key-viewed', at: now, issue: 2 },
  ];
  const common = { type: 'replaced', at: now, issue: 1, reason: 'wrong-tenant' };
  expect(replaced('activate')).toEqual({
    events: [{ ...common, subscriptionId: 'by-benefit-1', restored: null }, ...fresh],
  });
  expect(replaced('extend')).toEqual({
    events: [
      {
        ...common,
        subscriptionId: 'subscription-1',
        restored: { licenses: 100, endDate: '2027-01-22' },
      },
      ...fresh,
    ],
  });
});

const revoke = { type: 'revoke' } as const;

test('KEY-01 a benefit whose key nobody has seen is withdrawn once, and then gives no key and no use', () => {
  const world = worldOf([benefitOf()]);
  const now = at('2026-11-22');
  expect(run(world, revoke, now)).toEqual({ events: [{ type: 'revoked', at: now }] });
  expect(benefitIn(world).revokedAt).toBe(now);
  expect(run(world, revoke, at('2026-11-23'))).toEqual({ events: [] });
  const withdrawn = 'BenefitExpired: The operator withdrew this benefit. Ask there for another.';
  expect(refused(world, getKey, at('2026-11-23'))).toBe(withdrawn);
  expect(settle(benefitIn(world), at('2027-09-09'))).toEqual([]);
  expect(productView(stateIn(world), at('2026-11-23')).keyStatus).toBe('expired');
  expect(
    actionsOf(stateIn(world), at('2026-11-23')).map(({ reasons }) => reasons[0]?.code),
  ).toEqual([...new Array<string>(4).fill('BenefitExpired'), 'ReplacementNotAllowed']);
});

test('KEY-01 a benefit whose key was given out, or whose time is over, is not withdrawn', () => {
  const given = worldOf([benefitOf()]);
  run(given, getKey, at('2026-11-22'));
  expect(refused(given, revoke, at('2026-11-22'))).toBe(
    'AlreadyAssigned: The key of this benefit was given out already. It can be withdrawn only before that.',
  );
  const over = () => worldOf([benefitOf()]);
  expect(refused(over(), revoke, at('2027-06-01', '00:00:00.000'))).toBe(
    'BenefitExpired: This benefit expired on 2027-06-01. There is nothing to withdraw.',
  );
  expect(refused(over(), revoke, at('2027-05-31', '23:59:59.999'))).toBe('done');
});

test('KEY-02 the history keeps of each event what a reader needs, and nothing that only undoing needs', () => {
  const world = redeemedWorld('extend');
  const { at: when, ...redemption } = benefitIn(world).keys[0]?.redemption ?? { at: '' };
  const event = { type: 'redeemed', at: when, issue: 1, licenses: 100, ...redemption };
  expect(ledgerEntryOf(event as CloudEvent)).toEqual({
    ...event,
    previous: { licenses: 100, endDate: '2027-01-22' },
  });
  expect(ledgerEntryOf({ ...event, previous: null } as CloudEvent)).toEqual({
    ...event,
    previous: null,
  });
  const issued = { type: 'key-issued', at: when, issue: 1 } as const;
  expect(ledgerEntryOf({ ...issued, sealed: sealed('a') })).toEqual(issued);
  expect(ledgerEntryOf({ type: 'expired', at: when })).toEqual({ type: 'expired', at: when });
});

test('KEY-02 an event of a key that the benefit does not have is a defect', () => {
  const event = { type: 'replaced', at: at('2026-11-22'), issue: 1 } as CloudEvent;
  expect(() => evolveBenefit(benefitOf(), event)).toThrow(
    'Benefit benefit-1 has no key of issue 1',
  );
});

test('KEY-02 what happens to a benefit and its key is written in its row', () => {
  const now = at('2026-11-22');
  expect(evolveBenefit(benefitOf(), { type: 'provisioned', at: now, licenses: 1 })).toEqual(
    benefitOf({ lastAt: now }),
  );
  expect(evolveBenefit(benefitOf(), { type: 'key-viewed', at: now, issue: 1 })).toEqual(
    benefitOf({ lastAt: now }),
  );
  expect(evolveBenefit(benefitOf(), { type: 'expired', at: now })).toEqual(
    benefitOf({ expiryRecorded: true, lastAt: now }),
  );
  const world = redeemedWorld('activate');
  expect(benefitIn(world).keys).toEqual([
    {
      issuedAt: at('2026-11-21'),
      sealed: sealed('benefit-1'),
      redemption: {
        at: now,
        action: 'activate',
        subscriptionId: 'by-benefit-1',
        tenantId: 'tenant-home',
        previous: null,
        result: { licenses: 100, endDate: '2027-11-22' },
      },
      replacedAt: null,
    },
  ]);
  run(world, replaceKey, at('2026-12-01'));
  expect(benefitIn(world).keys.map(({ replacedAt }) => replacedAt)).toEqual([
    at('2026-12-01'),
    null,
  ]);
});

test('KEY-05 the subscription that a key opens, as it is written', () => {
  const world = redeemedWorld('activate');
  expect(world.subscriptions).toEqual([
    {
      id: 'by-benefit-1',
      productId: 'microsoft-365-e5',
      productName: 'Microsoft 365 E5',
      tenantId: 'tenant-home',
      startDate: '2026-11-22',
      licenses: 100,
      endDate: '2027-11-22',
      latest: 'benefit-1/1',
      deletedAt: null,
      lastAt: at('2026-11-22'),
    },
  ]);
  run(world, replaceKey, at('2026-12-01'));
  expect(world.subscriptions).toMatchObject([
    { deletedAt: at('2026-12-01'), lastAt: at('2026-12-01'), endDate: '2027-11-22' },
  ]);
});

test('KEY-02 KEY-12 a fresh key is issued where there is none, and a viewing names the key that is seen', () => {
  const world = redeemedWorld('activate');
  run(world, replaceKey, at('2026-12-01'));
  const now = at('2026-12-02');
  expect(run(world, getKey, now)).toEqual({ events: [{ type: 'key-viewed', at: now, issue: 2 }] });
});

test('KEY-11 a subscription’s view holds what it is and nothing of how it came to be', () => {
  expect(subscriptionView(subscriptionOf(), at('2026-11-22'))).toEqual({
    id: 'subscription-1',
    productId: 'microsoft-365-e5',
    tenantId: 'tenant-home',
    licenses: 100,
    status: 'active',
    startDate: '2026-01-22',
    endDate: '2027-01-22',
  });
});

test('KEY-01 the names of the actions come in order, each with its reasons or none', () => {
  const actions = actionsOf(stateIn(worldOf([benefitOf()])), at('2026-11-22'));
  expect(actions.map(({ name }) => name)).toEqual([
    'get-key',
    'activate',
    'extend',
    'add-licenses',
    'replace-key',
  ]);
  expect(actions[0]).toEqual({ name: 'get-key', allowed: true, reasons: [] });
  expect(actions[2]).toEqual({
    name: 'extend',
    allowed: false,
    reasons: [
      {
        code: 'NoActiveSubscription',
        message:
          'There is no active subscription for extend. Use activate to open a new subscription.',
      },
    ],
  });
});

test('KEY-01 a use of the key is told of by the partner’s own tenant, as it is in each', () => {
  const world = worldOf([benefitOf()], [subscriptionOf({ tenantId: 'tenant-lab', licenses: 1 })]);
  expect(actionsOf(stateIn(world), at('2026-11-22'))[2]?.reasons[0]?.code).toBe(
    'NoActiveSubscription',
  );
});

test('KEY-06 KEY-12 extending one subscription, and undoing it, leaves another alone', () => {
  const world = redeemedWorld('extend');
  const lab = subscriptionOf({ id: 'lab', tenantId: 'tenant-lab' });
  const before = benefitIn(world);
  const redemption = before.keys[0]?.redemption;
  const redeemed = { ...redemption, type: 'redeemed', issue: 1, licenses: 100 } as CloudEvent;
  expect(evolveSubscription(lab, before, redeemed)).toBe(lab);
  expect(evolveSubscription(undefined, before, redeemed)).toBeUndefined();
  world.subscriptions = [lab, ...world.subscriptions];
  const replaced = run(world, replaceKey, at('2026-11-23'));
  expect(types(replaced)).toEqual(['replaced', 'key-issued', 'key-viewed']);
  expect(world.subscriptions).toContain(lab);
});

test('KEY-01 after a replacement it is the new key that can be used', () => {
  const world = redeemedWorld('activate');
  run(world, replaceKey, at('2026-11-23'));
  expect(allowed(world, at('2026-11-23')).slice(0, 2)).toEqual(['get-key', 'activate']);
});

test('KEY-07 a subscription too small to be extended by a key takes its licences', () => {
  const world = worldOf([benefitOf()], [subscriptionOf({ licenses: 10 })]);
  expect(allowed(world, at('2026-11-22')).slice(2, 4)).toEqual([
    'extend: ExtensionBeyondCap',
    'add-licenses',
  ]);
});
