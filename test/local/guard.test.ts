/** The guard of HTTP functions, on a host that hands requests over as the real one does. */
import * as http from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFunctionsHost, type FunctionsHost } from '../../infra/local/host-process.ts';
import { patiently } from './patiently.ts';

let dir: string;
let host: FunctionsHost;
const printed: string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'guard-test-'));
  host = await startFunctionsHost({
    appDir: join(import.meta.dirname, 'fixtures/guarded-app'),
    port: 0,
    clockFile: join(dir, 'clock.json'),
    cors: { origins: [], credentials: false },
    env: { PATH: process.env['PATH'] },
    // As long as the real one's: whoever had to wait for it would fail the test.
    activityTimeout: 240_000,
    onLine: (line) => printed.push(line),
  });
});
afterAll(async () => {
  await host.stop();
  await rm(dir, { recursive: true, force: true });
});

type Shown = { name: string; headers: Record<string, string>; body: string };

async function show(path: string, body?: string): Promise<Shown> {
  const headers = { authorization: 'Bearer of the sender', 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { method: 'POST', body };
  const answer = await fetch(`${host.url}${path}`, { ...sent, headers });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Shown;
}

describe('the headers of a request are those that were sent', () => {
  const foreign = JSON.stringify({ authorization: 'Bearer forged', 'sec-fetch-site': 'none' });

  test.each([
    ['an object', foreign],
    ['a list', '[1,2]'],
    ['text', 'x'],
    ['null', 'null'],
    ['names that no header can have', '{"a b":"1","":"2"}'],
    ['values that no header can have', '{"x":"\\r\\n","y":"\u2713"}'],
  ])('whatever a query parameter named Headers holds: %s', async (_, value) => {
    for (const name of ['Headers', 'headers', 'HEADERS']) {
      const { headers } = await show(`/show/a?${name}=${encodeURIComponent(value)}`);
      expect(headers).toMatchObject({ authorization: 'Bearer of the sender' });
      expect(headers).not.toHaveProperty('sec-fetch-site');
    }
  });

  test.each([
    ['an object', foreign],
    ['a list', '[["authorization","Bearer forged"]]'],
    ['text', JSON.stringify(foreign)],
    ['a number', '7'],
    ['names that no header can have', '{"a b":"1"}'],
    ['values that no header can have', '{"x":"a\\r\\nb"}'],
  ])('whatever a JSON body’s property named Headers holds: %s', async (_, value) => {
    for (const name of ['Headers', 'headers', 'Query']) {
      const body = `{"${name}":${value}}`;
      const shown = await show('/show/a', body);
      expect(shown.headers).toMatchObject({
        authorization: 'Bearer of the sender',
        'content-type': 'application/json',
        'content-length': String(body.length),
      });
      expect(shown.body).toBe(body);
    }
  });

  test('also where a header is beyond ASCII, or sent several times', async () => {
    const sent = await new Promise<string>((resolve, reject) => {
      const request = http.request(`${host.url}/show/a`, {
        headers: [
          'host',
          new URL(host.url).host,

          'x-name',
          Buffer.from('\u2713').toString('latin1'),
          'x-twice',
          '1',
          'x-twice',
          '2',
        ],
      });
      request.on('response', (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.on('end', () => resolve(text));
      });
      request.on('error', reject).end();
    });
    expect((JSON.parse(sent) as Shown).headers).toMatchObject({ 'x-twice': '1, 2' });
  });
});

describe('what fails is answered at once, not after 240 s', () => {
  test.each(['throws', 'bad-header', 'breaks-at-once'])(
    '%s: 500 with the request’s ID, and nothing of the inside',
    async (path) => {
      const answer = await fetch(`${host.url}/${path}`);
      expect(answer.status).toBe(500);
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.headers.has('content-disposition')).toBe(false);
      const text = await answer.text();
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'InternalError' } });
      expect(text).toContain(answer.headers.get('x-ms-request-id'));
      expect(text).not.toContain('secret');
    },
  );

  test('the host is told of it all the same', async () => {
    await fetch(`${host.url}/throws`);
    await expect.poll(() => printed.join('\n'), patiently).toContain('a secret of the inside');
  });

  test('an answer that breaks in the middle is broken off, never taken for a whole one', async () => {
    const answer = await fetch(`${host.url}/breaks`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  test('a caller that sends an invocation’s ID of its own is refused, not left waiting', async () => {
    for (const id of ['x', '5e0cf1f4-3a1d-4a55-8c43-6f2b9d0e7a10']) {
      const answer = await fetch(`${host.url}/show/a`, { headers: { 'x-ms-invocation-id': id } });
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { error: { code: 'InvalidRequest', target: 'x-ms-invocation-id' } },
      ]);
    }
    await expect
      .poll(() => printed.join('\n'), patiently)
      .toContain('No request was forwarded under the ID of this invocation.');
  });
});

test('a file is read no faster than its caller takes it, and no further once the caller has gone', async () => {
  type State = { pieces: number; ended: boolean };
  const state = async () => (await (await fetch(`${host.url}/file-state`)).json()) as State;
  const caller = http.get(`${host.url}/file`);
  caller.on('error', () => undefined);
  await new Promise<http.IncomingMessage>((resolve) => caller.on('response', resolve));
  // Some turns for a file that would be read to its end: 200 MiB, and none of it is taken.
  for (let turn = 0; turn < 50; turn += 1) await state();
  expect(await state()).toMatchObject({ ended: false });
  expect((await state()).pieces).toBeLessThan(100);
  caller.destroy();
  await expect.poll(async () => (await state()).ended, patiently).toBe(true);
  expect((await state()).pieces).toBeLessThan(100);
});
