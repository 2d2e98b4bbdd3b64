/** The list of benefits with its quick filters, and one benefit with its walkthrough and actions (CR-02). */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { paths } from '../support/api.generated.d.ts';
import { day, newPartner, ok, refused, send, version, type Partner } from '../support/client.ts';
import { useStack } from '../support/stack.ts';

const stack = await useStack();

type Query = Omit<
  NonNullable<paths['/api/partners/{partnerId}/benefits']['get']['parameters']['query']>,
  'api-version'
>;

function list(partner: Partner, query: Query = {}) {
  return partner.admin.GET('/api/partners/{partnerId}/benefits', {
    params: { path: partner.path, query: { ...version, ...query } },
  });
}

const redeem = async (partner: Partner, benefitId: string, azureSubscriptionId: string) =>
  ok(
    partner.admin.POST('/api/redemptions/{token}', {
      params: { path: { token: await partner.link(benefitId) }, query: version },
      body: { azureSubscriptionId },
    }),
  );

describe('CR-02 quick filters', async () => {
  const partner = await newPartner(stack);
  const ana = await partner.user('ana@contoso.com');
  const ben = await partner.user('ben@contoso.com');
  /** One benefit of each sort, by a name for the tests. */
  const names = new Map<string, string>();

  beforeAll(async () => {
    const [action, expanded, ended] = await Promise.all([
      partner.start('action-pack'),
      partner.start('success-expanded', day(-100)),
      partner.start('legacy-gold', day(-400)),
    ]);
    const called = {
      ...{ [action.benefitIds[0]!]: 'assigned monthly', [action.benefitIds[1]!]: 'product' },
      ...{ [expanded.benefitIds[0]!]: 'redeemed bulk', [expanded.benefitIds[1]!]: 'free copilot' },
      ...{ [ended.benefitIds[0]!]: 'expired monthly', [ended.benefitIds[1]!]: 'expired product' },
    };
    for (const [id, name] of Object.entries(called)) names.set(id, name);
    for (const id of expanded.benefitIds.slice(2)) names.set(id, 'earlier product');
    await ok(partner.assign(action.benefitIds[0]!, ana.id));
    await ok(partner.assign(expanded.benefitIds[0]!, ben.id));
    await redeem(partner, expanded.benefitIds[0]!, randomUUID());
  });

  const credits = ['assigned monthly', 'redeemed bulk', 'free copilot', 'expired monthly'];
  const products = ['product', 'expired product', 'earlier product', 'earlier product'];
  const cases: [string, Query, string[]][] = [
    ['none', {}, [...credits, ...products]],
    ['category of credits', { category: 'azure-credit' }, credits],
    ['category of products', { category: 'cloud-service' }, products],
    ['kind', { kind: 'azure-monthly' }, ['assigned monthly', 'expired monthly']],
    [
      'status available',
      { status: 'available' },
      ['free copilot', 'product', ...products.slice(2)],
    ],
    ['status assigned', { status: 'assigned' }, ['assigned monthly']],
    ['status redeemed', { status: 'redeemed' }, ['redeemed bulk']],
    ['status expired', { status: 'expired' }, ['expired monthly', 'expired product']],
    ['redeemed', { redeemed: 'true' }, ['redeemed bulk']],
    [
      'not yet redeemed',
      { redeemed: 'false', category: 'azure-credit' },
      ['assigned monthly', 'free copilot', 'expired monthly'],
    ],
    ['holder by id', { assignedTo: ana.id.toUpperCase() }, ['assigned monthly']],
    ['holder by address', { assignedTo: 'BEN@Contoso.COM.' }, ['redeemed bulk']],
    ['holder of nothing', { assignedTo: 'nobody@contoso.com' }, []],
    ['end before tomorrow', { expiresBefore: day(1) }, ['expired monthly', 'expired product']],
    [
      'end before a day',
      { expiresBefore: day(300) },
      [...credits.slice(1), 'expired product', ...products.slice(2)],
    ],
    [
      'several',
      { kind: 'azure-monthly', status: 'assigned', assignedTo: ana.id },
      ['assigned monthly'],
    ],
    ['several that nothing fits', { status: 'redeemed', assignedTo: ana.id }, []],
  ];

  test.each(cases)('CR-02 %s', async (_, query, expected) => {
    const { value, nextLink } = await ok(list(partner, query));
    expect(value.map(({ id }) => names.get(id) ?? id).sort()).toEqual([...expected].sort());
    expect(nextLink).toBeUndefined();
  });

  test('CR-02 a filtered list comes in pages that lose and repeat nothing', async () => {
    for (const size of [1, 2, 3]) {
      const found: string[] = [];
      let query: Query = { category: 'azure-credit', maxpagesize: size };
      for (;;) {
        const { value, nextLink } = await ok(list(partner, query));
        expect(value.length).toBeLessThanOrEqual(size);
        found.push(...value.map(({ id }) => names.get(id) ?? id));
        if (nextLink === undefined) break;
        expect(value).toHaveLength(size);
        const link = new URL(nextLink);
        expect(link.searchParams.get('category')).toBe('azure-credit');
        query = { ...query, continuationToken: link.searchParams.get('continuationToken') ?? '' };
      }
      expect(found.sort()).toEqual([...credits].sort());
    }
  });

  test('CR-02 nextLink leads on from PUBLIC_BASE_URL, whatever the request says of the host', async () => {
    const token = await stack.tokenFor({ roles: ['PartnerAdmin'], partner: partner.id });
    const path = `/api/partners/${partner.id}/benefits?api-version=${version['api-version']}&maxpagesize=3`;
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const first = JSON.parse((await send(stack, 'GET', path, { token, headers })).text) as {
      value: { id: string }[];
      nextLink: string;
    };
    expect(first.nextLink.startsWith(`${stack.baseUrl}/api/partners/${partner.id}/benefits?`)).toBe(
      true,
    );
    const rest = await fetch(first.nextLink, { headers: { authorization: `Bearer ${token}` } });
    const second = (await rest.json()) as typeof first;
    const ids = [...first.value, ...second.value].map(({ id }) => id);
    expect(new Set(ids).size).toBe(6);
  });

  test('CR-02 a continuation token of another list, or of nobody, is refused', async () => {
    const tokens = ['user|x', 'partner', 'benefit|~', '', 'benefit|\u0000', '\ud800'];
    for (const text of tokens) {
      const continuationToken = Buffer.from(text).toString('base64url') || '!';
      await refused(list(partner, { continuationToken }), 'InvalidRequest');
    }
  });
});

type Actions = { name: string; allowed: boolean; reasons: { code: string; message: string }[] }[];
const summary = (actions: Actions) =>
  Object.fromEntries(
    actions.map(({ name, allowed, reasons }) => [name, allowed ? 'allowed' : reasons[0]?.code]),
  );

describe('CR-02 actions and walkthrough', () => {
  test('CR-02 a monthly credit says at every step what can be done, and why the rest cannot', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    const actionsNow = async () => {
      const { actions } = await partner.benefit(id);
      for (const { allowed, reasons } of actions) {
        expect(reasons.length > 0).toBe(!allowed);
        expect(reasons.every(({ message }) => message.length > 20)).toBe(true);
      }
      return summary(actions);
    };
    expect(await actionsNow()).toEqual({
      assign: 'allowed',
      unassign: 'NotAssigned',
      'send-mail': 'NotAssigned',
      redeem: 'NotAssigned',
      'remove-spending-limit': 'NotAssigned',
    });
    await ok(partner.assign(id, (await partner.user()).id));
    expect(await actionsNow()).toEqual({
      assign: 'allowed',
      unassign: 'allowed',
      'send-mail': 'allowed',
      redeem: 'allowed',
      'remove-spending-limit': 'NotAssigned',
    });
    await redeem(partner, id, randomUUID());
    expect(await actionsNow()).toEqual({
      assign: 'allowed',
      unassign: 'allowed',
      'send-mail': 'allowed',
      redeem: 'AlreadyRedeemed',
      'remove-spending-limit': 'allowed',
    });
  });

  test('CR-02 CR-07 a bulk credit in use stays with its user; an ended credit allows nothing', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-bulk');
    await ok(partner.assign(id, (await partner.user()).id));
    expect(summary((await partner.benefit(id)).actions)).toMatchObject({
      assign: 'ReassignmentNotAllowed',
      unassign: 'ReassignmentNotAllowed',
      'send-mail': 'allowed',
      redeem: 'allowed',
    });
    const ended = await partner.credit('azure-monthly', 'maicpp', day(-400));
    expect(ended.status).toBe('expired');
    expect(summary(ended.actions)).toMatchObject({ assign: 'BenefitExpired' });
    expect(ended.actions.some(({ allowed }) => allowed)).toBe(false);
  });

  test('CR-02 CR-09 the walkthrough names the offer and that resources must move', async () => {
    const partner = await newPartner(stack);
    const monthly = await partner.credit('azure-monthly');
    const bulk = await partner.credit('azure-bulk');
    expect(monthly.walkthrough.join('\n')).toMatch(
      /MS-AZR-0025P[^]*moves? the resources|moves? the resources[^]*MS-AZR-0025P/,
    );
    expect(bulk.walkthrough.join('\n')).toContain('MS-AZR-0036P');
    expect(monthly.walkthrough.length).toBeGreaterThan(2);
  });

  test.each([
    { category: 'gold' },
    { kind: 'AZURE-MONTHLY' },
    { status: 'used' },
    { redeemed: 'yes' },
    { assignedTo: 'x' },
    { expiresBefore: '2026-02-30' },
    { maxpagesize: '0' },
    { maxpagesize: '1001' },
    { maxpagesize: 'ten' },
    { Kind: 'azure-monthly' },
  ])('CR-02 the query %o is refused, naming its field', async (query) => {
    const partner = await newPartner(stack);
    const { details } = await refused(list(partner, query as never), 'InvalidRequest');
    expect(details?.map(({ target }) => target)).toEqual(Object.keys(query));
  });
});
