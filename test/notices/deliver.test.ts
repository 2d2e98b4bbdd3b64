import { afterAll, expect, test } from 'vitest';
import { recordRequests, inWords, waitsInARow } from '../support/storage-requests.ts';
import { assign, someNotice, startPost } from './support/outbox.ts';

const post = await startPost();
const { runtime, mail } = post;
afterAll(() => mail.close());

const minute = 60_000;

test('CR-08 an assignment sends one mail, and its benefit is told', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  expect(await post.drain()).toEqual(['accepted']);
  const [sent] = mail.accepted.filter(({ id }) => id === notice.noticeId);
  expect(sent?.message).toMatchObject({
    senderAddress: 'benefits@contoso.com',
    recipients: { to: [{ address: 'ana@contoso.com', displayName: 'Ana' }] },
    content: { subject: 'Your credit', html: '<p>A credit</p>', plainText: 'A credit' },
    userEngagementTrackingDisabled: true,
  });
  const { status, attempts, attemptStartedAt = '' } = await post.notice(notice);
  expect({ status, attempts }).toEqual({ status: 'accepted', attempts: 1 });
  expect(sent?.headers).toMatchObject({
    'operation-id': notice.noticeId,
    'repeatability-request-id': notice.noticeId,
    'repeatability-first-sent': new Date(attemptStartedAt).toUTCString(),
  });
  expect(await post.told(notice)).toEqual(['accepted']);
  expect(await post.inIndex()).toBe(0);
});

test('CR-08 a send costs 12 storage requests in 8 waits, one POST and one GET', async () => {
  const warm = someNotice();
  await assign(runtime, warm);
  await post.drain();
  const notice = someNotice();
  await assign(runtime, notice);
  await post.receive('notices');
  mail.requests.length = 0;
  const { requests } = await recordRequests(post.hosts, () => post.deliver(notice));
  expect(inWords(requests).toSorted()).toEqual(
    [
      'READ partners', // the notice
      'READ pacing', // what all have sent
      'READ pacing', // and this partner
      'READ partners', // compose
      'BATCH', // the slot
      'PUT partners', // attempting
      'PUT operations',
      'READ partners', // the notice again, for its ETag
      'READ partners', // progress
      'PUT schedule', // when the notice can go
      'BATCH',
      'DELETE outbox',
    ].toSorted(),
  );
  expect(waitsInARow(requests)).toBe(8);
  expect(mail.requests).toEqual(['POST', 'GET']);
});

test('CR-08 messages that come again after acceptance send nothing', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  await post.drain();
  mail.requests.length = 0;
  expect(await Promise.all([post.deliver(notice), post.deliver(notice)])).toEqual(['left', 'left']);
  expect(mail.requests).toEqual([]);
});

test('CR-08 of messages handled at the same moment one sends', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  await post.receive('notices');
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => post.deliver(notice)));
  expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
  expect(mail.accepted.filter(({ id }) => id === notice.noticeId)).toHaveLength(1);
});

test('CR-08 a mail whose assignment was removed is not sent', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  await post.unassign(notice);
  mail.requests.length = 0;
  expect(await post.drain()).toEqual(['cancelled']);
  expect((await post.notice(notice)).status).toBe('cancelled');
  expect(mail.requests).toEqual([]);
  expect(await post.inIndex()).toBe(0);
});

test('CR-08 a throttled mail is put back for as long as the service asks, without waiting', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  mail.requests.length = 0;
  mail.post.push({ status: 429, headers: { 'retry-after': '600' } });
  const before = runtime.clock.now();
  const { result, requests } = await recordRequests(post.hosts, () => post.drain());
  expect(result).toEqual(['put-back']);
  expect(mail.requests).toEqual(['POST']);

  const { status, attempts, lastError, nextAttemptAt } = await post.notice(notice);
  expect({ status, attempts, lastError }).toEqual({
    status: 'pending',
    attempts: 1,
    lastError: '429',
  });
  const wait = Date.parse(nextAttemptAt) - Date.parse(before);
  expect(wait).toBeGreaterThanOrEqual(10 * minute);
  expect(wait).toBeLessThan(13 * minute);
  const put = requests.find(({ method, path }) => method === 'POST' && path.includes('/messages'));
  const delay = Number(/visibilitytimeout=(\d+)/.exec(put?.path ?? '')?.[1]);
  expect(delay).toBeGreaterThanOrEqual(600);
  expect(delay).toBeLessThan(780);

  expect(await post.deliver(notice)).toBe('left');
  expect((await post.redeliver()).enqueued).toBe(0);
  post.moveOn(14 * minute);
  expect((await post.redeliver()).enqueued).toBe(1);
  expect(await post.drain()).toEqual(['accepted']);
  expect(mail.accepted.filter(({ id }) => id === notice.noticeId)).toHaveLength(1);
});

test.each([
  { trouble: { status: 500 }, code: '500' },
  { trouble: { status: 401 }, code: '401' },
  { trouble: { cut: 'before' as const }, code: 'ECONNRESET' },
])('CR-08 a mail is tried again after $code', async ({ trouble, code }) => {
  const notice = someNotice();
  await assign(runtime, notice);
  mail.post.push(trouble);
  expect(await post.drain()).toEqual(['put-back']);
  expect(await post.notice(notice)).toMatchObject({ status: 'pending', lastError: code });
  expect(await post.told(notice)).toEqual([]);
  post.moveOn(minute);
  mail.requests.length = 0;
  await post.redeliver();
  expect(await post.drain()).toEqual(['accepted']);
  // First the question whether the service has it.
  expect(mail.requests).toEqual(['GET', 'POST', 'GET']);
  expect(await post.told(notice)).toEqual(['accepted']);
});

test('CR-08 a mail accepted with its answer lost is not sent again', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  mail.post.push({ cut: 'after' });
  expect(await post.drain()).toEqual(['put-back']);
  post.moveOn(minute);
  await post.redeliver();
  expect(await post.drain()).toEqual(['accepted']);
  expect(mail.accepted.filter(({ id }) => id === notice.noticeId)).toHaveLength(1);
  expect(await post.told(notice)).toEqual(['accepted']);
});

test('CR-08 a mail is accepted although the question after it goes wrong', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  mail.get.push({ status: 429 });
  expect(await post.drain()).toEqual(['accepted']);
});

test('CR-08 without knowing what became of an attempt nothing is sent', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  mail.post.push({ cut: 'after' });
  await post.drain();
  mail.get.push({ status: 503 });
  mail.requests.length = 0;
  post.moveOn(minute);
  await post.redeliver();
  expect(await post.drain()).toEqual(['put-back']);
  expect(mail.requests).toEqual(['GET']);
  expect(await post.notice(notice)).toMatchObject({ attempts: 2, lastError: '503' });
});

test('CR-08 a mail that the service will never take has failed, and its benefit is told', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  mail.post.push({ status: 400 });
  expect(await post.drain()).toEqual(['failed']);
  expect(await post.notice(notice)).toMatchObject({ status: 'failed', lastError: '400' });
  expect(await post.told(notice)).toEqual(['failed 400']);
  expect(await post.deliver(notice)).toBe('left');
});

test('CR-08 an operation that failed at the service is not sent again', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  mail.post.push({ cut: 'after' });
  await post.drain();
  mail.operations.set(notice.noticeId, { status: 'Failed', error: { code: 'EmailDropped' } });
  post.moveOn(minute);
  await post.redeliver();
  expect(await post.drain()).toEqual(['failed']);
  expect(await post.told(notice)).toEqual(['failed EmailDropped']);
});

test('CR-08 a mail is given up after about two days', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  await post.receive('notices');
  const begun = Date.parse(runtime.clock.now());
  for (;;) {
    mail.post.push({ status: 503 });
    if ((await post.deliver(notice)) === 'failed') break;
    const { nextAttemptAt } = await post.notice(notice);
    post.moveOn(Date.parse(nextAttemptAt) - Date.parse(runtime.clock.now()));
  }
  mail.post.length = 0;
  expect(await post.told(notice)).toEqual(['failed 503']);
  const hours = (Date.parse(runtime.clock.now()) - begun) / (60 * minute);
  expect(hours).toBeGreaterThan(36);
  expect(hours).toBeLessThan(60);
});
