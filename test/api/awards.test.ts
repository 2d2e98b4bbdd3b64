/** Awarding single benefits beside the set, and withdrawing them (PR-01), over HTTP. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { addYears } from '../../src/platform/calendar.ts';
import { benefitsOf, day, newPartner, ok, refused, version } from '../support/client.ts';
import { useStack } from '../support/stack.ts';

const stack = await useStack();

test('PR-01 a single credit and a single product are awarded beside the set', async () => {
  const partner = await newPartner(stack);
  const { id: membershipId } = await partner.start('launch', day(-30));
  const award = (body: object) =>
    partner.operator.POST('/api/partners/{partnerId}/benefits', {
      params: { path: partner.path, query: version },
      body: { membershipId, ...body },
    });
  const end = addYears(day(-30), 1);
  const credit = await ok(
    award({ kind: 'azure-bulk', amount: { amount: '12.5', currency: 'EUR' }, terms: 'mpn' }),
  );
  expect(credit).toMatchObject({
    category: 'azure-credit',
    kind: 'azure-bulk',
    amount: { amount: '12.50', currency: 'EUR' },
    terms: 'mpn',
    status: 'available',
    redeemBy: end,
    // The year of a single award starts on its day, not on the membership's.
    startDate: day(),
    endDate: addYears(day(), 1),
  });
  const product = await ok(award({ productId: 'power-bi-pro', licenses: 7, activateBy: day(10) }));
  expect(product).toMatchObject({
    category: 'cloud-service',
    productId: 'power-bi-pro',
    licenses: 7,
    activateBy: day(10),
    usageRightsUntil: end,
    keyStatus: 'not-issued',
    subscriptionStatus: 'No active subscription',
  });
  const ids = (await benefitsOf(partner)).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining([credit.id, product.id]));
  const twice = { kind: 'azure-monthly', amount: { amount: '1', currency: 'JPY' } };
  expect((await ok(award(twice))).id).not.toBe((await ok(award(twice))).id);
});

test.each([
  ['neither', {}, 'kind'],
  ['a credit without an amount', { kind: 'azure-bulk' }, 'amount'],
  ['a product without licences', { productId: 'power-bi-pro' }, 'licenses'],
  [
    'both',
    {
      kind: 'azure-bulk',
      amount: { amount: '1', currency: 'USD' },
      productId: 'power-bi-pro',
      licenses: 1,
    },
    'productId',
  ],
  ['nothing', { kind: 'azure-bulk', amount: { amount: '0.00', currency: 'USD' } }, 'amount'],
  [
    'too many digits',
    { kind: 'azure-bulk', amount: { amount: '1.5', currency: 'JPY' } },
    'amount.amount',
  ],
  [
    'no currency',
    { kind: 'azure-bulk', amount: { amount: '1', currency: 'ABC' } },
    'amount.currency',
  ],
  ['a debt', { kind: 'azure-bulk', amount: { amount: '-1', currency: 'USD' } }, 'amount.amount'],
  ['an unknown kind', { kind: 'gold', amount: { amount: '1', currency: 'USD' } }, 'kind'],
  ['an unknown product', { productId: 'clippy', licenses: 1 }, 'productId'],
  ['no licences', { productId: 'power-bi-pro', licenses: 0 }, 'licenses'],
  ['a date gone by', { productId: 'power-bi-pro', licenses: 1, activateBy: day() }, 'activateBy'],
  [
    'a date past the end',
    { productId: 'power-bi-pro', licenses: 1, activateBy: day(400) },
    'activateBy',
  ],
])('PR-01 an award of %s is refused', async (_, body, target) => {
  const partner = await newPartner(stack);
  const { id: membershipId, benefitIds } = await partner.start('launch');
  const award = partner.operator.POST('/api/partners/{partnerId}/benefits', {
    params: { path: partner.path, query: version },
    body: { membershipId, ...body } as never,
  });
  const { details } = await refused(award, 'InvalidRequest');
  expect(details?.map((detail) => detail.target)).toContain(target);
  expect(await benefitsOf(partner)).toHaveLength(benefitIds.length);
});

test('PR-01 an award to no membership, or to one that has ended, is refused', async () => {
  const partner = await newPartner(stack);
  const ended = await partner.start('launch', day(-366));
  const award = (membershipId: string) =>
    partner.operator.POST('/api/partners/{partnerId}/benefits', {
      params: { path: partner.path, query: version },
      body: { membershipId, productId: 'power-bi-pro', licenses: 1 },
    });
  expect((await refused(award(randomUUID()), 'NotFound')).target).toBe('membershipId');
  await refused(award(ended.id), 'BenefitExpired');
});

test('PR-01 a membership holds at most 30 benefits', async () => {
  const partner = await newPartner(stack);
  const { id: membershipId, benefitIds } = await partner.start('launch');
  const award = () =>
    partner.operator.POST('/api/partners/{partnerId}/benefits', {
      params: { path: partner.path, query: version },
      body: { membershipId, productId: 'power-bi-pro', licenses: 1 },
    });
  for (let count = benefitIds.length; count < 30; count += 1) await ok(award());
  await refused(award(), 'InvalidRequest');
  expect(await benefitsOf(partner)).toHaveLength(30);
});

test('PR-01 an unassigned benefit can be withdrawn, an assigned one cannot', async () => {
  const partner = await newPartner(stack);
  const { benefitIds } = await partner.start('action-pack');
  const revoke = (benefitId: string, header = {}) =>
    partner.operator.POST('/api/partners/{partnerId}/benefits/{benefitId}/revoke', {
      params: { path: { ...partner.path, benefitId }, query: version, header },
    });
  const [creditId, productId] = [benefitIds[0]!, benefitIds[1]!];
  const { id: userId } = await partner.user();
  await ok(partner.assign(creditId, userId));
  await refused(revoke(creditId), 'AlreadyAssigned');
  await ok(partner.unassign(creditId));
  await refused(revoke(creditId, { 'If-Match': '"1"' }), 'PreconditionFailed');
  for (const id of [creditId, productId]) {
    const withdrawn = await ok(revoke(id));
    expect(withdrawn).toMatchObject({
      status: 'expired',
      revokedAt: expect.any(String) as string,
    });
    expect(await ok(revoke(id))).toEqual(withdrawn);
  }
  await refused(partner.assign(creditId, userId), 'BenefitExpired');
});
