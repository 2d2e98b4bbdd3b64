/** Every route × role × own or another partner, each asked over HTTP (PR-04, PR-05, PR-06). */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { dateOf } from '../../src/platform/calendar.ts';
import { describe, expect, test } from 'vitest';
import { operatorTenantId } from '../../infra/local/sign-in.ts';
import { endpoints, type Declaration } from '../../src/platform/http/endpoint.ts';
import { accessTable, isService, ofPartner, roles, verdict } from '../support/access.ts';
import {
  apiClient,
  benefitsOf,
  day,
  newPartner,
  ok,
  send,
  version,
  type Partner,
} from '../support/client.ts';
import { useStack } from '../support/stack.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'functions/http');
for (const file of readdirSync(folder)) await import(join(folder, file));
const stack = await useStack();

/** What a path of a partner needs: ids of things that it has. */
type Place = Record<string, string>;

const secondTenant = randomUUID();
const own = await newPartner(stack, { tenantIds: [secondTenant] });
const ownPlace = await furnish(own);
const otherPlace = await furnish(await newPartner(stack));
/** Ids of real things, under a partner that is not there. */
const nowhere = { ...otherPlace, partnerId: randomUUID() };

async function furnish(partner: Partner): Promise<Place> {
  const credit = await partner.credit('azure-monthly');
  const user = await partner.user();
  await ok(partner.assign(credit.id, user.id));
  return {
    partnerId: partner.id,
    membershipId: credit.membershipId,
    benefitId: credit.id,
    userId: user.id,
    token: await partner.link(credit.id),
    azureSubscriptionId: randomUUID(),
    stuckId: randomUUID(),
    subscriptionId: await subscribe(partner),
    customerId: await customer(partner),
    agreementId: 'A-1',
    month: dateOf(new Date().toISOString()).slice(0, 7),
  };
}

/** A customer of the partner. */
async function customer(partner: Partner): Promise<string> {
  const customerId = randomUUID();
  await ok(
    partner.operator.PUT('/api/partners/{partnerId}/customers/{customerId}', {
      params: { path: { ...partner.path, customerId }, query: version },
      body: { displayName: 'Tailspin', agreement: [], transacting: [], access: [] },
    }),
  );
  return customerId;
}

/** A subscription of the product in the partner's set. */
async function subscribe(partner: Partner): Promise<string> {
  const product = (await benefitsOf(partner)).find(({ category }) => category === 'cloud-service');
  const { productKey } = await ok(
    partner.admin.POST('/api/partners/{partnerId}/benefits/{benefitId}/product-key', {
      params: { path: { ...partner.path, benefitId: product?.id ?? '' }, query: version },
    }),
  );
  const { subscription } = await ok(
    partner.admin.POST('/api/partners/{partnerId}/product-keys/redeem', {
      params: { path: partner.path, query: version },
      body: { productKey, action: 'activate' },
    }),
  );
  return subscription.id;
}

/**
 * Asks an endpoint something that changes nothing: reads what is there (a query may be missing), or sends a body that
 * nobody takes. Query and body are looked at only once the caller has been let in.
 */
async function ask({ method, route }: Declaration, place: Place, token?: string) {
  const path = route.replaceAll(/\{(\w+)\}/g, (_, name: string) => place[name] ?? '');
  const reads = method === 'GET';
  const answer = await send(stack, method, `/${path}?api-version=${version['api-version']}`, {
    ...(token === undefined ? {} : { token }),
    ...(reads ? {} : { headers: { 'content-type': 'application/json' }, body: '{"nonsense":1}' }),
  });
  const letIn = (reads ? [200, 400] : [400, 415]).includes(answer.status);
  return { ...answer, verdict: letIn ? 'allowed' : answer.status };
}

const all = endpoints();
const guarded = all.filter(({ access }) => typeof access !== 'string');
const guardedOfPartner = guarded.filter(ofPartner);
const title = ({ method, route }: Declaration) => `${method} /${route}`;
const each = (list: readonly Declaration[]) =>
  list.map((endpoint) => [title(endpoint), endpoint] as const);

test('PR-05 the table of who may do what is up to date (vitest -u writes it)', async () => {
  const table = await format(accessTable(all), { parser: 'markdown', printWidth: 100 });
  await expect(table).toMatchFileSnapshot(join(root, 'docs/access.md'));
});

describe.each(each(all))('PR-05 %s', (_, endpoint) => {
  test.each(roles)('asked by %s', async (role) => {
    const tenant = isService(role) ? operatorTenantId : own.id;
    for (const kind of ['user', 'service'] as const) {
      const token = await stack.tokenFor({ roles: [role], tenant, kind });
      const ofOwn = await ask(endpoint, ownPlace, token);
      expect(ofOwn.verdict, `${kind} on the own partner`).toBe(verdict(endpoint, role, 'own'));
      const ofOther = await ask(endpoint, otherPlace, token);
      expect(ofOther.verdict, `${kind} on another partner`).toBe(verdict(endpoint, role, 'other'));
    }
  });

  test('asked without a role, and without a token', async () => {
    const token = await stack.tokenFor({ partner: own.id });
    expect((await ask(endpoint, ownPlace, token)).verdict).toBe(
      verdict(endpoint, undefined, 'own'),
    );
    expect((await ask(endpoint, otherPlace, token)).verdict).toBe(
      verdict(endpoint, undefined, 'other'),
    );
    const anonymous = await ask(endpoint, ownPlace);
    expect(anonymous.verdict).toBe(typeof endpoint.access === 'string' ? 'allowed' : 401);
  });
});

describe.each(each(guardedOfPartner))('PR-06 %s', (_, endpoint) => {
  test("answers for another partner's as for what does not exist", async () => {
    const token = await stack.tokenFor({ roles: ['GlobalAdmin', 'PartnerAdmin'], tenant: own.id });
    const [there, missing] = [
      await ask(endpoint, otherPlace, token),
      await ask(endpoint, nowhere, token),
    ];
    expect(there.status).toBe(404);
    expect(there.text).toBe(missing.text);
    const headersOf = (answer: typeof there) =>
      [...answer.headers].filter(
        ([name]) => !['x-ms-request-id', 'x-ms-invocation-id', 'date'].includes(name),
      );
    expect(headersOf(there)).toEqual(headersOf(missing));
  });

  test('PR-04 takes a second tenant of the partner for its own, and no stranger', async () => {
    const admins = ['GlobalAdmin', 'PartnerAdmin', 'AdminAgent', 'BillingAdmin'] as const;
    const open = admins.some((role) => verdict(endpoint, role, 'own') === 'allowed');
    const second = await stack.tokenFor({ roles: admins, tenant: secondTenant });
    expect((await ask(endpoint, ownPlace, second)).verdict).toBe(open ? 'allowed' : 403);
    expect((await ask(endpoint, otherPlace, second)).verdict).toBe(404);
  });
});

describe.each(each(guarded))('PR-04 %s', (_, endpoint) => {
  test("takes a service's role in a partner's tenant, or a partner's in the operator's, for nothing", async () => {
    const foreign = await stack.tokenFor({
      roles: ['ProgramOperator', 'UsageReporter'],
      tenant: own.id,
    });
    expect((await ask(endpoint, ownPlace, foreign)).status).toBe(403);
    expect((await ask(endpoint, otherPlace, foreign)).status).toBe(ofPartner(endpoint) ? 404 : 403);
    const misplaced = await stack.tokenFor({
      roles: ['GlobalAdmin', 'PartnerAdmin', 'AdminAgent', 'BillingAdmin'],
      tenant: operatorTenantId,
    });
    expect((await ask(endpoint, ownPlace, misplaced)).status).toBe(ofPartner(endpoint) ? 404 : 403);
  });
});

test('PR-04 CR-16 histories tell people from applications by the token, whatever the role', async () => {
  const partner = await newPartner(stack);
  const tell = async (kind: 'user' | 'service') => {
    const token = await stack.tokenFor({ roles: ['ProgramOperator'], kind, oid: randomUUID() });
    const admin = await stack.tokenFor({ roles: ['PartnerAdmin'], partner: partner.id, kind });
    const { benefitIds } = await ok(
      apiClient(stack, token).POST('/api/partners/{partnerId}/memberships', {
        params: { path: partner.path, query: version },
        body: { type: kind === 'user' ? 'launch' : 'action-pack', startDate: day() },
      }),
    );
    const benefitId = benefitIds[0]!;
    await ok(
      apiClient(stack, admin).PUT('/api/partners/{partnerId}/benefits/{benefitId}/assignment', {
        params: { path: { ...partner.path, benefitId }, query: version },
        body: { newUser: { email: `${randomUUID()}@contoso.com`, displayName: 'Ana' } },
      }),
    );
    const entries = await partner.ledger(benefitId);
    return ['provisioned', 'assigned'].map(
      (type) => entries.find((entry) => entry.type === type)?.actor,
    );
  };
  for (const kind of ['user', 'service'] as const)
    expect(await tell(kind)).toMatchObject([
      { type: kind, role: 'ProgramOperator' },
      { type: kind, role: 'PartnerAdmin' },
    ]);
});

describe('PR-04 a token is refused', async () => {
  const jose = await import('jose');
  const endpoint = all.find(({ name }) => name === 'getPartner')!;
  const claims = stack.claims(own.id, ['GlobalAdmin']);
  const now = Math.floor(Date.now() / 1000);
  const stranger = await jose.generateKeyPair('RS256');
  const good = await stack.forge(claims);
  const [head = '', body = '', signature = ''] = good.split('.');
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { iss, aud, tid, oid, exp } = claims;
  const without = (name: string) =>
    Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));

  const cases: Record<string, string> = {
    'of no issuer': await stack.forge(without('iss')),
    'of a strange issuer': await stack.forge({ ...claims, iss: 'https://login.example/x/v2.0' }),
    "of another tenant's issuer": await stack.forge({
      ...claims,
      iss: String(iss).replace(String(tid), operatorTenantId),
    }),
    'whose issuer is a list': await stack.forge({ ...claims, iss: [iss] }),
    'for another audience': await stack.forge({ ...claims, aud: randomUUID() }),
    'for no audience': await stack.forge(without('aud')),
    'that has expired': await stack.forge({ ...claims, exp: now - 3600 }),
    'that never expires': await stack.forge(without('exp')),
    'that is not valid yet': await stack.forge({ ...claims, nbf: now + 3600 }),
    'without a tenant': await stack.forge(without('tid')),
    'without a subject': await stack.forge(without('oid')),
    'whose tenant is no GUID': await stack.forge({ ...claims, tid: `${String(tid)}/../x` }),
    'whose subject is no GUID': await stack.forge({ ...claims, oid: `${String(oid)}|x` }),
    'whose expiry is a text': await stack.forge({ ...claims, exp: String(exp) }),
    'signed with a strange key': await stack.forge(claims, { key: stranger.privateKey }),
    'of an unknown key': await stack.forge(claims, { header: { kid: 'unknown' } }),
    'of algorithm none': `${encoded({ alg: 'none', typ: 'JWT' })}.${body}.`,
    'of algorithm none, with a signature': `${encoded({ alg: 'none' })}.${body}.${signature}`,
    'signed with the audience for a secret': await stack.forge(claims, {
      header: { alg: 'HS256' },
      key: new TextEncoder().encode(String(aud).padEnd(32)),
    }),
    'without its signature': `${head}.${body}.`,
    'changed after signing': `${head}.${encoded({ ...claims, roles: ['ProgramOperator'] })}.${signature}`,
    'with a critical header that is not known': await stack
      .forge(claims, {
        header: { crit: ['x'], x: 1 },
      })
      .catch(() => `${encoded({ alg: 'RS256', crit: ['x'], x: 1 })}.${body}.${signature}`),
    'of garbage': 'garbage',
    'of three dots': '...',
  };

  // What portals and services get wrong when they sign in: each is told what to do.
  const person = without('scp');
  const mistaken: Record<string, [token: string, told: RegExp]> = {
    'that is an ID token': [
      await stack.forge({ ...person, nonce: 'x', preferred_username: 'ana@contoso.example' }),
      /Request one with the scope Benefits\.Access, not an ID token/,
    ],
    'of a person with another scope': [
      await stack.forge({ ...claims, scp: 'openid Benefits.Access.All benefits.access' }),
      /lacks the scope Benefits\.Access/,
    ],
    'of a person with no scope': [await stack.forge({ ...claims, scp: '' }), /lacks the scope/],
    'whose scopes are a list': [
      await stack.forge({ ...claims, scp: ['Benefits.Access'] }),
      /lacks the scope/,
    ],
    'of an application without idtyp': [
      await stack.forge({ ...person, azpacr: '1' }),
      /optional claim idtyp/,
    ],
    'of a device': [await stack.forge({ ...claims, idtyp: 'device' }), /lacks the scope/],
    'of an application that has a scope': [
      await stack.forge({ ...claims, idtyp: 'app' }),
      /lacks the scope/,
    ],
    'for the application ID URI (version 1.0)': [
      await stack.forge({ ...claims, aud: `api://${String(aud)}`, ver: '1.0' }),
      new RegExp(`for ${String(aud)} with the scope .* requestedAccessTokenVersion to 2`),
    ],
    'of the issuer of version 1.0': [
      await stack.forge({ ...claims, iss: String(iss).replace('/v2.0', '/'), ver: '1.0' }),
      /requestedAccessTokenVersion to 2/,
    ],
    'without tid and oid, for want of the scope profile': [
      await stack.forge(
        Object.fromEntries(Object.entries(claims).filter(([key]) => !['tid', 'oid'].includes(key))),
      ),
      /scope profile/,
    ],
  };
  for (const typ of [
    'logout+jwt',
    'dpop+jwt',
    'id+jwt',
    'JOSE',
    'application/jwt',
    '',
    1,
    undefined,
  ])
    mistaken[`of type ${String(typ)}`] = [
      await stack.forge(claims, { header: { typ } }),
      /made for another purpose/,
    ];

  test('PR-04 (unless it is right)', async () => {
    expect((await ask(endpoint, ownPlace, good)).status).toBe(200);
  });

  test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'jwt'])(
    'PR-04 (unless it is an access token of type %s)',
    async (typ) => {
      const token = await stack.forge(claims, { header: { typ } });
      expect((await ask(endpoint, ownPlace, token)).status).toBe(200);
    },
  );

  test.each(Object.entries(mistaken))(
    'PR-04 %s, and the answer says what to do',
    async (_, given) => {
      const [token, told] = given;
      const answer = await ask(endpoint, ownPlace, token);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('x-ms-error-code')).toBe('Unauthenticated');
      expect(answer.text).toMatch(told);
      expect(answer.text).not.toContain(token);
    },
  );

  test.each(Object.entries(cases))('%s', async (_, token) => {
    const answer = await ask(endpoint, ownPlace, token);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('x-ms-error-code')).toBe('Unauthenticated');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.text).not.toContain(token);
  });

  test.each(['', 'Bearer', 'Basic eDp5', `Token ${good}`, `Bearer ${good} ${good}`, good])(
    'sent as "%.12s"',
    async (authorization) => {
      const path = `/api/partners/${own.id}?api-version=${version['api-version']}`;
      const { status } = await send(stack, 'GET', path, { headers: { authorization } });
      expect(status).toBe(401);
    },
  );
});
