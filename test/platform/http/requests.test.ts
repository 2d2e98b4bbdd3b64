/** What is true of every request, whatever function it is for: its line in the log. */
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
