/** Memberships and what they award (PR-01, PR-02, PR-03), over HTTP. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { addYears } from '../../src/platform/calendar.ts';
import {
  benefitsOf,
  day,
  newPartner,
  ok,
  operator,
  refused,
  repeatable,
  version,
} from '../support/client.ts';
import { useStack } from '../support/stack.ts';
import { dumpStorage } from '../support/storage-dump.ts';

const stack = await useStack();

/** The sets of the contract: credits with their amounts in USD, products with their licences. */
const sets: Record<string, Record<string, string | number>> = {
  'action-pack': { 'azure-monthly': '100.00', 'microsoft-365-business-premium': 5 },
  launch: { 'azure-bulk': '700.00' },
  'success-core': { 'azure-bulk': '2400.00', 'microsoft-365-e3': 15 },
  'success-expanded': { 'azure-bulk': '5000.00', 'github-copilot-enterprise': 'any' },
  'solutions-partner-modern-work': {
    'azure-bulk': '4000.00',
    'microsoft-365-e5': 100,
    'power-bi-pro': 100,
  },
  'solutions-partner-security': { 'azure-bulk': '10000.00', 'copilot-for-security': 'any' },
  'solutions-partner-infrastructure': {
    'azure-bulk': '10000.00',
    'github-enterprise-metered': 'any',
  },
  'legacy-silver': { 'azure-monthly': '100.00', 'office-365-e3': 25 },
  'legacy-gold': { 'azure-monthly': '100.00', 'office-365-e3': 25 },
};

/** What storage holds of a partner. */
async function rowsOf({ id }: Awaited<ReturnType<typeof newPartner>>) {
  const { partners = [] } = await dumpStorage(stack.storageConnectionString);
  return partners.filter((row) => row.startsWith(id));
}

describe('PR-01', () => {
  test('PR-01 starting a membership awards its set once, whatever is retried', async () => {
    const partner = await newPartner(stack);
    const first = await partner.start('success-core');
    expect(first).toMatchObject({
      type: 'success-core',
      terms: 'maicpp',
      startDate: day(),
      endDate: addYears(day(), 1),
    });
    const again = await Promise.all([partner.start('success-core'), partner.start('success-core')]);
    expect(again).toEqual([first, first]);
    const benefits = await benefitsOf(partner);
    expect(benefits.map(({ id }) => id).sort()).toEqual([...first.benefitIds].sort());
    expect(benefits.every(({ membershipId }) => membershipId === first.id)).toBe(true);
  });

  test('PR-01 ten starts of the same at once are one', async () => {
    const partner = await newPartner(stack);
    const started = await Promise.all(
      Array.from({ length: 10 }, () => partner.start('launch', day(-3))),
    );
    expect(new Set(started.map(({ id }) => id)).size).toBe(1);
    expect(await benefitsOf(partner)).toHaveLength(started[0]!.benefitIds.length);
  });

  test('PR-01 another type or another date is another membership', async () => {
    const partner = await newPartner(stack);
    const ids = [
      await partner.start('launch'),
      await partner.start('launch', day(-1)),
      await partner.start('action-pack', day(), 'mpn'),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    const { value } = await ok(
      partner.admin.GET('/api/partners/{partnerId}/memberships', {
        params: { path: partner.path, query: version },
      }),
    );
    expect(value.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(value.map(({ terms }) => terms).sort()).toEqual(['maicpp', 'maicpp', 'mpn']);
  });

  test('PR-01 a start tomorrow, of an unknown type or on no date is refused', async () => {
    const partner = await newPartner(stack);
    const start = (body: { type: string; startDate: string }) =>
      partner.operator.POST('/api/partners/{partnerId}/memberships', {
        params: { path: partner.path, query: version },
        body,
      });
    const wrong = [
      { type: 'launch', startDate: day(1) },
      { type: 'launch', startDate: '2026-02-30' },
      { type: 'platinum', startDate: day() },
    ];
    const targets = [];
    for (const body of wrong)
      targets.push((await refused(start(body), 'InvalidRequest')).details?.[0]?.target);
    expect(targets).toEqual(['startDate', 'startDate', 'type']);
    expect(await benefitsOf(partner)).toEqual([]);
    const missing = { ...partner.path, partnerId: randomUUID() };
    await refused(
      partner.operator.POST('/api/partners/{partnerId}/memberships', {
        params: { path: missing, query: version },
        body: { type: 'launch', startDate: day() },
      }),
      'NotFound',
    );
  });
});

describe('PR-02', () => {
  const renew = (
    partner: Awaited<ReturnType<typeof newPartner>>,
    membershipId: string,
    header = {},
  ) =>
    partner.operator.POST('/api/partners/{partnerId}/memberships/{membershipId}/renew', {
      params: { path: { ...partner.path, membershipId }, query: version, header },
    });

  test('PR-02 a renewal adds a year and a new set; the earlier set runs on to its own end', async () => {
    const partner = await newPartner(stack);
    const started = await partner.start('success-core', day(-100));
    const before = await partner.benefit(started.benefitIds[0]!);
    const renewed = await ok(renew(partner, started.id));
    expect(renewed).toMatchObject({ id: started.id, endDate: addYears(day(-100), 2) });
    expect(renewed.benefitIds).toHaveLength(started.benefitIds.length);
    expect(renewed.benefitIds.filter((id) => started.benefitIds.includes(id))).toEqual([]);
    const fresh = await partner.benefit(renewed.benefitIds[0]!);
    expect(fresh).toMatchObject({
      kind: 'azure-bulk',
      startDate: addYears(day(-100), 1),
      endDate: addYears(day(-100), 2),
      redeemBy: addYears(day(-100), 2),
    });
    // Not redeemed, it keeps the end that its membership had (settled points).
    expect(await partner.benefit(before.id)).toEqual(before);
    const [listed] = (
      await ok(
        partner.admin.GET('/api/partners/{partnerId}/memberships', {
          params: { path: partner.path, query: version },
        }),
      )
    ).value;
    expect(listed?.benefitIds).toEqual([...started.benefitIds, ...renewed.benefitIds]);
  });

  test('PR-02 CR-11 the bound of a redeemed monthly credit moves with a renewal', async () => {
    const partner = await newPartner(stack);
    const credit = await partner.credit('azure-monthly', 'maicpp', day(-200));
    const { id: userId } = await partner.user();
    await ok(partner.assign(credit.id, userId));
    await ok(
      partner.admin.POST('/api/redemptions/{token}', {
        params: { path: { token: await partner.link(credit.id) }, query: version },
        body: { azureSubscriptionId: randomUUID() },
      }),
    );
    const end = `${addYears(day(-200), 1)}T00:00:00Z`;
    expect((await partner.benefit(credit.id)).expiresAt).toBe(end);
    await ok(renew(partner, credit.membershipId));
    expect((await partner.benefit(credit.id)).expiresAt > end).toBe(true);
  });

  test('PR-02 a renewal sent again is one, and each renewal of its own adds a year', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.start('launch');
    const header = repeatable();
    const first = await ok(renew(partner, id, header));
    expect(await ok(renew(partner, id, header))).toEqual(first);
    expect((await ok(renew(partner, id))).endDate).toBe(addYears(day(), 3));
  });

  test('PR-02 once it has ended, or where there is none, a membership cannot be renewed', async () => {
    const partner = await newPartner(stack);
    const ended = await partner.start('action-pack', addYears(day(), -1));
    const before = await rowsOf(partner);
    await refused(renew(partner, ended.id), 'BenefitExpired');
    await refused(renew(partner, randomUUID()), 'NotFound');
    expect(await rowsOf(partner)).toEqual(before);
    await ok(renew(partner, (await partner.start('launch', day(-364))).id));
  });
});

describe('PR-03', () => {
  test('PR-03 the catalogue has every type of the contract with its set', async () => {
    const catalogue = await ok(
      (await operator(stack)).GET('/api/catalogue', { params: { query: version } }),
    );
    type Listed = {
      kind?: string;
      productId?: string;
      licenses?: number;
      amount?: { amount: string };
    };
    for (const [type, set] of Object.entries(sets)) {
      const found = catalogue.membershipTypes.find(({ id }) => id === type);
      const benefits = (found?.['benefits'] ?? []) as Listed[];
      const listed = Object.fromEntries(
        benefits.map(({ kind, productId, licenses, amount }) => [
          kind ?? productId,
          kind === undefined ? licenses : amount?.amount,
        ]),
      );
      for (const [what, much] of Object.entries(set))
        expect(listed[what], `${type}: ${what}`).toEqual(
          much === 'any' ? expect.any(String) : much,
        );
    }
    const products = catalogue.products.map(({ id }) => id);
    expect(products).toEqual(
      expect.arrayContaining([
        ...['dynamics-365-sales', 'microsoft-intune'],
        ...['enterprise-mobility-security', 'windows-enterprise'],
      ]),
    );
  });

  test.each(Object.entries(sets))('PR-03 starting %s awards its set', async (type, set) => {
    const partner = await newPartner(stack);
    await partner.start(type);
    const awarded = Object.fromEntries(
      (await benefitsOf(partner)).map((benefit) =>
        benefit.category === 'azure-credit'
          ? [benefit.kind, benefit.amount.amount]
          : [benefit.productId, benefit.licenses],
      ),
    );
    for (const [what, much] of Object.entries(set))
      expect(awarded[what], what).toEqual(much === 'any' ? expect.any(String) : much);
  });

  test('PR-03 the walkthrough of the discontinued product names its replacements', async () => {
    const partner = await newPartner(stack);
    const { benefitIds } = await partner.start('legacy-silver');
    const product = await ok(
      partner.admin.GET('/api/partners/{partnerId}/benefits/{benefitId}', {
        params: { path: { ...partner.path, benefitId: benefitIds[1]! }, query: version },
      }),
    );
    expect(product).toMatchObject({ productId: 'office-365-e3' });
    expect(product.walkthrough.join('\n')).toContain('Microsoft 365 E3');
    expect(product.walkthrough.join('\n')).toContain('Microsoft 365 E5');
  });
});
