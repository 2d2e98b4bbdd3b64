/** Closing a month in many runs: each goes on where the last one ended, whatever ended it (ACO-04). */
import { expect, test } from 'vitest';
import { closePartition } from '../../src/billing/close-partition.ts';
import type { CloseOptions } from '../../src/billing/close-partition.ts';
import { customerBody } from '../../src/billing/customer.ts';
import { putCustomer } from '../../src/billing/customers-service.ts';
import { closePeriod } from '../../src/billing/period-service.ts';
import { partitionOf, partitions } from '../../src/billing/rows.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { testRuntime } from '../support/runtime.ts';
import { recordRequests } from '../support/storage-requests.ts';
import {
  callOn,
  closeMonth,
  giveOffer,
  importRows,
  monthOf,
  newPartner,
} from './support/direct.ts';
import { customerNumber, manyRows } from './support/files.ts';
import { earningFacts } from './support/world.ts';

const month = '2025-09';
const storage = await testRuntime();
const { runtime, connectionString, hosts } = storage;

const partition = partitionOf(customerNumber(1));
/** Customers of one partition, in order: with usage and offers, with offers alone, with usage. */
const inOnePartition = Array.from({ length: 200 }, (_, i) => i + 1)
  .filter((n) => partitionOf(customerNumber(n)) === partition)
  .slice(0, 4);

/** A partner whose month, in one partition, has a customer of 350 lines, and some with few or with offers alone. */
async function partnerWithUsage(): Promise<string> {
  const partnerId = await newPartner(runtime, 0);
  for (const customer of inOnePartition) {
    const facts = customerBody.parse(earningFacts(customer));
    await putCustomer(callOn(runtime), partnerId, customerNumber(customer), facts);
  }
  const [large = 0, idle = 0, small = 0, last = 0] = inOnePartition;
  for (const [customer, amount] of [
    [large, 30_000],
    [idle, 5_000],
    [last, 700],
  ] as const)
    await giveOffer(runtime, partnerId, customer, 'A', amount);
  const rowsOf = (customer: number, count: number) =>
    manyRows(partnerId, month, count, 1).map((row) => ({
      ...row,
      CustomerId: customerNumber(customer),
    }));
  await importRows(runtime, partnerId, month, [...rowsOf(large, 350), ...rowsOf(small, 5)]);
  return partnerId;
}

async function shown(partnerId: string) {
  const text = JSON.stringify(await monthOf(runtime, partnerId, month));
  return JSON.parse(text.replaceAll(partnerId, 'PARTNER')) as Awaited<ReturnType<typeof monthOf>>;
}

async function expectedMonth() {
  const partnerId = await partnerWithUsage();
  await closeMonth(runtime, partnerId, month);
  const expected = await shown(partnerId);
  expect(expected).toMatchObject({
    status: 'closed',
    balances: [{ used: 30_000 }, { used: 0 }, { used: 0 }],
  });
  expect(expected.daily.length).toBeGreaterThanOrEqual(355);
  return expected;
}
const expected = await expectedMonth();

/** Begins to close the month, and closes all of it but the partition with the usage. */
async function beginClose(partnerId: string): Promise<void> {
  await closePeriod(callOn(runtime), partnerId, month);
  for (const other of partitions)
    if (other !== partition) await closePartition(runtime, messageOf(partnerId, other));
}

const messageOf = (partnerId: string, of = partition) =>
  ({ kind: 'billing-partition', partnerId, month, partition: of }) as const;

/** No time at all: a run does the least there is and hands on the rest. */
const inAHurry: CloseOptions = { budget: 0, realTime: () => 0 };

async function emptyQueue(): Promise<unknown[]> {
  const messages: unknown[] = [];
  for (;;) {
    const some = await storage.receive('settlements');
    if (some.length === 0) return messages;
    messages.push(...some);
  }
}

test('ACO-04 a run out of time hands on what is left, and the next one goes on from there', async () => {
  const partnerId = await partnerWithUsage();
  await beginClose(partnerId);
  await emptyQueue();
  const begins: string[] = [];
  let runs = 0;
  for (let isOpen = true; isOpen; runs += 1) {
    const { requests } = await recordRequests(hosts, () =>
      closePartition(runtime, messageOf(partnerId), inAHurry),
    );
    const query = requests.find(({ method, path }) => method === 'GET' && path.includes("'line|"));
    const begin = /RowKey g[et] '(line\|[^']*)'/.exec(query?.path ?? '')?.[1];
    if (begin !== undefined) begins.push(begin);
    const messages = await emptyQueue();
    isOpen = messages.length > 0;
    if (isOpen) expect(messages).toEqual([messageOf(partnerId)]);
  }
  // 350 lines in batches of a hundred, and four customers.
  expect(runs).toBeGreaterThan(5);
  expect(begins).toEqual(begins.toSorted());
  expect(new Set(begins).size).toBeGreaterThan(5);
  expect(await shown(partnerId)).toEqual(expected);
});

for (const how of ['refuse', 'lose-answer'] as const) {
  test(`ACO-04 a run that is killed at any request is carried on by one in a hurry (${how})`, async () => {
    // At one request after the other of one and the same close, each run killed where the last one was not.
    let points = 0;
    for (let requests = 6; requests <= 18; requests += 4) {
      const partnerId = await partnerWithUsage();
      await beginClose(partnerId);
      for (let isOpen = true; isOpen;) {
        await breakingAt(requests, how, (broken) =>
          closePartition(broken, messageOf(partnerId), { linesBetween: 100 }),
        );
        points += 1;
        await closePartition(runtime, messageOf(partnerId), inAHurry);
        isOpen = (await monthOf(runtime, partnerId, month)).status !== 'closed';
      }
      expect(await shown(partnerId)).toEqual(expected);
    }
    expect(points).toBeGreaterThan(5);
  }, 120_000);
}

test('ACO-04 two runs of one partition at the same moment close it as one does', async () => {
  const partnerId = await partnerWithUsage();
  await beginClose(partnerId);
  await Promise.all(
    [100, 100, 1].map((linesBetween) =>
      closePartition(runtime, messageOf(partnerId), { linesBetween }),
    ),
  );
  expect(await shown(partnerId)).toEqual(expected);
});

async function breakingAt(
  requests: number,
  how: 'refuse' | 'lose-answer',
  work: (broken: Runtime) => Promise<unknown>,
): Promise<void> {
  const proxy = await startFaultyProxy(connectionString);
  try {
    proxy.breakAfter(requests, how);
    await work(storage.another({ AzureWebJobsStorage: proxy.connectionString }));
  } catch {
    // As if the process had died.
  } finally {
    await proxy.close();
  }
}
