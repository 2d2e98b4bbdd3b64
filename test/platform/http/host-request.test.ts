/** Requests as the Functions host hands them over, and handlers that let nothing out. */
import { HttpRequest, type HttpResponseInit } from '@azure/functions';
import { afterEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { provideFunctionsCore } from '../../../infra/local/host/core-module.ts';
import { refuseReservedParameters, routeParams } from '../../../src/platform/http/host-request.ts';
import type { RefusalError } from '../../../src/platform/refusals.ts';
import { useTestSettings } from '../../support/settings.ts';

useTestSettings();
const registry = provideFunctionsCore(() => undefined);
const { endpoint } = await import('../../../src/platform/http/endpoint.ts');
const { page } = await import('../../../src/platform/http/page.ts');
const { htmlAnswer } = await import('../../../src/platform/http/page-answer.ts');

const route = 'api/partners/{partnerId}/benefits/{benefitId}';

describe('the parameters of a route', () => {
  test('are its own names, without regard to case; query and body values are left where they are', () => {
    const metadata = {
      PARTNERID: 'of the route, under the name a body field came with',
      benefitid: 'of the route',
      'api-version': '2026-12-01',
      maxpagesize: '5',
      email: 'a@contoso.com',
      partnerId2: 'x',
    };
    expect(routeParams(route, { params: metadata })).toEqual({
      partnerId: 'of the route, under the name a body field came with',
      benefitId: 'of the route',
    });
  });

  test('that have no value are left out', () => {
    expect(routeParams(route, { params: { benefitId: '1' } })).toEqual({ benefitId: '1' });
    expect(routeParams('api/health', { params: { partnerId: '1' } })).toEqual({});
  });

  test('may be optional, or take the rest of the path', () => {
    expect(routeParams('files/{*path}', { params: { path: 'a/b', x: '1' } })).toEqual({
      path: 'a/b',
    });
    expect(routeParams('files/{name?}', { params: { NAME: 'a' } })).toEqual({ name: 'a' });
  });

  test('are not taken from letters that merely fold to theirs, as the host tells them apart', () => {
    // A Kelvin sign, and a long s: in JavaScript their lower and upper case are k and S.
    const params = { token: 'of the route', 'to\u212aen': 'foreign', '\u017fcope': 'foreign' };
    expect(routeParams('redeem/{token}', { params })).toEqual({ token: 'of the route' });
    expect(routeParams('redeem/{scope}', { params })).toEqual({});
  });

  test('are never what an object inherits', () => {
    expect(routeParams('x/{constructor}/{toString}', { params: {} })).toEqual({});
  });
});

describe('query parameters with the names of the host', () => {
  test.each(['Headers', 'headers', 'HEADERS', 'Query', 'query', 'qUERY'])(
    '%s is refused by its name',
    (name) => {
      const refused = () => refuseReservedParameters(new URLSearchParams([[name, '{}']]));
      expect(refused).toThrow(
        expect.objectContaining({
          refusal: expect.objectContaining({
            code: 'InvalidRequest',
            details: [expect.objectContaining({ target: name })],
          }) as RefusalError['refusal'],
        }) as RefusalError,
      );
    },
  );

  test('others are nobody’s business here', () => {
    refuseReservedParameters(new URLSearchParams('header=1&queries=2&x=Headers'));
  });

  test('are refused by every JSON route and every page before anything else', async () => {
    endpoint({ ...bare('reservedJson'), contract: async () => ({ answers: { 204: null } }) });
    page({
      name: 'reservedPage',
      method: 'GET',
      route: 'x',
      handle: async () => htmlAnswer({ status: 200, html: '' }),
    });
    const json = await call('reservedJson', 'hEaders=1');
    expect([json.status, json.jsonBody]).toMatchObject([
      400,
      { error: { code: 'InvalidRequest', details: [{ target: 'hEaders' }] } },
    ]);
    const shown = await call('reservedPage', 'Query=1');
    expect([shown.status, new Headers(shown.headers).get('x-ms-error-code')]).toEqual([
      400,
      'InvalidRequest',
    ]);
  });
});

describe('a handler never throws, for the caller would wait 240 s', () => {
  afterEach(() => vi.restoreAllMocks());

  test('where its contract cannot be made, and makes it at the next request', async () => {
    let tries = 0;
    endpoint({
      ...bare('brokenContract'),
      contract: () =>
        (tries += 1) === 1
          ? Promise.reject(new Error('Cannot find module'))
          : Promise.resolve({ answers: { 204: null } }),
    });
    expectLastResort(await call('brokenContract'));
    expect((await call('brokenContract')).status).toBe(204);
  });

  test('where its definition is no definition at all', async () => {
    endpoint({ ...bare('noContract'), contract: () => undefined as never });
    expectLastResort(await call('noContract'));
    page({ name: 'noPage', method: 'GET', route: undefined as never, handle: undefined as never });
    expect((await call('noPage')).status).toBe(500);
  });

  test('where nothing can be logged', async () => {
    endpoint({ ...bare('unlogged'), contract: async () => ({ answers: { 204: null } }) });
    page({
      name: 'unloggedPage',
      method: 'GET',
      route: 'x',
      handle: () => Promise.reject(new Error('storage is gone')),
    });
    for (const level of ['info', 'warn', 'error'] as const)
      vi.spyOn(console, level).mockImplementation(() => {
        throw new Error('write EPIPE');
      });
    expectLastResort(await call('unlogged'));
    const shown = await call('unloggedPage');
    expect(shown.status).toBe(500);
    expect(shown.body).toContain(invocationId);
  });
});

const invocationId = '5e0cf1f4-3a1d-4a55-8c43-6f2b9d0e7a10';

/** What all endpoints here have in common. */
function bare(name: string) {
  return {
    name,
    method: 'GET' as const,
    route: 'x',
    tag: 'Tests',
    summary: 'A test',
    access: 'anyone' as const,
    versioned: false as const,
    handle: async () => ({ status: 204 as const, body: undefined }),
  };
}

function call(name: string, query = ''): Promise<HttpResponseInit> {
  const request = new HttpRequest({
    method: 'GET',
    url: `http://127.0.0.1:7071/x?${query}`,
    params: Object.fromEntries(new URLSearchParams(query)),
  });
  const { handler } = registry.functions.get(name.toLowerCase())!;
  return handler(request, { invocationId }) as Promise<HttpResponseInit>;
}

const errorShape = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

function expectLastResort(answer: HttpResponseInit): void {
  expect(answer.status).toBe(500);
  expect(new Headers(answer.headers).get('x-ms-error-code')).toBe('InternalError');
  const { error } = errorShape.parse(JSON.parse(answer.body as string));
  expect(error.code).toBe('InternalError');
  expect(error.message).toContain(invocationId);
}
