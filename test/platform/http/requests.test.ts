/** What is true of every request, whatever function it is for: headers, no plain http, and its line in the log. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { operatorTenantId } from '../../../infra/local/sign-in.ts';
import { partnerRow, partnerSchema } from '../../../src/partners/rows.ts';
import { readConfig } from '../../../src/platform/config.ts';
import { newId } from '../../../src/platform/ids.ts';
import { createRuntime } from '../../../src/platform/runtime.ts';
import { takeAccount } from '../../support/azurite.ts';
import { startInProcess, type CallOptions, type InProcessApp } from '../../support/in-process.ts';
import { programme, type Programme } from '../../support/programme.ts';

let app: InProcessApp;
let setup: Programme;
const lines: string[] = [];

beforeAll(async () => {
  app = await startInProcess({
    storage: await takeAccount(inject('storage')),
    env: () => ({ PUBLIC_BASE_URL: 'https://benefits.example.com' }),
  });
  console.info = (line: string) => void lines.push(line);
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
}, 60_000);

afterAll(() => app.stop());

const json = "default-src 'none'; frame-ancestors 'none'";
const strictTransport = 'max-age=31536000';

function httpFunctions(): string[] {
  return [...app.functions.values()]
    .filter(({ trigger }) => trigger.type === 'httpTrigger')
    .map(({ name }) => name);
}

async function headersOf(name: string, options: CallOptions = {}) {
  const { status, headers } = await app.prepare(name, options)();
  return { status, headers: new Headers(headers) };
}

/** What the request's one line says, but for what differs each time. */
async function logged(name: string, options: CallOptions) {
  lines.length = 0;
  await app.prepare(name, options)();
  const told = lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ event }) => event === 'request');
  expect(told).toHaveLength(1);
  const { level, event, requestId, milliseconds, ...rest } = told[0]!;
  expect([level, event]).toEqual(['info', 'request']);
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(milliseconds).toBeGreaterThanOrEqual(0);
  return rest;
}

test('every function answers with HSTS and a policy that lets nothing of elsewhere in', async () => {
  const names = httpFunctions();
  expect(names.length).toBeGreaterThan(40);
  for (const name of names) {
    const { headers } = await headersOf(name);
    expect(headers.get('strict-transport-security'), name).toBe(strictTransport);
    const policy = headers.get('content-security-policy');
    expect(policy, name).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
    const page = headers.get('content-type')?.startsWith('text/html') ?? false;
    if (!page && name !== 'docsAsset') expect(policy, name).toBe(json);
  }
});

test('successes, files and what has not changed carry the same; pages keep policies of their own', async () => {
  const { partnerId, admin } = await setup.partner();
  const params = { partnerId };
  const found = await headersOf('getPartner', { params, token: setup.operator });
  const etag = found.headers.get('etag') ?? '';
  const same = await headersOf('getPartner', {
    params,
    token: setup.operator,
    headers: { 'if-none-match': etag },
  });
  const month = new Date().toISOString().slice(0, 7);
  const file = await headersOf('listDailyUsage', {
    params: { ...params, month },
    token: await app.tokenFor({ roles: ['BillingAdmin'], partner: partnerId }),
    headers: { accept: 'text/csv' },
  });
  const document = await headersOf('openApi');
  const answers = [
    found,
    same,
    file,
    document,
    await headersOf('listUsers', { params, token: admin }),
  ];
  expect(answers.map(({ status }) => status ?? 200)).toEqual([200, 304, 200, 200, 200]);
  expect(file.headers.get('content-type')).toContain('text/csv');
  for (const { headers } of answers) {
    expect(headers.get('strict-transport-security')).toBe(strictTransport);
    expect(headers.get('content-security-policy')).toBe(json);
  }
  const docs = await headersOf('docs');
  expect(docs.headers.get('content-security-policy')).toContain("script-src 'self'");
  const page = await headersOf('redemptionPage', { params: { token: 'x' } });
  expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
});

test.each(['http', 'HTTP', 'http, https'])(
  'what came over plain http (X-Forwarded-Proto: %s) is refused by every function, not redirected',
  async (protocol) => {
    const { partnerId } = await setup.partner();
    for (const name of httpFunctions()) {
      const { result, requests } = await app.record(() =>
        headersOf(name, {
          params: { partnerId },
          token: setup.operator,
          headers: { 'x-forwarded-proto': protocol },
        }),
      );
      expect([result.status, result.headers.get('x-ms-error-code')], name).toEqual([
        403,
        'Forbidden',
      ]);
      expect(result.headers.get('location'), name).toBeNull();
      // An answer to plain http must not carry it (RFC 6797, 7.2).
      expect(result.headers.get('strict-transport-security'), name).toBeNull();
      expect(requests, name).toEqual([]);
    }
    const call = { params: { partnerId }, token: setup.operator };
    const { body } = await app.call('getPartner', {
      ...call,
      headers: { 'x-forwarded-proto': protocol },
    });
    expect(body.error.message).toContain('https://benefits.example.com');
    // https in front, whatever is between, and a probe that came directly.
    for (const through of ['https', 'https, http', 'HTTPS'])
      expect(
        (await app.call('getPartner', { ...call, headers: { 'x-forwarded-proto': through } }))
          .status,
      ).toBe(200);
    expect((await app.call('health')).status).toBe(200);
  },
);

test('the log tells tenant, caller, role and partner of a request, and its code where it is refused', async () => {
  const { partnerId } = await setup.partner();
  const oid = newId();
  const token = await app.tokenFor({ roles: ['PartnerAdmin'], partner: partnerId, oid });
  const who = { tenantId: partnerId, callerId: oid, partnerId };
  const params = { partnerId: partnerId.toUpperCase() };
  expect(await logged('listUsers', { params, token })).toEqual({
    function: 'listUsers',
    status: 200,
    ...who,
    role: 'PartnerAdmin',
  });
  expect(await logged('listUsers', { params, token, query: { search: 'x'.repeat(101) } })).toEqual({
    function: 'listUsers',
    status: 400,
    code: 'InvalidRequest',
    ...who,
    role: 'PartnerAdmin',
  });
  // The role of an act is the one that let it through.
  const both = await app.tokenFor({
    roles: ['BillingAdmin', 'GlobalAdmin'],
    partner: partnerId,
    oid,
  });
  expect(await logged('listUsers', { params, token: both })).toMatchObject({ role: 'GlobalAdmin' });
});

test('PR-06 a 403 and another partner’s 404 are told with who asked, the roles held, and for which partner', async () => {
  const { partnerId } = await setup.partner();
  const other = await setup.partner();
  const oid = newId();
  const token = await app.tokenFor({
    roles: ['BillingAdmin', 'AdminAgent'],
    partner: partnerId,
    oid,
  });
  const who = { function: 'listUsers', tenantId: partnerId, callerId: oid };
  expect(await logged('listUsers', { params: { partnerId }, token })).toEqual({
    ...who,
    status: 403,
    code: 'Forbidden',
    role: 'AdminAgent,BillingAdmin',
    partnerId,
  });
  expect(await logged('listUsers', { params: { partnerId: other.partnerId }, token })).toEqual({
    ...who,
    status: 404,
    code: 'NotFound',
    role: 'AdminAgent,BillingAdmin',
    partnerId: other.partnerId,
  });
  const none = await app.tokenFor({ roles: ['Somebody'], partner: partnerId, oid });
  expect(await logged('listPartners', { token: none })).toEqual({
    function: 'listPartners',
    status: 403,
    code: 'Forbidden',
    tenantId: partnerId,
    callerId: oid,
  });
});

test('PR-04 a refused sign-in is told with whose token it was where a signature shows it, and never by a claim alone', async () => {
  const { partnerId } = await setup.partner();
  const oid = newId();
  const request = { roles: ['PartnerAdmin'], partner: partnerId, oid };
  const options = { params: { partnerId } };
  const refused = { function: 'listUsers', status: 401, code: 'Unauthenticated', partnerId };
  const known = { ...refused, tenantId: partnerId, callerId: oid };
  const good = await app.tokenFor(request);
  const expired = await app.tokenFor({ ...request, expiresIn: -600 });
  const elsewhere = await app.tokenFor({ ...request, audience: newId() });
  for (const token of [expired, elsewhere])
    expect(await logged('listUsers', { ...options, token })).toEqual(known);
  const [header, payload = '', signature] = good.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const forged = Buffer.from(JSON.stringify({ ...claims, tid: newId() })).toString('base64url');
  for (const token of [
    `${header}.${forged}.${signature}`,
    `${header}.${payload}.AAAA`,
    'x',
    undefined,
  ])
    expect(
      await logged('listUsers', token === undefined ? options : { ...options, token }),
    ).toEqual(refused);
});

test('what is no partner’s ID is not told: a path can hold anything', async () => {
  const options = { params: { partnerId: 'ana@contoso.com' }, token: setup.operator };
  expect(await logged('listUsers', options)).not.toHaveProperty('partnerId');
  expect(lines.join('\n')).not.toContain('ana@');
});

test('pages and what needs no sign-in are told with their status and code', async () => {
  expect(await logged('redemptionPage', { params: { token: 'x' } })).toEqual({
    function: 'redemptionPage',
    status: 404,
    code: 'NotFound',
  });
  expect(await logged('health', {})).toEqual({ function: 'health', status: 200 });
});

test('PR-05 what a link does is told with its partner; what nobody signed is not', async () => {
  const { partnerId, admin } = await setup.partner();
  const { benefitIds } = await setup.membership(partnerId, 'action-pack');
  const userId = await setup.user(partnerId, 'ana@contoso.com');
  const token = await setup.assigned(partnerId, admin, benefitIds[0]!, userId);
  const routes = [
    'getRedemption',
    'redeemCredit',
    'redemptionPage',
    'redeemByForm',
    'removeSpendingLimitByLink',
  ];
  for (const name of routes) {
    expect(await logged(name, { params: { token } }), name).toMatchObject({
      function: name,
      partnerId,
    });
    const forged = await logged(name, { params: { token: `${token.slice(0, -4)}AAAA` } });
    expect(forged, name).toEqual({ function: name, status: 404, code: 'NotFound' });
  }
  expect(lines.join('\n')).not.toContain(token.slice(-10));
});

test('PR-04 the operator’s tenant is no partner’s, whatever a partner’s row says', async () => {
  const { partnerId } = await setup.partner();
  const { tables } = createRuntime(readConfig(process.env));
  const row = (await tables.get('partners', partnerSchema, partnerId, partnerRow))!;
  const value = { ...row.value, tenantIds: [partnerId, operatorTenantId] };
  const write = {
    op: 'replace',
    rowKey: partnerRow,
    etag: row.etag,
    schema: partnerSchema,
    value,
  } as const;
  expect(await tables.write('partners', partnerId, write, newId())).toBe('committed');
  const token = await app.tokenFor({
    roles: ['GlobalAdmin'],
    tenant: operatorTenantId,
    kind: 'user',
  });
  expect((await app.call('getPartner', { params: { partnerId }, token })).code).toBe('NotFound');
});
