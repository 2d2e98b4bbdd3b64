/** A process that dies at any request to storage: what is left is carried on with, and nothing is counted twice. */
import { expect, test } from 'vitest';
import { closePartition } from '../../src/billing/close-partition.ts';
import { closePeriod } from '../../src/billing/period-service.ts';
import { partitionOf, partitions } from '../../src/billing/rows.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import type { Breakage } from '../support/faulty-proxy.ts';
import { memoryRuntime } from '../support/memory-runtime.ts';
import {
  callOn,
  closeMonth,
  giveOffer,
  importRows,
  monthOf,
  newPartner,
} from './support/direct.ts';
import { customerNumber, manyRows } from './support/files.ts';

const month = '2025-09';
const next = '2025-10';
const storage = await memoryRuntime();
const { runtime } = storage;

/** What a month shows, but for the partner's own id. */
async function shown(partnerId: string, ofMonth = month) {
  const text = JSON.stringify(await monthOf(runtime, partnerId, ofMonth));
  return JSON.parse(text.replaceAll(partnerId, 'PARTNER')) as Awaited<ReturnType<typeof monthOf>>;
}

async function partnerWithUsage(): Promise<string> {
  const partnerId = await newPartner(runtime, 1);
  await giveOffer(runtime, partnerId, 1, 'A', 500);
  await importRows(runtime, partnerId, month, manyRows('P', month, 12, 1).map(of(partnerId)));
  return partnerId;
}

const of = (partnerId: string) => (row: object) => ({ ...row, PartnerId: partnerId });

/** Has a process do work that dies after so many requests; gives whether it got to its end. */
async function breakingAt(
  requests: number,
  how: Breakage,
  work: (broken: Runtime) => Promise<unknown>,
): Promise<boolean> {
  try {
    await work(storage.dying(requests, how).runtime);
    return true;
  } catch {
    return false;
  }
}

/** Tries every point at which work can break, several at once; gives at how many it did. */
async function atEveryPoint(tryAt: (point: number) => Promise<boolean>): Promise<number> {
  for (let from = 0; ; from += 8) {
    const ended = await Promise.all(Array.from({ length: 8 }, (_, i) => tryAt(from + i)));
    if (ended.some(Boolean)) return from + ended.indexOf(true);
  }
}

for (const how of ['refuse', 'lose-answer'] as const) {
  test(`ACO-04 closing goes on after a crash at every point (${how})`, async () => {
    const reference = await partnerWithUsage();
    await closeMonth(runtime, reference, month);
    const expected = await shown(reference);
    expect(expected).toMatchObject({ status: 'closed', balances: [{ balance: 0, used: 500 }] });

    const points = await atEveryPoint(async (point) => {
      const partnerId = await partnerWithUsage();
      await closePeriod(callOn(runtime), partnerId, month);
      const last = partitionOf(customerNumber(1));
      const message = (partition: string) =>
        ({ kind: 'billing-partition', partnerId, month, partition }) as const;
      await Promise.all(
        partitions
          .filter((partition) => partition !== last)
          .map((partition) => closePartition(runtime, message(partition))),
      );
      const ended = await breakingAt(point, how, (broken) => closePartition(broken, message(last)));
      // The queue gives the message again.
      await closePartition(runtime, message(last));
      expect(await shown(partnerId)).toEqual(expected);
      // The next month goes on from what was fixed.
      const [balance] = (await monthOf(runtime, partnerId, next)).balances;
      expect(balance).toMatchObject({ used: 500, usedInMonth: 0 });
      return ended;
    });
    expect(points).toBeGreaterThan(15);
  }, 120_000);
}

test('ACO-04 a close that broke off while it began is completed by asking again', async () => {
  const points = await atEveryPoint(async (point) => {
    const partnerId = await partnerWithUsage();
    const ended = await breakingAt(point, 'refuse', (broken) =>
      closePeriod(callOn(broken), partnerId, month),
    );
    expect(await closePeriod(callOn(runtime), partnerId, month)).toMatchObject({
      status: 'closing',
    });
    return ended;
  });
  expect(points).toBeGreaterThan(4);
  const messages = [];
  for (;;) {
    const some = await storage.receive('settlements');
    if (some.length === 0) break;
    messages.push(...some);
  }
  expect(messages.length).toBeGreaterThanOrEqual(16 * points);
}, 60_000);

for (const how of ['refuse', 'lose-answer'] as const) {
  test(`ACO-05 an import that broke off at any point is completed by sending it again (${how})`, async () => {
    const rows = manyRows('P', month, 250, 2);
    const reference = await newPartner(runtime, 2);
    await importRows(runtime, reference, month, rows.map(of(reference)));
    const expected = await shown(reference);
    const points = await atEveryPoint(async (point) => {
      const partnerId = await newPartner(runtime, 2);
      const own = rows.map(of(partnerId));
      const ended = await breakingAt(point, how, (broken) =>
        importRows(broken, partnerId, month, own),
      );
      const again = await importRows(runtime, partnerId, month, own);
      expect(again.accepted + again.duplicates).toBe(250);
      expect(await shown(partnerId)).toEqual(expected);
      return ended;
    });
    expect(points).toBeGreaterThan(5);
  }, 60_000);
}
