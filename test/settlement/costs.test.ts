/** What a sweep asks of storage. */
import { expect, test } from 'vitest';
import { inWords, recordRequests } from '../support/storage-requests.ts';
import { settlementWorld, type World } from './world.ts';

async function sweepCost(world: World) {
  await world.runtime.tables.ping();
  const messages = await (async () => {
    await world.timer();
    return world.receive('settlements');
  })();
  const { settleShard } = await import('../../src/settlement/settle-shard.ts');
  return recordRequests(world.hosts, async () => {
    let settled = 0;
    for (const message of messages)
      settled += (await settleShard(world.runtime, message as never)).settled;
    return settled;
  });
}

test('CR-15 an empty sweep costs the same however many benefits there are', async () => {
  const costs: string[][] = [];
  for (const partners of [1, 60]) {
    const world = await settlementWorld('2026-11-22');
    await world.seed(partners, 10);
    const { requests, result } = await recordRequests(world.hosts, () => world.timer());
    expect(result).toBe(0);
    costs.push(inWords(requests));
  }
  expect(costs[0]).toEqual(['PUT schedule', 'QUERY schedule', 'PUT schedule']);
  expect(costs[1]).toEqual(costs[0]);
});

test('CR-10 settling credits of partners that hold ten each costs at most 0.25 requests a credit', async () => {
  const world = await settlementWorld('2026-11-22');
  await world.seed(40, 10, 2);
  world.setNow('2026-12-01T00:05');
  const { result, requests } = await sweepCost(world);
  expect(result).toBe(400);
  expect(requests.length / result).toBeLessThanOrEqual(0.25);
  expect(await world.sweep()).toMatchObject({ settled: 0 });
});

test('CR-10 settling credits of partners that hold one each costs at most 2.2 requests a credit', async () => {
  const world = await settlementWorld('2026-11-22');
  await world.seed(200, 1, 2);
  world.setNow('2026-12-01T00:05');
  const { result, requests } = await sweepCost(world);
  expect(result).toBe(200);
  expect(requests.length / result).toBeLessThanOrEqual(2.2);
});

test('CR-15 finding what is due takes a page of rows at a time, not one request a shard', async () => {
  const world = await settlementWorld('2026-11-22');
  await world.seed(150, 1);
  world.setNow('2026-12-01T00:05');
  const { result, requests } = await recordRequests(world.hosts, () => world.timer());
  expect(result).toBeGreaterThan(40);
  expect(inWords(requests).filter((word) => word === 'QUERY schedule')).toHaveLength(1);
});
