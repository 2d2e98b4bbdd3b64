/** Requests that try to pass for another by what the Functions host makes of their query and body. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { asking, newPartner, send, version } from '../support/client.ts';
import { useStack } from '../support/stack.ts';

const stack = await useStack();
const partner = await newPartner(stack);
const token = await stack.tokenFor({ roles: ['PartnerAdmin'], partner: partner.id });
const operatorToken = await stack.tokenFor({ roles: ['ProgramOperator'] });
const ask = asking(stack, token);
const asked = `?api-version=${version['api-version']}`;
const usersPath = `/api/partners/${partner.id}/users`;
const json = { 'content-type': 'application/json' };

describe('a query parameter named like the host’s own values', () => {
  test.each(['Headers', 'headers', 'Query', 'QUERY'])(
    '%s is refused by its name, on every route, signed in or not',
    async (name) => {
      for (const value of [
        'x',
        '[1]',
        '{"a b":"1"}',
        `{"authorization":"Bearer ${operatorToken}"}`,
      ]) {
        const query = `${name}=${encodeURIComponent(value)}`;
        for (const path of [`${usersPath}${asked}&${query}`, `/api/health?${query}`])
          expect(await ask('GET', path)).toMatchObject({
            status: 400,
            code: 'InvalidRequest',
            targets: [name],
          });
        const unsigned = await send(stack, 'GET', `${usersPath}${asked}&${query}`);
        expect(unsigned.status).toBe(400);
        const page = await send(stack, 'GET', `/redeem/x?${query}`);
        expect([page.status, page.headers.get('content-type')]).toEqual([
          400,
          'text/html; charset=utf-8',
        ]);
      }
    },
  );
});

describe('a body’s property named like the host’s own values', () => {
  const forged = { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' };
  const path = `/api/partners/${randomUUID()}${asked}`;
  const body = (headers: unknown) =>
    JSON.stringify({ displayName: 'Fabrikam', domains: ['fabrikam.com'], Headers: headers });

  test('signs nobody in, and gives nobody another role', async () => {
    const unsigned = await send(stack, 'PUT', path, { headers: json, body: body(forged) });
    expect(unsigned.status).toBe(401);
    // As for any partner that is not the caller's own (PR-06); an operator's token would have made it.
    expect((await ask('PUT', path, body(forged))).status).toBe(404);
    const found = await send(stack, 'GET', path, { token: operatorToken });
    expect(found.status).toBe(404);
  });

  test.each([
    ['text', 'x'],
    ['an object', { accept: 'text/csv' }],
    ['what is no header', { 'a b': '1', '': '', x: '\r\n' }],
    ['a list', [['a', 'b']]],
    ['nothing', null],
  ])('is an unknown field like any other: %s', async (_, value) => {
    for (const name of ['Headers', 'headers', 'Query']) {
      const sent = { email: `${randomUUID()}@contoso.com`, displayName: 'Ana', [name]: value };
      expect(await ask('POST', usersPath + asked, JSON.stringify(sent))).toMatchObject({
        status: 400,
        code: 'InvalidRequest',
        targets: [name],
      });
    }
  });

  test('CR-09 a form of another site stays one of another site', async () => {
    // A form's body that is JSON as well.
    const claims = { 'sec-fetch-site': 'same-origin', origin: stack.baseUrl };
    const form = JSON.stringify({ Headers: claims, a: '&azureSubscriptionId=x&' });
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'cross-site',
    };
    const credit = await partner.credit('azure-monthly');
    await partner.assign(credit.id, (await partner.user()).id);
    const link = await partner.link(credit.id);
    const answer = await send(stack, 'POST', `/redeem/${link}`, { headers, body: form });
    expect([answer.status, answer.headers.get('x-ms-error-code')]).toEqual([403, 'Forbidden']);
  });
});

describe('a query parameter or a body’s property named like a parameter of the route', () => {
  test('PR-06 leads to no other resource, and is refused as unknown', async () => {
    const other = await newPartner(stack);
    for (const name of ['partnerId', 'PARTNERID']) {
      const own = `/api/partners/${partner.id}${asked}`;
      expect(await ask('GET', `${own}&${name}=${other.id}`)).toMatchObject({
        status: 400,
        targets: [name],
      });
      const sent = { email: `${randomUUID()}@contoso.com`, displayName: 'Ana', [name]: other.id };
      expect(await ask('POST', usersPath + asked, JSON.stringify(sent))).toMatchObject({
        status: 400,
        targets: [name],
      });
    }
  });

  test('a link’s page is that of its path', async () => {
    const credit = await partner.credit('azure-monthly');
    await partner.assign(credit.id, (await partner.user()).id);
    const link = await partner.link(credit.id);
    expect((await send(stack, 'GET', `/redeem/${link}?TOKEN=x`)).status).toBe(200);
    const foreign = await send(stack, 'GET', `/redeem/x?token=${link}`);
    expect(foreign.status).toBe((await send(stack, 'GET', '/redeem/x')).status);
    expect(foreign.status).not.toBe(200);
  });
});
