/** A month whose close was cut off or failed is closed later, by the timer (ACO-04). */
import { expect, test } from 'vitest';
import { closingPartitions, closingSchema, indexClosing } from '../../src/billing/closing-index.ts';
import { closePartition } from '../../src/billing/close-partition.ts';
import { billingMessageSchema, closePeriod } from '../../src/billing/period-service.ts';
import type { BillingMessage } from '../../src/billing/period-service.ts';
import { resumeClosings } from '../../src/billing/resume-closings.ts';
import {
  partitionKey,
  partitionOf,
  partitions,
  periodRow,
  periodSchema,
} from '../../src/billing/rows.ts';
import { newId } from '../../src/platform/ids.ts';
import { inParallel } from '../../src/platform/parallel.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import type { Breakage } from '../support/faulty-proxy.ts';
import { startInProcess } from '../support/in-process.ts';
import { memoryRuntime } from '../support/memory-runtime.ts';
import type { MemoryRuntime } from '../support/memory-runtime.ts';
import { testRuntime } from '../support/runtime.ts';
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
const minute = 60_000;
const atOnce = 8;
const own = partitionOf(customerNumber(1));

/** In memory, or Azurite's. */
type Storage = Pick<MemoryRuntime, 'runtime' | 'receive'>;

async function partnerWithUsage(runtime: Runtime): Promise<string> {
  const partnerId = await newPartner(runtime, 1);
  await giveOffer(runtime, partnerId, 1, 'A', 500);
  const rows = manyRows(partnerId, month, 12, 1);
  await importRows(runtime, partnerId, month, rows);
  return partnerId;
}

/** Closes the partitions in which the customer is not, in as few requests as that takes. */
async function closeEmpty({ tables }: Runtime, partnerId: string): Promise<void> {
  const value = { status: 'closed', lines: 0, generation: 0, longest: 0 };
  const write = { op: 'insert', rowKey: periodRow, schema: periodSchema, value } as const;
  const others = partitions.filter((partition) => partition !== own);
  await Promise.all(
    others.map((partition) =>
      tables.write('billing', partitionKey(partnerId, month, partition), write, newId()),
    ),
  );
}

/** What a month shows, but for the partner's own id. */
async function shown(runtime: Runtime, partnerId: string) {
  const text = JSON.stringify(await monthOf(runtime, partnerId, month));
  return JSON.parse(text.replaceAll(partnerId, 'PARTNER')) as Awaited<ReturnType<typeof monthOf>>;
}

async function closedMonth(runtime: Runtime) {
  const partnerId = await partnerWithUsage(runtime);
  await closeMonth(runtime, partnerId, month);
  const expected = await shown(runtime, partnerId);
  expect(expected).toMatchObject({ status: 'closed', balances: [{ balance: 0, used: 500 }] });
  return expected;
}

const messageOf = (partnerId: string, partition = own): BillingMessage => ({
  kind: 'billing-partition',
  partnerId,
  month,
  partition,
});

/** Takes all messages off the queue. */
async function taken(storage: Storage): Promise<BillingMessage[]> {
  const messages: BillingMessage[] = [];
  for (;;) {
    const some = await storage.receive('settlements');
    if (some.length === 0) return messages;
    messages.push(...some.map((message) => billingMessageSchema.parse(message)));
  }
}

/** Carries out what is on the queue, as the host does. */
async function drain(storage: Storage): Promise<void> {
  await inParallel(await taken(storage), atOnce, (message) =>
    closePartition(storage.runtime, message),
  );
}

/** The timer's work, so many minutes of the real clock from now. */
const timerIn = ({ runtime }: Storage, minutes: number) =>
  resumeClosings(runtime, () => Date.now() + minutes * minute);

async function inIndex({ runtime }: Storage): Promise<number> {
  const { rows } = await runtime.tables.pageAcross('schedule', closingSchema, closingPartitions, {
    size: 1_000,
  });
  return rows.length;
}

/** Has a process do work that dies after so many requests; gives whether it got to its end. */
async function dyingAfter(
  storage: MemoryRuntime,
  requests: number,
  how: Breakage,
  work: (dying: Runtime) => Promise<unknown>,
): Promise<boolean> {
  const dying = storage.dying(requests, how);
  const died = await work(dying.runtime).then(
    () => false,
    () => true,
  );
  return !died && dying.passed() < requests;
}

/** A partner for each point at which work can break, several at once. */
async function atEveryPoint(
  tryAt: (point: number) => Promise<{ partnerId: string; ended: boolean }>,
): Promise<string[]> {
  const partners: string[] = [];
  for (;;) {
    const from = partners.length;
    const tried = await Promise.all(Array.from({ length: atOnce }, (_, i) => tryAt(from + i)));
    partners.push(...tried.map(({ partnerId }) => partnerId));
    if (tried.some(({ ended }) => ended)) return partners;
  }
}

for (const how of ['refuse', 'lose-answer'] as const) {
  test(`ACO-04 a close whose process dies at any request, its messages lost, is made up for (${how})`, async () => {
    const storage = await memoryRuntime();
    const { runtime } = storage;
    const expected = await closedMonth(runtime);
    const partners = await atEveryPoint(async (point) => {
      const partnerId = await partnerWithUsage(runtime);
      const ended = await dyingAfter(storage, point, how, (dying) =>
        closePeriod(callOn(dying), partnerId, month),
      );
      return { partnerId, ended };
    });
    await taken(storage);
    expect(await timerIn(storage, 14)).toMatchObject({ resumed: 0, failed: 0 });
    const { resumed, removed } = await timerIn(storage, 16);
    // Those that died while they sent the messages, for one.
    expect(resumed).toBeGreaterThan(15);
    await drain(storage);
    let closed = 0;
    for (const partnerId of partners) {
      const { status } = await monthOf(runtime, partnerId, month);
      if (status === 'closed') expect(await shown(runtime, partnerId)).toEqual(expected);
      else expect(status).toBe('open');
      closed += status === 'closed' ? 1 : 0;
    }
    expect(closed).toBe(resumed);
    // Of the others none was begun, and what was written ahead of it has gone.
    expect(partners.length - closed).toBeGreaterThan(3);
    expect(removed).toBeGreaterThan(0);
    expect(await timerIn(storage, 17)).toMatchObject({ resumed: 0, removed: resumed });
    expect(await inIndex(storage)).toBe(0);
  }, 60_000);

  test(`ACO-04 a partition whose run dies at any request, its message lost, is made up for (${how})`, async () => {
    const storage = await memoryRuntime();
    const { runtime } = storage;
    const expected = await closedMonth(runtime);
    const partners = await atEveryPoint(async (point) => {
      const partnerId = await partnerWithUsage(runtime);
      await closePeriod(callOn(runtime), partnerId, month);
      await closeEmpty(runtime, partnerId);
      const ended = await dyingAfter(storage, point, how, (dying) =>
        closePartition(dying, messageOf(partnerId)),
      );
      return { partnerId, ended };
    });
    expect(partners.length).toBeGreaterThan(20);
    await taken(storage);
    const { resumed } = await timerIn(storage, 16);
    expect(resumed).toBeGreaterThan(20);
    // Only what is not closed is sent again, and one message where all is but the month itself.
    const messages = await taken(storage);
    expect(messages).toHaveLength(resumed);
    await inParallel(messages, atOnce, (message) => closePartition(runtime, message));
    for (const partnerId of partners) expect(await shown(runtime, partnerId)).toEqual(expected);
    await timerIn(storage, 17);
    expect(await inIndex(storage)).toBe(0);
  }, 60_000);
}

test('ACO-04 what failed until the queue gave it up is tried again, later each time, until the month is closed', async () => {
  const storage = await memoryRuntime();
  const { runtime } = storage;
  const expected = await closedMonth(runtime);
  const partnerId = await partnerWithUsage(runtime);
  await closePeriod(callOn(runtime), partnerId, month);
  /** All partitions close but one: its message fails five times, and the host gives it up. */
  const fiveFailures = async () => {
    for (const message of await taken(storage))
      if (message.partition !== own) await closePartition(runtime, message);
      else
        for (let times = 1; times <= 5; times += 1)
          await dyingAfter(storage, 4, 'refuse', (dying) => closePartition(dying, message));
  };
  await fiveFailures();
  expect(await timerIn(storage, 14)).toMatchObject({ resumed: 0 });
  expect(await timerIn(storage, 16)).toMatchObject({ resumed: 1 });
  await fiveFailures();
  // Twice as long as the first time.
  expect(await timerIn(storage, 45)).toMatchObject({ resumed: 0 });
  expect(await timerIn(storage, 47)).toMatchObject({ resumed: 1 });
  await drain(storage);
  expect(await shown(runtime, partnerId)).toEqual(expected);
  expect(await timerIn(storage, 48)).toMatchObject({ resumed: 0, removed: 1 });
}, 60_000);

test('ACO-04 a month of which something went on is left to the runs that work on it', async () => {
  const storage = await memoryRuntime();
  const { runtime } = storage;
  const partnerId = await partnerWithUsage(runtime);
  await closePeriod(callOn(runtime), partnerId, month);
  await taken(storage);
  expect(await timerIn(storage, 16)).toMatchObject({ resumed: 1 });
  const messages = await taken(storage);
  expect(messages).toHaveLength(16);
  for (const [i, message] of messages.slice(0, 3).entries()) {
    await closePartition(runtime, message);
    expect(await timerIn(storage, 50 * (i + 1))).toEqual({ resumed: 0, removed: 0, failed: 0 });
  }
  expect(await taken(storage)).toEqual([]);
  expect(await timerIn(storage, 170)).toMatchObject({ resumed: 1 });
  expect(await taken(storage)).toHaveLength(13);
});

test('ACO-04 queues out of reach fail no close: the answer is success, and the timer sends its work', async () => {
  const storage = await testRuntime();
  const { runtime } = storage;
  const partnerId = await partnerWithUsage(runtime);
  const without = storage.connectionString.replace(
    /QueueEndpoint=[^;]*/,
    'QueueEndpoint=http://127.0.0.1:1/devstoreaccount1',
  );
  const half = storage.another({ AzureWebJobsStorage: without });
  expect(await closePeriod(callOn(half), partnerId, month)).toEqual({ month, status: 'closing' });
  expect(await taken(storage)).toEqual([]);
  await timerIn(storage, 16);
  await drain(storage);
  expect(await monthOf(runtime, partnerId, month)).toMatchObject({ status: 'closed' });
});

test('ACO-04 an index row of a close that may still begin stays, and one whose month another close took goes', async () => {
  const storage = await memoryRuntime();
  const { runtime } = storage;
  const partnerId = await newPartner(runtime, 0);
  await indexClosing(runtime, partnerId, month);
  expect(await timerIn(storage, 0)).toMatchObject({ removed: 0 });
  // Closing a later month closes those before it, which had no usage.
  await closeMonth(runtime, partnerId, '2025-10');
  expect(await timerIn(storage, 0)).toMatchObject({ removed: 2 });
  await indexClosing(runtime, newId(), month);
  expect(await timerIn(storage, 14)).toMatchObject({ removed: 0 });
  expect(await timerIn(storage, 16)).toMatchObject({ removed: 1 });
});

test('ACO-04 the timer that brings emails back looks after months that are being closed', async () => {
  const storage = await testRuntime();
  const value = { writtenAt: '2025-10-01T00:00:00.000Z', sent: 0 };
  const write = {
    op: 'insert',
    rowKey: `${newId()}|${month}|`,
    schema: closingSchema,
    value,
  } as const;
  await storage.runtime.tables.write('schedule', `${closingPartitions.from}00`, write, newId());
  const app = await startInProcess({ storage: storage.connectionString });
  await app.functions.get('redelivernotices')!.handler({}, { invocationId: newId() });
  expect(await inIndex(storage)).toBe(0);
  await app.stop();
});
