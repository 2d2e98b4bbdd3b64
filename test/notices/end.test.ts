/** The end of notices: 90 days after the last word of each, deleted by the daily sweep, wherever it was broken off. */
import { afterAll, expect, test } from 'vitest';
import * as z from 'zod';
import { recordDelivery } from '../../src/notices/delivery-report.ts';
import { newId } from '../../src/platform/ids.ts';
import { inParallel } from '../../src/platform/parallel.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import { enqueueDueShards } from '../../src/settlement/due-shards.ts';
import { shardMessageSchema } from '../../src/settlement/messages.ts';
import { settleShard } from '../../src/settlement/settle-shard.ts';
import { startFaultyProxy, type Breakage } from '../support/faulty-proxy.ts';
import {
  assign,
  someNotice,
  startPost,
  subjects,
  type Post,
  type TestNotice,
} from './support/outbox.ts';

const day = 86_400_000;
const open: { close(): Promise<void> }[] = [];
afterAll(() => Promise.all(open.map((server) => server.close())));

async function start() {
  const post = await startPost();
  open.push(post.mail);
  // At noon, so that a test does not run into the next day.
  post.moveOn(day + day / 2 - (Date.now() % day));
  return post;
}

/** The daily run: what it finds due, in the hands of a runtime. Says how many rows failed or were left. */
async function sweep(post: Post, by: Runtime = post.runtime) {
  await enqueueDueShards(post.runtime, 'expireBenefits');
  const sum = { failed: 0, left: 0 };
  for (const message of await post.receive('settlements')) {
    const shard = shardMessageSchema.parse(message);
    const counts = await settleShard(by, shard, { realTime: () => Date.now() + day });
    sum.failed += counts.failed;
    sum.left += counts.left;
  }
  return sum;
}

async function kept({ runtime }: Post, partnerId: string): Promise<string[]> {
  const range = { prefix: 'notice|', size: 1_000 };
  const { rows } = await runtime.tables.page('partners', z.unknown(), partnerId, range);
  return rows.map(({ rowKey }) => rowKey.slice('notice|'.length));
}

const scheduled = async ({ runtime }: Post) => {
  const all = { from: '0', before: '9' };
  return (await runtime.tables.pageAcross('schedule', z.unknown(), all, { size: 1_000 })).rows;
};

async function accepted(post: Post, partnerId: string) {
  const notice = someNotice(partnerId);
  await assign(post.runtime, notice);
  await post.drain();
  return notice;
}

const report = ({ noticeId }: TestNotice, status: string) => ({
  id: newId(),
  eventType: 'Microsoft.Communication.EmailDeliveryReportReceived',
  data: { messageId: noticeId, status },
});

test('CR-08 a notice is kept for 90 days after the last word of it, then deleted with every row that names it', async () => {
  const post = await start();
  const partnerId = newId();
  const sent = await accepted(post, partnerId);
  const reported = await accepted(post, partnerId);
  const failed = someNotice(partnerId);
  await assign(post.runtime, failed);
  post.mail.post.push({ status: 400 });
  await post.drain();
  const cancelled = someNotice(partnerId);
  await assign(post.runtime, cancelled);
  await post.unassign(cancelled);
  await post.drain();
  const waiting = someNotice(partnerId);
  await assign(post.runtime, waiting);
  await post.receive('notices');
  expect(await kept(post, partnerId)).toHaveLength(5);

  // The next day a report comes in, which is the last word of that one.
  post.moveOn(day);
  await recordDelivery(post.runtime, report(reported, 'Delivered'), subjects);
  post.moveOn(89 * day);
  await sweep(post);
  expect(await kept(post, partnerId)).toHaveLength(5);

  post.moveOn(day);
  expect(await sweep(post)).toEqual({ failed: 0, left: 0 });
  const left = [reported.noticeId, waiting.noticeId].toSorted();
  expect((await kept(post, partnerId)).toSorted()).toEqual(left);
  for (const { noticeId } of [sent, failed, cancelled]) expect(left).not.toContain(noticeId);

  post.moveOn(day);
  await sweep(post);
  // What is owed stays owed, however old it is.
  expect(await kept(post, partnerId)).toEqual([waiting.noticeId]);
  expect(await scheduled(post)).toEqual([]);
  expect(await post.inIndex()).toBe(1);
  await post.redeliver();
  expect(await post.drain()).toEqual(['accepted']);
  expect(await scheduled(post)).toHaveLength(1);
});

test('CR-08 a word that comes after a notice was deleted changes nothing', async () => {
  const post = await start();
  const partnerId = newId();
  const notice = await accepted(post, partnerId);
  post.moveOn(91 * day);
  await sweep(post);
  expect(await kept(post, partnerId)).toEqual([]);
  expect(await recordDelivery(post.runtime, report(notice, 'Bounced'), subjects)).toBe('ignored');
  expect(await post.deliver(notice)).toBe('left');
  expect(await kept(post, partnerId)).toEqual([]);
});

test.each(['refuse', 'lose-answer'] as const)(
  'CR-08 a run that dies at any request is made up for by the next, and deletes nothing else (%s)',
  async (how: Breakage) => {
    const post = await start();
    const proxy = await startFaultyProxy(post.connectionString);
    open.push(proxy);
    const dying = post.another({ AzureWebJobsStorage: proxy.connectionString });
    for (let requests = 0; ; requests += 1) {
      const partnerId = newId();
      const notices = Array.from({ length: 3 }, () => someNotice(partnerId));
      await inParallel(notices, 3, (notice) => assign(post.runtime, notice));
      await post.drain();
      post.moveOn(91 * day);
      const young = await accepted(post, partnerId);
      proxy.breakAfter(requests, how);
      const died = await sweep(post, dying).then(
        () => false,
        () => true,
      );
      const untouched = proxy.passed() < requests;
      proxy.heal();
      await sweep(post);
      expect(await kept(post, partnerId), `dead after ${requests} requests`).toEqual([
        young.noticeId,
      ]);
      expect(await scheduled(post)).toHaveLength(1);
      if (!died && untouched) break;
      expect(requests).toBeLessThan(20);
    }
  },
  120_000,
);

test('CR-08 many notices of a day go in as many transactions as it takes, two runs at once or one', async () => {
  const post = await start();
  const partnerId = newId();
  const notices = Array.from({ length: 120 }, () => someNotice(partnerId));
  await inParallel(notices, 8, async (notice) => {
    await assign(post.runtime, notice);
    await post.deliver(notice);
  });
  post.moveOn(91 * day);
  await enqueueDueShards(post.runtime, 'expireBenefits');
  const [message] = await post.receive('settlements');
  const shard = shardMessageSchema.parse(message);
  const runs = [post.runtime, post.another()].map((runtime) =>
    settleShard(runtime, shard, { realTime: () => Date.now() + day }),
  );
  for (const { failed } of await Promise.all(runs)) expect(failed).toBe(0);
  expect(await kept(post, partnerId)).toEqual([]);
}, 60_000);
