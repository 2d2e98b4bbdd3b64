import { afterAll, expect, test } from 'vitest';
import { readPace, takeSlot } from '../../src/notices/pacing.ts';
import { newId } from '../../src/platform/ids.ts';
import { testRuntime } from '../support/runtime.ts';
import { assign, someNotice, startPost } from './support/outbox.ts';

const minute = 60_000;
const open: { close(): Promise<void> }[] = [];
afterAll(() => Promise.all(open.map((server) => server.close())));

test('CR-08 no more mails a minute and an hour than the service takes; the rest wait, no attempt used', async () => {
  const post = await startPost({ MAIL_PER_MINUTE: '3', MAIL_PER_HOUR: '5' });
  open.push(post.mail);
  const { runtime } = post;
  post.moveOn(2 * 3_600_000 - (Date.now() % 3_600_000));
  const notices = Array.from({ length: 8 }, () => someNotice());
  for (const notice of notices) await assign(runtime, notice);

  await post.drain();
  expect(post.mail.accepted).toHaveLength(3);
  const waiting = await Promise.all(notices.map((notice) => post.notice(notice)));
  const put = waiting.filter(({ status }) => status === 'pending');
  expect(put).toHaveLength(5);
  for (const { attempts, nextAttemptAt } of put) {
    expect(attempts).toBe(0);
    const wait = Date.parse(nextAttemptAt) - Date.parse(runtime.clock.now());
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(75_000);
  }

  post.moveOn(2 * minute);
  await post.redeliver();
  await post.drain();
  expect(post.mail.accepted).toHaveLength(5);
  post.moveOn(20 * minute);
  await post.redeliver();
  await post.drain();
  expect(post.mail.accepted).toHaveLength(5);
  post.moveOn(60 * minute);
  await post.redeliver();
  await post.drain();
  expect(post.mail.accepted).toHaveLength(8);
});

test('CR-17 reminders leave half of the slots to assignments', async () => {
  const post = await startPost({ MAIL_PER_MINUTE: '4', MAIL_PER_HOUR: '100' });
  open.push(post.mail);
  const { runtime } = post;
  // Away from the end of a minute.
  post.moveOn(60_000 - (Date.now() % 60_000) + 60_000);
  for (let i = 0; i < 4; i += 1) await assign(runtime, someNotice(), 'reminders');
  await post.drain();
  expect(post.mail.accepted).toHaveLength(2);
  for (let i = 0; i < 3; i += 1) await assign(runtime, someNotice());
  await post.drain();
  expect(post.mail.accepted).toHaveLength(4);
});

test('CR-08 of many that ask at once each slot goes to one', async () => {
  const test = await testRuntime({ MAIL_PER_MINUTE: '20', MAIL_PER_HOUR: '20' });
  test.moveOn(3_600_000 - (Date.now() % 3_600_000) + 60_000);
  const { runtime } = test;
  const outcomes = await Promise.all(
    Array.from({ length: 30 }, async () =>
      takeSlot(runtime, 'notices', await readPace(runtime, newId())),
    ),
  );
  const taken = outcomes.filter((outcome) => outcome === undefined).length;
  const { value } = (await readPace(runtime, newId())).all!;
  expect(value.hour.notices).toBe(taken);
  expect(value.minute.notices).toBe(taken);
  expect(taken).toBeLessThanOrEqual(20);
  expect(taken).toBeGreaterThan(5);
});
