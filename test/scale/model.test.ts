/** What must hold at a million partners, from a quarter of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shards } from '../../src/platform/keys.ts';
import { app, limits } from './assumptions.ts';
import { backlogLimits, callLoad, costs, creditsOf, mails, sweeps } from './model.ts';

const partners = 1_000_000;
const all = sweeps(partners, 250_000);
const defaultPerHour = 100;

const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');

test('what the model says of the app is what the app says', () => {
  const sweep = read('src/settlement/settle-shard.ts');
  expect(sweep).toContain(`const pageSize = ${app.pageRows};`);
  expect(sweep).toContain(`const partnersAtOnce = ${app.partnersAtOnce};`);
  expect(sweep).toContain(`const budgetMilliseconds = ${app.sweepBudgetSeconds / 60} * 60_000;`);
  expect(read('src/platform/schedule.ts')).toContain(
    `const rowsInATransaction = ${app.rowsInATransaction};`,
  );
  const redeliver = read('src/notices/redeliver.ts');
  expect(redeliver).toContain(`const pageSize = ${app.redeliverPage};`);
  expect(redeliver).toContain(`const atOnce = ${app.redeliverAtOnce};`);
  expect(read('src/notices/pacing.ts')).toContain('milliseconds: 3_600_000, spread: 300_000');
  const host = JSON.parse(read('host.json')) as { extensions: { queues: { batchSize: number } } };
  expect(host.extensions.queues.batchSize).toBe(app.batchSize);
  expect(read('test/notices/deliver.test.ts')).toContain(
    `a send costs ${app.requestsOfMail} storage requests`,
  );
});

test('CR-15 the shards share a million partners evenly, all of them', () => {
  expect(shards).toHaveLength(64);
  expect(all.monthEnd.messages % shards.length).toBe(0);
  expect(all.requests.imbalance).toBeLessThan(1.12);
  expect(all.monthEnd.imbalance).toBeLessThan(1.2);
  const mean = Array.from({ length: 10_000 }, (_, i) => creditsOf(i)).reduce((a, b) => a + b, 0);
  expect(all.monthEnd.rows / partners).toBeCloseTo(mean / 10_000, 1);
});

test('CR-15 no sweep goes over a limit of storage, on as many instances as the queue’s settings make', () => {
  for (const sweep of Object.values(all)) {
    expect(sweep.instances).toBe(shards.length / app.batchSize);
    expect(sweep.hottest.rate).toBeLessThan(limits.partitionEntities / 4);
    expect(sweep.accountRate).toBeLessThan(limits.accountOperations / 2);
    expect(sweep.messages).toBeLessThan(limits.queueMessages);
    expect(Math.max(sweep.seconds, sweep.secondsByEntities)).toBeLessThan(30 * 60);
  }
});

test('a shard to an instance is too much for the account, and no partition is ever the reason', () => {
  const { monthEnd } = sweeps(partners, 250_000, shards.length);
  expect(monthEnd.accountRate).toBeGreaterThan(limits.accountOperations);
  expect(monthEnd.hottest.rate).toBeLessThan(limits.partitionEntities);
});

test('CR-08 the mail quota is the bottleneck, 19 times too small on the average and 32 times at the busiest', () => {
  const month = mails(partners, defaultPerHour);
  expect(Math.round(month.neededPerHour / defaultPerHour)).toBe(19);
  expect(Math.round(month.peakPerHour / defaultPerHour)).toBe(32);
  expect(month.sent).toBe(defaultPerHour * 720);
  expect(month.depth.at(-1)).toBeGreaterThan(backlogLimits.redeliver);
  expect(callLoad(partners).peakRate).toBeLessThan(limits.accountOperations / 10);
  const enough = mails(partners, Math.ceil(month.peakPerHour * 1.25));
  expect(enough.depth.at(-1)).toBeLessThan(1);
  expect(Math.round(enough.sent)).toBe(Math.round(enough.notices + enough.reminders));
  const total = (of: Record<string, number>) => Object.values(of).reduce((a, b) => a + b, 0);
  expect(total(costs(partners, all, enough))).toBeLessThan(500);
});

test('the default quota is enough for 30,000 partners, not for 60,000', () => {
  expect(Math.max(...mails(30_000, defaultPerHour).depth)).toBeLessThan(1);
  const tooMany = mails(60_000, defaultPerHour);
  expect(tooMany.depth[29]).toBeGreaterThan(2 * tooMany.depth[9]!);
});
