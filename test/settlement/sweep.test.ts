/** The sweep against itself, against users, and against rows that it cannot settle. */
import { TableClient } from '@azure/data-tables';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { unassignCredit } from '../../src/credits/assignment-service.ts';
import { nextDueDate } from '../../src/credits/due.ts';
import { readCredit, replaceCredit } from '../../src/credits/rows.ts';
import { settle } from '../../src/credits/settle.ts';
import { renewMembership } from '../../src/partners/memberships-service.ts';
import { addUser } from '../../src/partners/users-service.ts';
import { dateOf } from '../../src/platform/calendar.ts';
import { newId } from '../../src/platform/ids.ts';
import { requestPrefix } from '../../src/platform/repeatability.ts';
import { writeAhead } from '../../src/platform/schedule.ts';
import { enqueueDueShards } from '../../src/settlement/due-shards.ts';
import { settlementOverview } from '../../src/settlement/overview-service.ts';
import { settleShard } from '../../src/settlement/settle-shard.ts';
import { listStuck, retryStuck } from '../../src/settlement/stuck.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { storageProxy, type Fate } from '../support/storage-proxy.ts';
import { at, settlementWorld, type World } from './world.ts';

const anything = z.unknown();
const quarterOfAnHour = 16 * 60_000;

/** A world with one redeemed monthly credit of a membership that started on 22 November 2026. */
async function oneCredit(contacts: string[] = []) {
  const world = await settlementWorld('2026-11-22T10:00');
  const partnerId = await world.partner(contacts);
  const { membershipId, benefitId } = await world.credit(partnerId);
  const userId = await world.redeemed(partnerId, benefitId);
  return { world, partnerId, membershipId, benefitId, userId };
}

/** Everything due has been written, and what comes next stands in the schedule. */
async function expectInOrder(world: World, partnerId: string, benefitId: string) {
  const state = await world.state(partnerId, benefitId);
  expect(settle(state, world.runtime.clock.now()).events).toEqual([]);
  expect(await world.schedule()).toContain(`${nextDueDate(state)} benefit ${benefitId}`);
  const { grantedCents, consumedCents, lapsedCents } = state.totals;
  const ledger = await world.ledger(partnerId, benefitId);
  expect(new Set(ledger.map((entry) => entry.split(' ')[0])).size).toBe(state.sequence);
  expect(ledger).toHaveLength(state.sequence);
  return { remaining: grantedCents - consumedCents - lapsedCents, ledger };
}

test('CR-10 the sweep writes lapse and grant down, and the next month stands in the schedule', async () => {
  const { world, partnerId, benefitId } = await oneCredit();
  world.setNow('2026-12-01T00:05');
  expect(await world.sweep()).toMatchObject({ rows: 1, settled: 1, left: 0 });
  const { ledger } = await expectInOrder(world, partnerId, benefitId);
  expect(ledger.slice(-2)).toEqual([
    '5 2026-12-01 lapsed 10000 (2026-11)',
    '6 2026-12-01 granted 10000 (2026-12)',
  ]);
  expect((await world.schedule()).filter((row) => row.startsWith('2026-12-01'))).toEqual([]);
  expect(await world.sweep()).toMatchObject({ rows: 0, settled: 0 });
});

test('CR-15 a run missed for months is caught up month by month, by whichever timer runs next', async () => {
  const { world, partnerId, benefitId } = await oneCredit();
  world.setNow('2027-03-04T00:15');
  expect(await world.timer('lapseMonthlyCredits')).toBe(1);
  expect(await world.drain()).toMatchObject({ settled: 1 });
  const { ledger } = await expectInOrder(world, partnerId, benefitId);
  expect(ledger.filter((entry) => entry.includes('granted'))).toHaveLength(5);
});

test('CR-15 two sweeps of the same shard at once write everything once and forget nothing', async () => {
  const world = await settlementWorld('2026-11-22');
  const partners = await world.seed(12, 3, 1);
  world.setNow('2026-12-01T00:05');
  await Promise.all([world.timer(), enqueueDueShards(world.another(), 'lapseMonthlyCredits')]);
  const messages = await world.receive('settlements');
  expect(messages).toHaveLength(2);
  await Promise.all(messages.map((message) => settleShard(world.another(), message as never)));
  for (const partnerId of partners) {
    const { rows } = await world.runtime.tables.page('partners', anything, partnerId, {
      prefix: 'benefit|',
      size: 10,
    });
    for (const { rowKey } of rows) {
      const { ledger } = await expectInOrder(world, partnerId, rowKey.slice('benefit|'.length));
      expect(ledger).toHaveLength(6);
    }
  }
  expect((await world.schedule()).filter((row) => row < '2026-12-02')).toEqual([]);
});

test('CR-15 a sweep beside user commands loses, doubles and forgets nothing', async () => {
  for (let round = 0; round < 4; round += 1) {
    const { world, partnerId, membershipId, benefitId } = await oneCredit();
    world.setNow('2026-12-01T00:05');
    const work = [
      () => world.sweep(),
      () => unassignCredit(world.call(world.another()), partnerId, benefitId),
      () => renewMembership(world.call(world.another()), partnerId, membershipId),
      () => addUser(world.call(), partnerId, { email: 'ben@contoso.com', displayName: 'Ben' }),
    ];
    await Promise.all(work.map((some) => some()));
    await world.sweep();
    const { ledger } = await expectInOrder(world, partnerId, benefitId);
    expect(ledger.filter((entry) => entry.includes('lapsed'))).toHaveLength(1);
    expect(ledger.filter((entry) => entry.includes('unassigned'))).toHaveLength(1);
  }
}, 60_000);

test('CR-15 a sweep whose commit loses a race settles what is then there, in the same run', async () => {
  const { world, partnerId, benefitId } = await oneCredit();
  const proxy = await storageProxy(world.connectionString);
  const sweeping = world.another({ AzureWebJobsStorage: proxy.connectionString });
  world.setNow('2026-12-01T00:05');
  await world.timer();
  const [message] = await world.receive('settlements');
  let races = 0;
  proxy.decide(async ({ body }): Promise<Fate> => {
    if (!body.includes(`benefit|${benefitId}`) || !body.includes('lapsed')) return 'pass';
    races += 1;
    if (races > 2) return 'pass';
    // The fate of a mail, say, is written just before: the snapshot is another one, and still due.
    const { etag, rowKey } = (await readCredit(world.runtime, partnerId, benefitId))!;
    await world.runtime.tables.write('partners', partnerId, { op: 'touch', rowKey, etag }, newId());
    return 'pass';
  });
  expect(await settleShard(sweeping, message as never)).toMatchObject({ settled: 1, left: 0 });
  expect(races).toBe(3);
  await proxy.close();
  const { ledger } = await expectInOrder(world, partnerId, benefitId);
  expect(ledger).toHaveLength(6);
});

test('CR-15 an index row that is met before its commit has landed stays until it has', async () => {
  const { world, partnerId, benefitId } = await oneCredit();
  world.setNow('2026-11-30T23:59');
  const read = (await readCredit(world.runtime, partnerId, benefitId))!;
  // A commit on its way that makes the credit due earlier than anything in the schedule says.
  const ends = { ...read.value, membershipEnd: '2026-12-01', version: read.value.version + 1 };
  const { writes } = replaceCredit(read, { state: ends, events: [] });
  const due = { date: '2026-11-30', partnerId, kind: 'benefit', id: benefitId } as const;
  await writeAhead(world.runtime, [{ ...due, basis: read.etag }]);
  expect(await world.sweep()).toMatchObject({ rows: 1, settled: 0, left: 1 });
  expect(await world.runtime.tables.commit('partners', partnerId, writes, newId())).toBe(
    'committed',
  );
  world.setNow('2026-12-01T00:15');
  expect(await world.sweep()).toMatchObject({ rows: 2, settled: 1 });
  expect((await world.state(partnerId, benefitId)).expiredAt).toBe(at('2026-12-01'));
});

test('CR-15 an index row of a credit not yet there stays, and goes once its commit cannot come any more', async () => {
  const world = await settlementWorld('2026-11-22');
  const [partnerId, id] = [newId(), newId()];
  await writeAhead(world.runtime, [{ date: '2026-11-22', partnerId, kind: 'benefit', id }]);
  expect(await world.sweep()).toMatchObject({ rows: 1, left: 1 });
  const realTime = () => Date.now() + quarterOfAnHour;
  expect(await world.sweep({ realTime })).toMatchObject({ rows: 1, left: 0 });
  expect(await world.schedule()).toEqual([]);
});

test('CR-15 a row that keeps failing is set aside with the reason, the rest goes on, and it can be tried again', async () => {
  const { world, partnerId, benefitId } = await oneCredit();
  const other = await world.award(
    partnerId,
    (await world.state(partnerId, benefitId)).membershipId,
  );
  await world.redeemed(partnerId, other, 'ben@contoso.com');
  const table = TableClient.fromConnectionString(world.connectionString, 'partners', {
    allowInsecureConnection: true,
  });
  const good = await table.getEntity<{ data: string }>(partnerId, `benefit|${other}`);
  const broken = { ...JSON.parse(good.data), kind: 'no kind at all' };
  const entity = { partitionKey: partnerId, rowKey: `benefit|${other}` };
  await table.upsertEntity({ ...entity, data: JSON.stringify(broken), by: '' }, 'Merge');

  // Both fall due at the end of the bulk year.
  world.setNow('2027-11-30T00:15');
  expect(await world.sweep()).toMatchObject({ settled: 1, failed: 1 });
  expect((await listStuck(world.runtime, 10)).stuck).toEqual([]);
  expect(await world.sweep()).toMatchObject({ failed: 1 });
  expect(await world.sweep()).toMatchObject({ failed: 1 });
  const { stuck } = await settlementOverview(world.runtime, world.runtime.clock.now());
  expect(stuck.value).toMatchObject([
    { partnerId, benefitId: other, reason: 'ZodError', attempts: 3 },
  ]);
  expect(await world.sweep()).toMatchObject({ rows: 0, failed: 0 });

  await table.upsertEntity({ ...entity, data: good.data, by: '' }, 'Merge');
  await retryStuck(world.runtime, stuck.value[0]!.id, world.runtime.clock.now());
  expect(await world.drain()).toMatchObject({ settled: 1 });
  expect((await world.state(partnerId, other)).expiredAt).toBe(at('2027-11-22'));
  expect((await listStuck(world.runtime, 10)).stuck).toEqual([]);
});

test('CR-15 what a sweep has no time for is handed on', async () => {
  const world = await settlementWorld('2026-11-22');
  await world.seed(30, 1, 1);
  world.setNow('2026-12-01T00:05');
  let time = 0;
  // Each look at the clock is a second later: time for some partners only.
  const realTime = () => (time += 1_000);
  await world.timer();
  const [first] = await world.receive('settlements');
  const counts = await settleShard(world.runtime, first as never, { realTime, budget: 45_000 });
  expect(counts.settled).toBeGreaterThan(0);
  expect(counts.settled).toBeLessThan(30);
  expect(await world.held('settlements')).toBe(1);
  expect((await world.drain()).settled).toBe(30 - counts.settled);
});

test('CR-15 the records of repeatable requests go after two days', async () => {
  const { world, partnerId } = await oneCredit();
  const today = dateOf(world.runtime.clock.now());
  const repeatability = { rowKey: `${requestPrefix(today)}some-hash`, fingerprint: 'f' };
  const call = { ...world.call(), repeatability };
  await addUser(call, partnerId, { email: 'ben@contoso.com', displayName: 'Ben' });
  const records = async () =>
    (
      await world.runtime.tables.page('partners', anything, partnerId, {
        prefix: 'request|',
        size: 10,
      })
    ).rows.length;
  expect(await records()).toBe(1);
  const realTime = () => Date.now() + quarterOfAnHour;
  world.setNow('2026-11-23T23:00');
  await world.sweep({ realTime });
  expect(await records()).toBe(1);
  world.setNow('2026-11-24T00:15');
  await world.sweep({ realTime });
  expect(await records()).toBe(0);
  expect((await world.schedule()).filter((row) => row.includes('requests'))).toEqual([]);
});

test('CR-15 CR-17 a sweep that dies at any request is made up for by the next, entry by entry and mail by mail', async () => {
  async function life(die?: { after: number; how: 'refuse' | 'lose-answer' }) {
    const { world, partnerId, membershipId, benefitId } = await oneCredit(['admin@contoso.com']);
    const bulk = await world.award(partnerId, membershipId);
    await world.redeemed(partnerId, bulk, 'ben@contoso.com');
    // The bulk year's end is 30 days off, and months of the other credit have gone by.
    world.setNow('2027-10-23T00:15');
    let requests = 0;
    if (die) {
      const proxy = await startFaultyProxy(world.connectionString);
      const runtime = world.another({ AzureWebJobsStorage: proxy.connectionString });
      await world.timer();
      const messages = await world.receive('settlements');
      proxy.breakAfter(die.after, die.how);
      for (const message of messages)
        await settleShard(runtime, message as never).catch(() => undefined);
      requests = proxy.passed();
      await proxy.close();
    }
    await world.sweep();
    await world.sweep();
    const mails = await world.runtime.tables.page('partners', anything, partnerId, {
      prefix: 'notice|',
      size: 50,
    });
    const reminders = mails.rows
      .map(({ value }) => value as { kind: string; data?: { credits: string } })
      .filter(({ kind }) => kind === 'credit-ending')
      .map(({ data }) => data!.credits.split(',').length)
      .sort();
    const ledgers = [await world.ledger(partnerId, benefitId), await world.ledger(partnerId, bulk)];
    await expectInOrder(world, partnerId, benefitId);
    await expectInOrder(world, partnerId, bulk);
    return { ledgers, reminders, requests };
  }
  const undisturbed = await life();
  expect(undisturbed.reminders).toEqual([1, 1, 2]);
  const { requests } = await life({ after: Infinity, how: 'refuse' });
  expect(requests).toBeGreaterThan(8);
  for (let after = 0; after < requests; after += 1)
    for (const how of ['refuse', 'lose-answer'] as const) {
      const { ledgers, reminders } = await life({ after, how });
      expect({ after, how, ledgers, reminders }).toEqual({
        after,
        how,
        ledgers: undisturbed.ledgers,
        reminders: undisturbed.reminders,
      });
    }
}, 240_000);
