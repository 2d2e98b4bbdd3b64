import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFunctionsHost, type FunctionsHost } from '../../infra/local/host-process.ts';
import './patiently.ts';

const origin = 'http://portal.example:8080';
let dir: string;
let host: FunctionsHost;

function start(app: string, env: Record<string, string> = {}): Promise<FunctionsHost> {
  return startFunctionsHost({
    appDir: join(import.meta.dirname, 'fixtures', app),
    port: 0,
    clockFile: join(dir, 'clock.json'),
    cors: { origins: [origin], credentials: true },
    env: { PATH: process.env['PATH'], ...env },
    onLine: () => undefined,
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

test('with HTTP streams a throw, or no answer at all, is 500 without a word', async () => {
  for (const path of ['throws', 'nothing']) {
    const answer = await fetch(`${host.url}/v1/${path}`);
    expect([path, answer.status, await answer.text()]).toEqual([path, 500, '']);
  }
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
