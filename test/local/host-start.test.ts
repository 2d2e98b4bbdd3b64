import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFunctionsHost, type FunctionsHost } from '../../infra/local/host-process.ts';
import { patiently } from './patiently.ts';

const origin = 'http://portal.example:8080';
let dir: string;
let host: FunctionsHost;
const printed: string[] = [];

function start(app: string, env: Record<string, string> = {}): Promise<FunctionsHost> {
  return startFunctionsHost({
    appDir: join(import.meta.dirname, 'fixtures', app),
    port: 0,
    clockFile: join(dir, 'clock.json'),
    cors: { origins: [origin], credentials: true },
    activityTimeout: 300,
    env: { PATH: process.env['PATH'], ...env },
    onLine: (line) => printed.push(line),
  });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'host-test-'));
  host = await start('stream-app');
});
afterAll(async () => {
  await host.stop();
  await rm(dir, { recursive: true, force: true });
});

test('an app that registers nothing does not start, and the host says so', async () => {
  await expect(start('empty-app')).rejects.toThrow('The app registers no functions.');
});

test('an app that throws while it is imported does not start, and its reason is shown', async () => {
  await expect(start('app', { FIXTURE_BROKEN: '1' })).rejects.toThrow('the app is broken');
});

test('a missing connection setting stops the start and is named', async () => {
  await expect(start('app')).rejects.toThrow('AzureWebJobsStorage');
});

test('with HTTP streams a body of many pieces, parameters, headers and cookies go through', async () => {
  const piece = Buffer.alloc(64 * 1024, 'x');
  const pieces = Array.from({ length: 64 }, () => piece);
  const answer = await fetch(`${host.url}/v1/count/a%20name?q=1`, {
    method: 'POST',
    body: ReadableStream.from(pieces),
    headers: { 'x-given': 'yes' },
    duplex: 'half',
  });
  expect([answer.status, answer.headers.get('x-given')]).toEqual([201, 'yes']);
  expect(answer.headers.getSetCookie()).toEqual(['crumb=a']);
  expect(await answer.json()).toEqual({
    bytes: 64 * piece.length,
    name: 'a name',
    query: '1',
    url: `${host.url}/v1/count/a%20name?q=1`,
  });
});

test('with HTTP streams an answer in pieces arrives whole', async () => {
  expect(await (await fetch(`${host.url}/v1/pieces`)).text()).toBe('one two three');
});

test('with HTTP streams a throw, or no answer at all, is silence until the activity timeout, then 500', async () => {
  for (const path of ['throws', 'nothing']) {
    const before = printed.length;
    const answer = await fetch(`${host.url}/v1/${path}`);
    expect([path, answer.status, await answer.text()]).toEqual([path, 500, '']);
    // What ended it is the timeout, not the function.
    await expect
      .poll(() => printed.slice(before).join('\n'), patiently)
      .toContain('no other sign of life, for 0.3 s');
  }
});

test('with HTTP streams a function sees the binding data that the real host hands over', async () => {
  const path = '/v1/show/of%20the%20route?NAME=q&a=1&A=2&code=x&Query=q&b';
  const body = { nAmE: 'body', list: [1], none: null, yes: true, n: 1.5, o: {}, headers: 'h' };
  const answer = await fetch(host.url + path, {
    method: 'POST',
    headers: { 'X-Given': 'yes' },
    body: JSON.stringify(body),
  });
  expect(await answer.json()).toEqual({
    // Under the names they first came with, the later value over the earlier one; the library keeps `Query` to itself.
    params: { nAmE: 'of the route', a: '2', b: '', yes: 'True', n: '1.5', headers: 'h' },
    // A property named like the host's own `Headers` takes their place, whatever its case.
    headers: {},
  });

  // A body whose length was not told is not looked into.
  const streamed = await fetch(`${host.url}/v1/show/x`, {
    method: 'POST',
    headers: { 'X-Given': 'yes' },
    body: ReadableStream.from([Buffer.from('{"a":1}')]),
    duplex: 'half',
  });
  expect(await streamed.json()).toMatchObject({
    params: { name: 'x' },
    headers: { 'x-given': 'yes', 'transfer-encoding': 'chunked' },
  });
});

test('with HTTP streams a parameter that is left out takes its name from query and body', async () => {
  const answer = await fetch(`${host.url}/v1/optional?id=q`);
  expect(await answer.json()).toEqual({});
  expect(await (await fetch(`${host.url}/v1/optional/7?id=q`)).json()).toEqual({ id: '7' });
});

test('routes are tried in the order of the functions’ names', async () => {
  expect(await (await fetch(`${host.url}/v1/order/literal`)).text()).toBe('orderA');
});

test('a null character in a path is 400, whatever the route', async () => {
  for (const path of ['/v1/show/a%00', '/none/%00', '/admin/functions/%00'])
    expect([path, (await fetch(host.url + path)).status]).toEqual([path, 400]);
});

test('with HTTP streams a body that outgrows 100 MiB on the way is 413', async () => {
  const piece = Buffer.alloc(1024 * 1024);
  const body = ReadableStream.from(Array.from({ length: 101 }, () => piece));
  const request = { method: 'POST', body, duplex: 'half' } as RequestInit;
  expect((await fetch(`${host.url}/v1/count/large`, request)).status).toBe(413);
});

test('CORS: the host answers preflights of the portal and marks answers to it', async () => {
  const preflight = await fetch(`${host.url}/v1/pieces`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization,if-match',
    },
  });
  expect([preflight.status, Object.fromEntries(preflight.headers)]).toMatchObject([
    204,
    {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'authorization,if-match',
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    },
  ]);
  const answer = await fetch(`${host.url}/v1/pieces`, { headers: { origin } });
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  const stranger = await fetch(`${host.url}/v1/pieces`, {
    headers: { origin: 'http://x.example' },
  });
  expect(stranger.headers.has('access-control-allow-origin')).toBe(false);
});

test('nothing but the loopback address is listened on, not by the library’s own server either', async () => {
  const addresses = (await (await fetch(`${host.url}/v1/listening`)).json()) as string[];
  expect(addresses).toEqual(['127.0.0.1', '127.0.0.1']);
});
