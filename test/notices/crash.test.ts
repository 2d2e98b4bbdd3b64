/**
 * The process dies at every point there is, from the command to the last request of a send: before a request reaches
 * storage, and after it did but before its answer is known. What is left is looked at by another process.
 */
import { afterAll, expect, test } from 'vitest';
import { deliver } from '../../src/notices/deliver.ts';
import { readNotice } from '../../src/notices/notice.ts';
import type { Breakage } from '../support/faulty-proxy.ts';
import { memoryRuntime } from '../support/memory-runtime.ts';
import { assign, someNotice, startPostOn, subjects, type TestNotice } from './support/outbox.ts';
import type { Runtime } from '../../src/platform/runtime.ts';

const post = await startPostOn(memoryRuntime);
afterAll(() => post.mail.close());

const breakages: Breakage[] = ['refuse', 'lose-answer'];

/** Has a process do work that dies after so many requests. */
async function dieAfter(
  requests: number,
  how: Breakage,
  work: (dying: Runtime) => Promise<unknown>,
) {
  const dying = post.dying(requests, how);
  const died = await work(dying.runtime).then(
    () => false,
    () => true,
  );
  return { died, finished: !died && dying.passed() < requests };
}

/** What the next process does: time goes by, the queue brings its messages, the timer runs. */
async function recover() {
  await post.drain();
  post.moveOn(20 * 60_000);
  post.moveRealTimeOn(20 * 60_000);
  await post.redeliver();
  await post.drain();
}

function sentTimes({ noticeId }: TestNotice) {
  return post.mail.accepted.filter(({ id }) => id === noticeId).length;
}

test.each(breakages)(
  'CR-08 a process that dies at a send loses no mail and sends none twice (%s)',
  async (how) => {
    let deaths = 0;
    for (let requests = 0; ; requests += 1) {
      const notice = someNotice();
      await assign(post.runtime, notice);
      await post.receive('notices');
      const { died, finished } = await dieAfter(requests, how, (dying) =>
        deliver(dying, notice, subjects, post.realTime),
      );
      if (died) deaths += 1;
      await recover();
      expect(sentTimes(notice), `dead after ${requests} requests`).toBe(1);
      expect((await post.notice(notice)).status).toBe('accepted');
      expect(await post.told(notice)).toEqual(['accepted']);
      expect(await post.inIndex()).toBe(0);
      if (finished) break;
    }
    expect(deaths).toBeGreaterThanOrEqual(8);
  },
  120_000,
);

test.each(breakages)(
  'CR-08 a process that dies at the command owes the mail exactly when it committed (%s)',
  async (how) => {
    const seen = { committed: 0, not: 0 };
    for (let requests = 0; requests < 5; requests += 1) {
      const notice = someNotice();
      await dieAfter(requests, how, (dying) => assign(dying, notice));
      const row = await readNotice(post.runtime, notice);
      seen[row ? 'committed' : 'not'] += 1;
      await recover();
      expect(sentTimes(notice), `dead after ${requests} requests`).toBe(row ? 1 : 0);
      expect(await post.inIndex()).toBe(0);
    }
    expect(seen.committed).toBeGreaterThanOrEqual(2);
    expect(seen.not).toBeGreaterThanOrEqual(1);
  },
  60_000,
);

test('CR-08 an attempt broken off is left alone while it may still be under way', async () => {
  const notice = someNotice();
  await assign(post.runtime, notice);
  await post.receive('notices');
  // Notice and two counters, compose, slot, mark and operation: storage is gone once the mail is accepted.
  await dieAfter(7, 'refuse', (dying) => deliver(dying, notice, subjects, post.realTime));
  expect((await post.notice(notice)).status).toBe('attempting');
  expect(sentTimes(notice)).toBe(1);
  expect(await post.deliver(notice)).toBe('left');
  expect(await post.receive('notices')).toEqual([]);
  expect(await post.held('notices')).toBe(1);
  // A test clock that is moved on says nothing about that.
  post.moveOn(86_400_000);
  expect((await post.redeliver()).enqueued).toBe(0);
  post.moveRealTimeOn(31_000);
  expect((await post.redeliver()).enqueued).toBe(1);
  expect(await post.drain()).toEqual(['accepted']);
  expect(sentTimes(notice)).toBe(1);
});
