import { afterAll, expect, test } from 'vitest';
import { addNotice } from '../../src/notices/outbox.ts';
import { assign, someNotice, startPost } from './support/outbox.ts';

const post = await startPost();
afterAll(() => post.mail.close());

test('CR-08 redelivery brings back what is due, once in a quarter of an hour', async () => {
  const notices = Array.from({ length: 30 }, () => someNotice());
  for (const notice of notices) await assign(post.runtime, notice);
  await Promise.all([post.receive('notices'), post.receive('notices')]);
  await post.receive('notices');
  expect(await post.redeliver()).toMatchObject({ enqueued: 0 });
  post.moveOn(11_000);
  expect(await post.redeliver()).toMatchObject({ enqueued: 30, removed: 0, failed: 0 });
  expect(await post.redeliver()).toMatchObject({ enqueued: 0 });
  expect(await post.held('notices')).toBe(30);
  post.moveOn(15 * 60_000);
  expect(await post.redeliver()).toMatchObject({ enqueued: 30 });
  const outcomes = await post.drain();
  expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(30);
  expect(outcomes.filter((outcome) => outcome === 'left')).toHaveLength(30);
  expect(post.mail.accepted).toHaveLength(30);
  expect(await post.inIndex()).toBe(0);
});

test('CR-08 an index row whose commit never came goes after 15 minutes of real time', async () => {
  const { partnerId, noticeId, benefitId } = someNotice();
  const notice = { id: noticeId, kind: 'test', queue: 'notices' as const, benefitId };
  await addNotice(post.runtime, partnerId, notice, post.runtime.clock.now()).ahead();
  post.moveOn(86_400_000);
  expect(await post.redeliver()).toMatchObject({ removed: 0 });
  expect(await post.inIndex()).toBe(1);
  post.moveRealTimeOn(15 * 60_000 + 1_000);
  expect(await post.redeliver()).toMatchObject({ removed: 1 });
  expect(await post.inIndex()).toBe(0);
});

test('CR-08 a clock that was set back keeps no mail waiting for ever', async () => {
  const notice = someNotice();
  post.moveOn(400 * 86_400_000);
  await assign(post.runtime, notice);
  await post.receive('notices');
  post.moveOn(-400 * 86_400_000);
  await post.redeliver();
  expect(await post.drain()).toEqual(['accepted']);
});
