/** Many redemptions at the same moment: nothing is applied twice, nothing is lost. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyKey } from '../../src/cloud-services/outcome.ts';
import type { Terms } from '../../src/cloud-services/state.ts';
import { monthsBetween } from '../../src/cloud-services/subscription-time.ts';
import { startKeyWorld, type KeyWorld } from './world.ts';

let world: KeyWorld;

beforeAll(async () => {
  world = await startKeyWorld();
}, 60_000);

afterAll(() => world.stop());

const many = 50;

test('KEY-04 of 50 redemptions of one key at once one wins, the others are told', async () => {
  const partner = await world.partner();
  const { benefitId, productKey } = await partner.key(10);
  const answers = await Promise.all(
    Array.from({ length: many }, () => partner.enter('redeem', productKey, 'activate')),
  );
  const outcomes = Map.groupBy(answers, ({ status, code }) => code ?? status);
  expect(new Map([...outcomes].map(([outcome, all]) => [outcome, all.length]))).toEqual(
    new Map<string | number, number>([
      [200, 1],
      ['KeyAlreadyRedeemed', many - 1],
    ]),
  );
  const ledger = await partner.ledger(benefitId);
  expect(ledger.filter(({ type }) => type === 'redeemed')).toHaveLength(1);
}, 60_000);

test('KEY-05 of keys that activate at once one opens the subscription, the others are told to extend or add', async () => {
  for (let round = 0; round < 4; round += 1) {
    const partner = await world.partner();
    const keys = [];
    for (let i = 0; i < 6; i += 1) keys.push((await partner.key(10)).productKey);
    const answers = await Promise.all(keys.map((key) => partner.enter('redeem', key, 'activate')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'SubscriptionActive')).toHaveLength(5);
  }
}, 60_000);

test('KEY-08 of 50 keys on one subscription at once each is applied once, and no licence-month is lost', async () => {
  const partner = await world.partner();
  const first = await partner.key(100);
  const opened = await partner.enter('redeem', first.productKey, 'activate');
  const start: Terms = opened.body.result;
  const subscriptionId = String(opened.body.subscription.id);
  const keys: { benefitId: string; productKey: string; licenses: number }[] = [];
  for (let i = 0; i < many; i += 1) keys.push({ ...(await partner.key(1 + i)), licenses: 1 + i });

  let left = keys;
  let rounds = 0;
  while (left.length > 0) {
    rounds += 1;
    const answers = await Promise.all(
      left.map(({ productKey }) =>
        partner.enter('redeem', productKey, 'add-licenses', { subscriptionId }),
      ),
    );
    const lost = left.filter((_, i) => answers[i]!.status !== 200);
    for (const { code } of answers.filter(({ status }) => status !== 200))
      expect(code).toBe('ConcurrentChange');
    for (const { benefitId } of lost)
      expect((await partner.benefit(benefitId)).keyStatus).toBe('issued');
    expect(lost.length).toBeLessThan(left.length);
    left = lost;
  }
  expect(rounds).toBeLessThan(10);

  // Each built on the one before, as their histories tell.
  const redeemed = await Promise.all(
    keys.map(async ({ benefitId, licenses }) => {
      const entries = (await partner.ledger(benefitId)).filter(({ type }) => type === 'redeemed');
      expect(entries).toHaveLength(1);
      return { licenses, ...(entries[0] as unknown as { previous: Terms; result: Terms }) };
    }),
  );
  redeemed.sort((one, other) => one.previous.licenses - other.previous.licenses);
  const end = redeemed.reduce(
    (terms, { licenses, previous, result }) => {
      expect(previous).toEqual(terms);
      const applied = applyKey('add-licenses', terms, licenses, world.today());
      expect(applied).toEqual({ result });
      return result;
    },
    { licenses: start.licenses, endDate: start.endDate },
  );
  const subscription = await partner.subscription(subscriptionId);
  expect(subscription).toMatchObject(end);

  const total = keys.reduce((sum, { licenses }) => sum + licenses, 100);
  expect(end.licenses).toBe(total);
  const { numerator, denominator } = monthsBetween(world.today(), end.endDate);
  const licenceMonths = (Number(numerator) / Number(denominator)) * end.licenses;
  // Each of the redemptions rounds to the nearest day.
  const tolerance = (many * 0.5 * end.licenses) / 28;
  expect(Math.abs(licenceMonths - 12 * total)).toBeLessThanOrEqual(tolerance);
}, 120_000);
