import { QueueServiceClient } from '@azure/storage-queue';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLocal, type LocalStack } from '../../infra/local/stack.ts';
import { patiently } from './patiently.ts';

let stack: LocalStack;
const printed: string[] = [];

beforeAll(async () => {
  stack = await startLocal({
    appDir: join(import.meta.dirname, 'fixtures/app'),
    onLine: (line) => printed.push(line),
  });
});
afterAll(() => stack.stop());

const call = (path: string, init?: RequestInit) => fetch(`${stack.baseUrl}${path}`, init);
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(path, { method: 'POST', body: JSON.stringify(body), headers });
const moveClock = (body: unknown) =>
  call('/admin/clock', { method: 'PUT', body: JSON.stringify(body) });

type Seen = { name: string; value: unknown; at: string };
async function seen(name: string): Promise<Seen[]> {
  const all = (await (await call('/seen')).json()) as Seen[];
  return all.filter((entry) => entry.name === name);
}
async function triesOf(message: string): Promise<unknown[]> {
  const found = (await seen('works')).map(({ value }) => value as Record<string, unknown>);
  return found.filter((value) => value['message'] === message).map((value) => value['tries']);
}
const queue = (name: string) =>
  QueueServiceClient.fromConnectionString(stack.storageConnectionString).getQueueClient(name);

test('a request and its answer go through whole', async () => {
  const answer = await call('/echo/One%20two/x?a=1&A=2&b=', {
    method: 'PUT',
    body: 'grüße',
    headers: {
      'x-given': 'yes',
      traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
    },
  });
  expect(answer.status).toBe(207);
  expect(answer.headers.get('x-seen')).toBe('yes');
  expect(answer.headers.getSetCookie()).toEqual([
    'crumb=a%20b; max-age=60; path=/; samesite=strict; httponly',
    'other=1; path=/',
  ]);
  expect(await answer.json()).toEqual({
    method: 'PUT',
    url: `${stack.baseUrl}/echo/One%20two/x?a=1&A=2&b=`,
    params: { first: 'One two', second: 'x' },
    query: { a: '1,2', b: '' },
    body: 'grüße',
    traceParent: '00-11111111111111111111111111111111-2222222222222222-01',
  });
});

test('bytes come through as they are', async () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
  const answer = await call('/reverse', { method: 'POST', body: bytes });
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes.toReversed());
});

test('an unknown route, a wrong method and HEAD are 404 without a body', async () => {
  for (const [path, method] of [
    ['/none', 'GET'],
    ['/', 'GET'],
    ['/seen', 'DELETE'],
    ['/seen', 'HEAD'],
    ['//seen', 'GET'],
  ] as const) {
    const answer = await call(path, { method });
    expect([path, answer.status, await answer.text()]).toEqual([path, 404, '']);
  }
});

test('a function that throws is 500 without a word about it, and the reason is logged', async () => {
  const answer = await call('/throws');
  expect([answer.status, await answer.text()]).toEqual([500, '']);
  await expect
    .poll(() => printed.join('\n'), patiently)
    .toContain('throws: Error: a secret of the inside');
});

test('a body over 100 MiB is 413', async () => {
  const answer = await call('/reverse', {
    method: 'POST',
    body: new Uint8Array(100 * 1024 * 1024 + 1),
  });
  expect(answer.status).toBe(413);
});

test('the app is told its own address and listed by the host', async () => {
  expect(await (await call('/settings')).json()).toEqual({ publicBaseUrl: stack.baseUrl });
  const list = (await (await call('/admin/functions')).json()) as { name: string }[];
  expect(list.map(({ name }) => name)).toEqual(stack.functions());
  expect(list).toContainEqual({ name: 'yearly', type: 'timerTrigger', schedule: '0 0 0 1 1 *' });
});

test('a queue output of an HTTP function is a message, worked off at once', async () => {
  const answer = await call('/enqueue', { method: 'POST', body: 'by HTTP' });
  expect(answer.status).toBe(202);
  await expect.poll(() => triesOf('by HTTP'), patiently).toEqual([1]);
});

test('a message that fails is tried again', async () => {
  await queue('notices').sendMessage(Buffer.from('second try').toString('base64'));
  await expect.poll(() => triesOf('second try'), patiently).toEqual([1, 2]);
});

test('a message that keeps failing goes to the poison queue after maxDequeueCount tries', async () => {
  await queue('notices').sendMessage(Buffer.from('poison').toString('base64'));
  const poisoned = async () => {
    const client = queue('notices-poison');
    if (!(await client.exists())) return [];
    const { peekedMessageItems } = await client.peekMessages({ numberOfMessages: 32 });
    return peekedMessageItems.map((item) => Buffer.from(item.messageText, 'base64').toString());
  };
  await expect.poll(poisoned, patiently).toEqual(['poison']);
  expect(await triesOf('poison')).toEqual([1, 2, 3]);
});

test('the properties of a JSON message are metadata, over what the queue says of it', async () => {
  const sent = {
    Id: 'of the message',
    dequeuecount: 'x',
    partner: { name: 'a' },
    list: [1],
    no: null,
  };
  await queue('notices').sendMessage(Buffer.from(JSON.stringify(sent)).toString('base64'));
  const found = async () =>
    (await seen('works'))
      .map(({ value }) => (value as { metadata: Record<string, unknown> }).metadata)
      .find(({ id }) => id === 'of the message');
  await expect.poll(found, patiently).toBeDefined();
  const metadata = (await found())!;
  expect(metadata).toMatchObject({
    dequeueCount: 'x',
    partner: { name: 'a' },
    queueTrigger: expect.objectContaining({ partner: { name: 'a' } }) as object,
    popReceipt: expect.any(String) as string,
    insertionTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
  });
  expect(Object.keys(metadata).sort()).toEqual([
    ...['dequeueCount', 'expirationTime', 'id', 'insertionTime', 'nextVisibleTime', 'partner'],
    ...['popReceipt', 'queueTrigger'],
  ]);
});

test('the clock runs each due timer once and answers when the queues are drained', async () => {
  const { now } = (await (await call('/admin/clock')).json()) as { now: string };
  const year = new Date(now).getUTCFullYear() + 1;
  const before = { yearly: await seen('yearly'), daily: await seen('daily') };
  const answer = await moveClock({ now: `${year}-02-01T12:00:00+02:00` });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    now: expect.stringMatching(`^${year}-02-01T10:00:0`) as string,
    ran: ['yearly', 'fails', 'daily'],
    failed: ['fails'],
    drained: true,
  });
  const yearly = await seen('yearly');
  const daily = await seen('daily');
  expect(yearly.length - before.yearly.length).toBe(1);
  expect(daily.length - before.daily.length).toBe(1);
  expect(yearly.at(-1)?.at).toMatch(`${year}-02-01T10:00:0`);
  expect(daily.at(-1)?.value).toBe(`${year}-02-02T00:15:00.000Z`);
  expect((await triesOf('from the timer')).length).toBe(daily.length);
  expect((await triesOf('and another')).length).toBe(daily.length);
});

test('a timer runs by itself when the ticking clock reaches its time', async () => {
  const { now } = (await (await call('/admin/clock')).json()) as { now: string };
  const before = (await seen('daily')).length;
  const tomorrow = new Date(Date.parse(now) + 86_400_000).toISOString().slice(0, 10);
  await moveClock({ now: `${tomorrow}T00:14:59.500Z`, runTimers: false });
  expect((await seen('daily')).length).toBe(before);
  await expect.poll(async () => (await seen('daily')).length, patiently).toBe(before + 1);
  expect((await seen('daily')).at(-1)?.at).toMatch(`${tomorrow}T00:15:0`);
});

test('the clock never moves back and says why; nonsense is refused', async () => {
  const { now } = (await (await call('/admin/clock')).json()) as { now: string };
  const back = await moveClock({ now: new Date(Date.parse(now) - 60_000).toISOString() });
  expect(back.status).toBe(400);
  expect(await back.text()).toContain('only moves forward');
  for (const body of [{}, { now: 'tomorrow' }, { now, more: 1 }, 'x']) {
    expect((await moveClock(body)).status).toBe(400);
  }
});

test('a timer or a queue function is run on demand and answers when it has run', async () => {
  const before = (await seen('yearly')).length;
  const timer = await post('/admin/functions/YEARLY', {});
  expect([timer.status, (await seen('yearly')).length]).toEqual([200, before + 1]);
  expect((await post('/admin/functions/works', { input: 'by hand' })).status).toBe(200);
  expect(await triesOf('by hand')).toHaveLength(1);
  const failing = await post('/admin/functions/fails', {});
  expect([failing.status, await failing.json()]).toEqual([500, { error: 'this timer fails' }]);
  expect((await post('/admin/functions/none', {})).status).toBe(404);
  expect((await post('/admin/functions/seen', {})).status).toBe(400);
});

test('Event Grid: the handshake is answered, events run the function, a failure is 500', async () => {
  const path = '/runtime/webhooks/EventGrid?functionName=recordDelivery';
  const event = (subject: string, data: object = {}) => [
    { id: '1', subject, eventType: 'Some.Event', eventTime: '2026-01-01T00:00:00Z', data },
  ];
  const handshake = await post(path, event('', { validationCode: 'abc' }), {
    'aeg-event-type': 'SubscriptionValidation',
  });
  expect([handshake.status, await handshake.json()]).toEqual([200, { validationResponse: 'abc' }]);

  const notify = { 'aeg-event-type': 'Notification' };
  expect((await post(path, event('good'), notify)).status).toBe(202);
  expect((await seen('event')).map(({ value }) => value)).toContainEqual(event('good')[0]);
  expect((await post(path, event('bad'), notify)).status).toBe(500);
  expect((await post(path, { no: 'array' }, notify)).status).toBe(400);
  expect((await post(path, event('good'))).status).toBe(400);
  expect((await post(path.replace('recordDelivery', 'seen'), event(''), notify)).status).toBe(404);
});

test('a killed host comes back on the same address and takes up its queue', async () => {
  await stack.killHost();
  await expect(call('/seen')).rejects.toThrow();
  await queue('notices').sendMessage(Buffer.from('while it was away').toString('base64'));
  await stack.startHost();
  await expect.poll(() => triesOf('while it was away'), patiently).toEqual([1]);
});
