/** What all routes share: versions, errors, media types, sizes, parameters, ETags, CORS headers. */
import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import { json as asJson } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { asking, newPartner, ok, refused, send, version } from '../support/client.ts';
import { useStack } from '../support/stack.ts';

const stack = await useStack();
const partner = await newPartner(stack);
const token = await stack.tokenFor({ roles: ['PartnerAdmin'], partner: partner.id });
const asked = `?api-version=${version['api-version']}`;
const usersPath = `/api/partners/${partner.id}/users`;
const json = { 'content-type': 'application/json' };

const ask = asking(stack, token);

const newUser = (email = `${randomUUID()}@contoso.com`) =>
  JSON.stringify({ email, displayName: 'Ana' });

describe('api-version', () => {
  test('a missing version is refused, saying which to give', async () => {
    const { status, code, message } = await ask('GET', usersPath);
    expect([status, code]).toEqual([400, 'MissingApiVersionParameter']);
    expect(message).toContain(version['api-version']);
  });

  test.each(['2025-01-01', '', 'latest', `${version['api-version']}-preview`])(
    'the version "%s" is refused, saying which is supported',
    async (text) => {
      const { status, code, message } = await ask('GET', `${usersPath}?api-version=${text}`);
      expect([status, code]).toEqual([400, 'UnsupportedApiVersionValue']);
      expect(message).toContain(version['api-version']);
    },
  );

  test('two versions are refused, be they the same', async () => {
    const { status } = await ask('GET', `${usersPath}${asked}&api-version=2020-01-01`);
    expect(status).toBe(400);
    expect((await ask('GET', `${usersPath}${asked}&${asked.slice(1)}`)).status).toBe(400);
  });

  test('health and the document of the API need none', async () => {
    for (const path of ['/api/health', '/api/openapi.json', '/api/docs'])
      expect((await send(stack, 'GET', path)).status).toBe(200);
  });
});

describe('bodies', () => {
  test.each([
    'text/plain',
    'application/xml',
    '',
    'application/json; charset=latin1',
    'application/jsonp',
  ])('Content-Type "%s" is 415', async (type) => {
    const { status, code } = await ask('POST', usersPath + asked, newUser(), {
      'content-type': type,
    });
    expect([status, code]).toEqual([415, 'UnsupportedMediaType']);
  });

  test.each([
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/json;charset="utf-8"',
  ])('Content-Type "%s" is taken', async (type) => {
    const answer = await ask('POST', usersPath + asked, newUser(), { 'content-type': type });
    expect(answer.status).toBe(201);
  });

  test('a body over 1 MiB is 413, also where its length is not told', async () => {
    const large = JSON.stringify({ displayName: 'x'.repeat(1024 * 1024) });
    const { status, code } = await ask('POST', usersPath + asked, large);
    expect([status, code]).toEqual([413, 'PayloadTooLarge']);
    const chunked = await fetch(stack.baseUrl + usersPath + asked, {
      method: 'POST',
      headers: { ...json, authorization: `Bearer ${token}` },
      body: new Blob([large]).stream(),
      duplex: 'half',
    });
    expect(chunked.status).toBe(413);
  });

  test('a body that passes 1 MiB is answered 413 before its end', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sending = http.request(stack.baseUrl + usersPath + asked, {
      method: 'POST',
      headers: { ...json, authorization: `Bearer ${token}` },
    });
    sending.on('response', resolve).on('error', reject);
    sending.write(Buffer.alloc(1024 * 1024 + 1, ' '));
    const answer = await promise;
    expect(answer.statusCode).toBe(413);
    expect(await asJson(answer)).toMatchObject({ error: { code: 'PayloadTooLarge' } });
    sending.destroy();
  });

  test.each([
    ['nothing', ''],
    ['half an object', '{"email":'],
    ['not JSON', "{'email': 1}"],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['not UTF-8', Uint8Array.of(0x22, 0xc3, 0x28, 0x22)],
  ])('a body of %s is 400', async (_, body) => {
    const { status, code } = await ask('POST', usersPath + asked, body);
    expect([status, code]).toEqual([400, 'InvalidRequest']);
  });

  test('every bad field is named at once', async () => {
    const body = JSON.stringify({ email: 5, displayName: '', role: 'x', toString: 1 });
    const { status, targets } = await ask('POST', usersPath + asked, body);
    expect(status).toBe(400);
    expect(targets.sort()).toEqual(['displayName', 'email', 'role', 'toString']);
  });

  test.each(['5', 'null', '"x"', '[]', '{"a":1}'])(
    'where no body is taken, %s is refused and nothing done',
    async (body) => {
      const user = await partner.user();
      const { status, code } = await ask('DELETE', `${usersPath}/${user.id}${asked}`, body);
      expect([status, code]).toEqual([400, 'InvalidRequest']);
      await ok(
        partner.operator.PATCH('/api/partners/{partnerId}/users/{userId}', {
          params: { path: { ...partner.path, userId: user.id }, query: version },
          body: { displayName: 'Still here' },
        }),
      );
    },
  );
});

describe('parameters', () => {
  test.each(['x', '00000000', 'null', '%00', '%2e%2e', `{${randomUUID()}}`, 'a'.repeat(500)])(
    'a path with %s for an id is 400 or 404, never another resource',
    async (id) => {
      const { status } = await ask('GET', `/api/partners/${id}${asked}`);
      expect([400, 404]).toContain(status);
    },
  );

  test('ids are read in any letter case', async () => {
    const { status, text } = await ask('GET', `/api/partners/${partner.id.toUpperCase()}${asked}`);
    expect(status).toBe(200);
    expect(text).toContain(partner.id);
  });

  test('a wrong continuation token for a partner that is not there is refused, and the app lives on', async () => {
    const admin = await stack.tokenFor({ roles: ['ProgramOperator'] });
    const continuationToken = Buffer.from('x').toString('base64url');
    const missing = `/api/partners/${randomUUID()}`;
    const lists = ['benefits', 'users', 'memberships'].map((name) => `${missing}/${name}`);
    const ofBenefit = ['ledger', 'eligible-users'].map(
      (name) => `${missing}/benefits/${randomUUID()}/${name}`,
    );
    for (const path of [...lists, ...ofBenefit]) {
      const query = `${asked}&continuationToken=${continuationToken}`;
      const { status } = await send(stack, 'GET', path + query, { token: admin });
      expect([400, 404]).toContain(status);
    }
    expect((await send(stack, 'GET', '/api/health')).status).toBe(200);
  });

  test('an unknown parameter, or one given twice, is named', async () => {
    expect(await ask('GET', `${usersPath}${asked}&page=2`)).toMatchObject({
      code: 'InvalidRequest',
      targets: ['page'],
    });
    expect(await ask('GET', `${usersPath}${asked}&search=a&search=b`)).toMatchObject({
      code: 'InvalidRequest',
      targets: ['search'],
    });
  });
});

describe('ETags', () => {
  test('If-None-Match of the present version is 304 without a body, of another 200', async () => {
    const path = `/api/partners/${partner.id}${asked}`;
    const etag = (await ask('GET', path)).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"\d+"$/);
    for (const header of [etag, '*', `"x", ${etag}`, `W/${etag}`]) {
      const { status, text, headers } = await ask('GET', path, undefined, {
        'if-none-match': header,
      });
      expect([status, text, headers.get('etag')]).toEqual([304, '', etag]);
    }
    for (const header of ['"x"', '', etag.slice(1, -1)])
      expect((await ask('GET', path, undefined, { 'if-none-match': header })).status).toBe(200);
  });

  test.each(['7', '"7', 'W/7', '', '"a" "b"', '"ü"'])('If-Match %s is 400', async (header) => {
    const { id } = await (await newPartner(stack)).credit('azure-monthly');
    const path = `/api/partners/${partner.id}/benefits/${id}/assignment${asked}`;
    const { status, targets } = await ask('DELETE', path, undefined, { 'if-match': header });
    expect([status, targets]).toEqual([400, ['If-Match']]);
  });

  test('If-Match of an earlier version is 412, and nothing is done', async () => {
    const own = await newPartner(stack);
    const { id } = await own.credit('azure-monthly');
    const stale = await own.etag(id);
    await ok(own.assign(id, (await own.user()).id));
    const remove = own.admin.DELETE('/api/partners/{partnerId}/benefits/{benefitId}/assignment', {
      params: {
        path: { ...own.path, benefitId: id },
        query: version,
        header: { 'If-Match': stale },
      },
    });
    expect((await refused(remove, 'PreconditionFailed')).target).toBe('If-Match');
    expect((await own.benefit(id)).status).toBe('assigned');
  });
});

describe('answers', () => {
  const exposed = [
    ...['ETag', 'Location', 'Operation-Location', 'Retry-After', 'Repeatability-Result'],
    ...['Content-Disposition', 'x-ms-request-id', 'x-ms-error-code'],
  ];

  test.each([
    ['a success', 'GET', usersPath + asked, 200],
    ['a refusal', 'GET', `${usersPath}/${asked}x`, 400],
    ['what is not there', 'GET', `/api/partners/${randomUUID()}${asked}`, 404],
  ])(
    '%s exposes the headers that portals need, and is kept by no cache',
    async (_, method, path, status) => {
      const answer = await ask(method, path);
      expect(answer.status).toBe(status);
      const names = answer.headers.get('access-control-expose-headers')?.split(/\s*,\s*/);
      expect(names).toEqual(expect.arrayContaining(exposed));
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    },
  );

  test('an error says what is wrong and what to do, and nothing of the inside', async () => {
    const { text, message, code, headers } = await ask(
      'GET',
      `/api/partners/${randomUUID()}${asked}`,
    );
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['error']);
    expect(code).toBe('NotFound');
    expect(headers.get('x-ms-error-code')).toBe(code);
    expect(message.length).toBeGreaterThan(20);
    expect(text).not.toMatch(/Table|Azurite|stack|\.ts|node_modules/);
  });

  test('a created resource that can be read says where', async () => {
    const created = await send(stack, 'PUT', `/api/partners/${randomUUID()}${asked}`, {
      token: await stack.tokenFor({ roles: ['ProgramOperator'] }),
      headers: json,
      body: JSON.stringify({ displayName: 'Fabrikam', domains: ['fabrikam.com'] }),
    });
    expect(created.status).toBe(201);
    const location = created.headers.get('location') ?? '';
    expect(location.startsWith(`${stack.baseUrl}/api/partners/`)).toBe(true);
    const found = await fetch(location, {
      headers: { authorization: `Bearer ${await stack.tokenFor({ roles: ['ProgramOperator'] })}` },
    });
    expect(await found.text()).toBe(created.text);
  });
});
