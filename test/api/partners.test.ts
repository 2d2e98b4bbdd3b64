/** Partners: registering, reading and listing them (PR-01, PR-04, PR-06), over HTTP. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { apiClient, newPartner, ok, operator, refused, version } from '../support/client.ts';
import { operatorTenantId } from '../../infra/local/sign-in.ts';
import { useStack } from '../support/stack.ts';

const stack = await useStack();
const asOperator = await operator(stack);

type Facts = {
  displayName?: string;
  domains?: string[];
  tenantIds?: string[];
  contacts?: string[];
};

const put = (partnerId: string, facts: Facts = {}, header = {}) =>
  asOperator.PUT('/api/partners/{partnerId}', {
    params: { path: { partnerId }, query: version, header },
    body: { displayName: 'Fabrikam', domains: ['fabrikam.com'], ...facts },
  });
const get = (partnerId: string) =>
  asOperator.GET('/api/partners/{partnerId}', { params: { path: { partnerId }, query: version } });

test('PR-01 a partner is registered (201), then replaced (200), and read as it was put', async () => {
  const id = randomUUID();
  const second = randomUUID();
  const facts = {
    domains: ['Fabrikam.COM', 'münchen.example.com'],
    tenantIds: [second.toUpperCase()],
    contacts: ['Admin@Fabrikam.com'],
  };
  const first = await put(id.toUpperCase(), facts);
  expect(first.response.status).toBe(201);
  expect(first.data).toMatchObject({
    id,
    displayName: 'Fabrikam',
    domains: ['fabrikam.com', 'xn--mnchen-3ya.example.com'],
    tenantIds: [id, second],
    contacts: ['admin@fabrikam.com'],
  });
  expect(await ok(get(id))).toEqual(first.data);
  const again = await put(id, { displayName: 'Fabrikam Ltd' });
  expect(again.response.status).toBe(200);
  expect(again.data).toMatchObject({ displayName: 'Fabrikam Ltd', tenantIds: [id], contacts: [] });
  expect(again.data?.registeredAt).toBe(first.data?.registeredAt);
});

test('PR-01 If-Match guards a replacement', async () => {
  const id = randomUUID();
  await refused(put(id, {}, { 'If-Match': '"1"' }), 'PreconditionFailed');
  await refused(get(id), 'NotFound');
  const etag = (await put(id)).response.headers.get('etag') ?? '';
  const changed = await put(id, { displayName: 'One' }, { 'If-Match': etag });
  expect(changed.response.headers.get('etag')).not.toBe(etag);
  await refused(put(id, { displayName: 'Two' }, { 'If-Match': etag }), 'PreconditionFailed');
  expect((await ok(get(id))).displayName).toBe('One');
});

test('PR-04 a tenant belongs to one partner, and is free again once given up', async () => {
  const [one, other, tenant] = [randomUUID(), randomUUID(), randomUUID()];
  await ok(put(one, { tenantIds: [tenant] }));
  const { details } = await refused(put(other, { tenantIds: [tenant] }), 'InvalidRequest');
  expect(details).toMatchObject([{ target: 'tenantIds', code: 'TenantTaken' }]);
  // What was refused left nothing: neither a partner nor a line in the operator's list.
  await refused(get(other), 'NotFound');
  expect(await listed('Fabrikam')).not.toContain(other);
  await refused(put(tenant), 'InvalidRequest');
  await refused(put(other, { tenantIds: [one] }), 'InvalidRequest');
  await ok(put(one));
  await ok(put(other, { tenantIds: [tenant] }));
});

test('PR-04 of ten that claim one tenant at once, one has it', async () => {
  const tenant = randomUUID();
  const ids = Array.from({ length: 10 }, () => randomUUID());
  const answers = await Promise.all(ids.map((id) => put(id, { tenantIds: [tenant] })));
  expect(answers.filter(({ response }) => response.status === 201)).toHaveLength(1);
  const there = await Promise.all(ids.map((id) => get(id)));
  expect(there.filter(({ response }) => response.status === 200)).toHaveLength(1);
});

test('PR-04 a refused change leaves the partner, its tenants and its line in the list as they were', async () => {
  const [one, other, free] = [randomUUID(), randomUUID(), randomUUID()];
  const name = `Name ${one}`;
  await ok(put(one, { displayName: name }));
  await ok(put(other));
  const facts = { displayName: 'Changed', tenantIds: [other, free] };
  await refused(put(one, facts), 'InvalidRequest');
  expect(await ok(get(one))).toMatchObject({ displayName: name, tenantIds: [one] });
  expect(await listed(name)).toEqual([one]);
  await ok(put(free));
});

test('PR-04 the operator’s tenant is registered as no partner, and is none to its people', async () => {
  const { target, details } = await refused(put(operatorTenantId), 'InvalidRequest');
  expect(target).toBe('partnerId');
  expect(details).toMatchObject([{ target: 'partnerId', code: 'OperatorTenant' }]);
  await refused(put(operatorTenantId.toUpperCase()), 'InvalidRequest');
  await refused(get(operatorTenantId), 'NotFound');
  // What was refused gave nothing away: the tenant is not claimed for anybody.
  const id = randomUUID();
  await refused(put(id, { tenantIds: [operatorTenantId] }), 'InvalidRequest');
  await ok(put(id));
});

async function listed(search: string): Promise<string[]> {
  const { value } = await ok(
    asOperator.GET('/api/partners', {
      params: { query: { ...version, search, maxpagesize: 1_000 } },
    }),
  );
  return value.map(({ id }) => id);
}

test('PR-01 the operator finds partners by part of a name or domain, page by page', async () => {
  const mark = randomUUID();
  const ids = [randomUUID(), randomUUID(), randomUUID()].sort();
  await ok(put(ids[0]!, { displayName: `Alpha ${mark.toUpperCase()} Ltd` }));
  await ok(put(ids[1]!, { domains: [`${mark}.com`] }));
  await ok(put(ids[2]!, { domains: ['fabrikam.com', `www.${mark}.com`] }));
  expect(await listed(mark)).toEqual(ids);
  const found: string[] = [];
  let token: string | undefined;
  do {
    const query = { ...version, search: mark, maxpagesize: 1 };
    const page = await ok(
      asOperator.GET('/api/partners', {
        params: { query: token === undefined ? query : { ...query, continuationToken: token } },
      }),
    );
    expect(page.value.length).toBeLessThanOrEqual(1);
    found.push(...page.value.map(({ id }) => id));
    token = page.nextLink && (new URL(page.nextLink).searchParams.get('continuationToken') ?? '');
  } while (token !== undefined);
  expect(found).toEqual(ids);
});

test.each([
  ['no company domain', { domains: [] }, 'domains'],
  ['a public suffix for a domain', { domains: ['co.uk'] }, 'domains[0]'],
  ['a free mail service for a domain', { domains: ['contoso.com', 'live.com'] }, 'domains[1]'],
  ['a shared tenant domain', { domains: ['partner.onmschina.cn'] }, 'domains[0]'],
  ['the operator’s tenant', { tenantIds: [randomUUID(), operatorTenantId] }, 'tenantIds[1]'],
  ['no domain', { domains: ['contoso.com', 'localhost'] }, 'domains[1]'],
  ['no name', { displayName: ' ' }, 'displayName'],
  ['a control character in the name', { displayName: 'a\u0007b' }, 'displayName'],
  ['a zero-width character in the name', { displayName: 'Fabri\u200Bkam' }, 'displayName'],
  ['text that turns around in the name', { displayName: '\u202EmakirbaF' }, 'displayName'],
  ['a web address in the name', { displayName: 'Fabrikam https://evil.example' }, 'displayName'],
  ['no tenant', { tenantIds: ['x'] }, 'tenantIds[0]'],
  ['a contact that is no address', { contacts: ['admin'] }, 'contacts[0]'],
])('PR-01 a partner with %s is refused', async (_, facts, target) => {
  const id = randomUUID();
  const { details } = await refused(put(id, facts), 'InvalidRequest');
  expect(details?.map((detail) => detail.target)).toContain(target);
  await refused(get(id), 'NotFound');
});

test('PR-01 names of people and customers are held to the same rules by every route that takes one', async () => {
  const partner = await newPartner(stack);
  const credit = await partner.credit('azure-monthly');
  const user = await partner.user();
  const path = { ...partner.path, benefitId: credit.id, customerId: randomUUID(), userId: user.id };
  const facts = { agreement: [], transacting: [], access: [] };
  const routes = [
    (displayName: string) =>
      partner.admin.POST('/api/partners/{partnerId}/users', {
        params: { path, query: version },
        body: { email: 'eve@contoso.com', displayName },
      }),
    (displayName: string) =>
      partner.admin.PATCH('/api/partners/{partnerId}/users/{userId}', {
        params: { path, query: version },
        body: { displayName },
      }),
    (displayName: string) =>
      partner.admin.PUT('/api/partners/{partnerId}/benefits/{benefitId}/assignment', {
        params: { path, query: version },
        body: { newUser: { email: 'eve@contoso.com', displayName } },
      }),
    (displayName: string) =>
      asOperator.PUT('/api/partners/{partnerId}/customers/{customerId}', {
        params: { path, query: version },
        body: { displayName, ...facts },
      }),
  ];
  for (const name of ['Eve\u2066', 'Eve\u200D', 'Win at www.evil.example', 'evil.example/login'])
    for (const put of routes) {
      const { target, message } = await refused(put(name), 'InvalidRequest');
      expect(target).toMatch(/(^|\.)displayName$/);
      expect(message.length).toBeGreaterThan(20);
    }
  expect((await routes[1]!('Amazon.com, Inc.')).response.status).toBe(200);
  expect((await routes[3]!('Dr. No GmbH')).response.status).toBe(201);
});

test("PR-06 another partner's benefits, users and memberships do not exist on one's own path", async () => {
  const own = await newPartner(stack);
  const other = await newPartner(stack);
  const credit = await other.credit('azure-monthly');
  const { id: userId } = await other.user();
  const strange = { ...own.path, benefitId: credit.id };
  await refused(
    own.admin.GET('/api/partners/{partnerId}/benefits/{benefitId}', {
      params: { path: strange, query: version },
    }),
    'NotFound',
  );
  await refused(own.assign(credit.id, userId), 'NotFound');
  await refused(own.assign((await own.credit('azure-bulk')).id, userId), 'NotFound');
  await refused(
    own.operator.POST('/api/partners/{partnerId}/memberships/{membershipId}/renew', {
      params: { path: { ...own.path, membershipId: credit.membershipId }, query: version },
    }),
    'NotFound',
  );
});

test('PR-05 the link opens its assignment without a token, and nothing else', async () => {
  const partner = await newPartner(stack);
  const credit = await partner.credit('azure-monthly');
  await ok(partner.assign(credit.id, (await partner.user()).id));
  const token = await partner.link(credit.id);
  const anybody = apiClient(stack);
  await ok(
    anybody.GET('/api/redemptions/{token}', { params: { path: { token }, query: version } }),
  );
  const asToken = apiClient(stack, token);
  await refused(
    asToken.GET('/api/partners/{partnerId}', { params: { path: partner.path, query: version } }),
    'Unauthenticated',
  );
  await refused(
    anybody.GET('/api/partners/{partnerId}', { params: { path: partner.path, query: version } }),
    'Unauthenticated',
  );
});
