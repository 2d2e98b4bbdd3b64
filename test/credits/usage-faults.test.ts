/** Usage reports that are cut off, lose their answers, or race: nothing is lost and nothing counted twice. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createStorage, startAzurite, type Azurite } from '../../infra/local/azurite.ts';
import {
  creditWorld,
  verdicts,
  type CreditWorld,
  type RedeemedCredit,
  type Sent,
} from '../support/credit-world.ts';
import { storageProxy, type Fate, type StorageProxy } from '../support/storage-proxy.ts';

let azurite: Azurite;
let proxy: StorageProxy;
let world: CreditWorld;

beforeAll(async () => {
  azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 } });
  await createStorage(azurite.connectionString, '');
  proxy = await storageProxy(azurite.connectionString);
  world = await creditWorld(proxy.connectionString);
}, 60_000);

afterEach(() => proxy.decide(() => 'pass'));

afterAll(async () => {
  await world.stop();
  await proxy.close();
  await azurite.stop();
});

const batch = (count: number, occurredAt: string, name = 'r'): Sent[] =>
  Array.from({ length: count }, (_, i) => [`${name}${i}`, '0.10', occurredAt]);

/** Each transaction meets the next fate; those that come after the last pass. */
function transactions(...fates: Fate[]): void {
  proxy.decide(({ path }) => (path.includes('$batch') ? (fates.shift() ?? 'pass') : 'pass'));
}

/** From the `n`th transaction on all fail, the SDK's retries included. */
function outageAfter(n: number): void {
  let seen = 0;
  proxy.decide(({ path }) => (path.includes('$batch') && (seen += 1) > n ? 'refuse' : 'pass'));
}

/** `granted = consumed + lapsed + remaining`, and the ledger says the same. */
async function sums(credit: RedeemedCredit) {
  const { granted, consumed, lapsed, remaining, payAsYouGo } = await credit.balance();
  const cents = ({ amount }: { amount: string }) => Math.round(Number(amount) * 100);
  expect(cents(granted)).toBe(cents(consumed) + cents(lapsed) + cents(remaining));
  const ledger: { type: string; amount?: { amount: string }; sequence: number }[] =
    await credit.ledger();
  expect(ledger.map(({ sequence }) => sequence)).toEqual(ledger.map((_, i) => i + 1));
  const booked = (type: string) =>
    ledger
      .filter((entry) => entry.type === type && entry.amount)
      .reduce((sum, { amount }) => sum + cents(amount!), 0);
  expect(booked('consumed')).toBe(cents(consumed));
  expect(booked('pay-as-you-go')).toBe(cents(payAsYouGo));
  return { consumed: consumed.amount, payAsYouGo: payAsYouGo.amount };
}

test('CR-13 a batch cut off between two commits and sent again answers duplicate for what was taken', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const records = batch(300, await world.present());
  outageAfter(2);
  expect((await credit.report(records)).code).toBe('ServiceUnavailable');
  proxy.decide(() => 'pass');
  expect(await sums(credit)).toEqual({ consumed: '16.00', payAsYouGo: '0.00' });
  const again = verdicts(await credit.report(records));
  expect(again).toEqual([
    ...Array.from({ length: 160 }, () => 'duplicate'),
    ...Array.from({ length: 140 }, () => 'accepted'),
  ]);
  expect(await sums(credit)).toEqual({ consumed: '30.00', payAsYouGo: '0.00' });
}, 30_000);

test('CR-13 cut off and sent again in other pieces, each record still counts once', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const records = batch(200, await world.present());
  outageAfter(1);
  expect((await credit.report(records)).code).toBe('ServiceUnavailable');
  proxy.decide(() => 'pass');
  const [one, other] = [records.slice(50, 160), [...records].reverse()];
  expect(verdicts(await credit.report(one)).filter((is) => is === 'duplicate')).toHaveLength(30);
  expect(verdicts(await credit.report(other)).filter((is) => is === 'accepted')).toHaveLength(40);
  expect(await sums(credit)).toEqual({ consumed: '20.00', payAsYouGo: '0.00' });
}, 30_000);

test('CR-13 a commit whose answer is lost is known as our own: accepted, counted once', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const records = batch(100, await world.present());
  transactions('lose', 'pass', 'lose');
  const answer = await credit.report([...records, records[0]!]);
  expect(verdicts(answer)).toEqual([...records.map(() => 'accepted'), 'duplicate']);
  expect(await sums(credit)).toEqual({ consumed: '10.00', payAsYouGo: '0.00' });
}, 30_000);

test('CR-13 a record that was refused is refused too when the answer to its commit is lost', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const now = await world.present();
  const headers = {
    'repeatability-request-id': crypto.randomUUID(),
    'repeatability-first-sent': new Date().toUTCString(),
  };
  transactions('lose');
  const records: Sent[] = [
    ['a', '60', now],
    ['b', '60', now],
    ['c', '40', now],
  ];
  expect(verdicts(await credit.report(records))).toEqual([
    'accepted',
    'InsufficientCredit',
    'accepted',
  ]);
  transactions('lose');
  world.setNow('2026-04-10T12:00:00Z');
  const named = await credit.report([['d', '70']], headers);
  expect(verdicts(named)).toEqual(['accepted']);
  expect(await sums(credit)).toEqual({ consumed: '170.00', payAsYouGo: '0.00' });
}, 30_000);

test('CR-13 CR-16 20 batches at once on one credit: nothing is lost or doubled', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed('launch');
  const now = await world.present();
  // Every record stands in two of the batches, in different company.
  const batches = Array.from({ length: 20 }, (_, i) => [
    ...batch(60, now, `r${i}-`),
    ...batch(60, now, `r${(i + 1) % 20}-`),
  ]);
  const accepted: string[] = [];
  await Promise.all(
    batches.map(async (records) => {
      for (;;) {
        const answer = await credit.report(records);
        if (answer.code === 'ConcurrentChange') continue;
        verdicts(answer).forEach((is, i) => {
          expect(is).toMatch(/^(accepted|duplicate)$/);
          if (is === 'accepted') accepted.push(records[i]![0]);
        });
        return;
      }
    }),
  );
  expect(await sums(credit)).toEqual({ consumed: '120.00', payAsYouGo: '0.00' });
  expect(new Set(accepted).size).toBe(accepted.length);
}, 60_000);

test('CR-13 20 batches that together exceed the balance never spend more than it', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const now = await world.present();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      credit.report([
        [`${i}-a`, '7', now],
        [`${i}-b`, '3', now],
      ]),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const taken = answers.flatMap((answer) =>
    verdicts(answer).map((is, k) => (is === 'accepted' ? [7, 3][k]! : 0)),
  );
  const sum = taken.reduce((total, amount) => total + amount, 0);
  expect(await sums(credit)).toEqual({ consumed: `${sum}.00`, payAsYouGo: '0.00' });
  expect(sum).toBeGreaterThan(97);
}, 60_000);

test("CR-13 CR-15 a batch overtaken at the month's end counts against its own month, not the one begun", async () => {
  world.setNow('2026-03-31T23:59:00Z');
  const credit = await world.redeemed();
  const records: Sent[] = [['march', '10', await world.present()]];
  let overtaken = false;
  proxy.decide(async ({ path }): Promise<Fate> => {
    if (overtaken || !path.includes('$batch')) return 'pass';
    overtaken = true;
    world.setNow('2026-04-01T00:00:05Z');
    expect(verdicts(await credit.report([['april', '5']]))).toEqual(['accepted']);
    return 'pass';
  });
  const answer = await credit.report(records);
  expect(verdicts(answer)).toEqual(['accepted']);
  expect(answer.body.balance).toMatchObject({
    lapsed: { amount: '90.00' },
    remaining: { amount: '95.00' },
    period: { month: '2026-04', consumed: { amount: '5.00' } },
  });
  expect(await sums(credit)).toEqual({ consumed: '15.00', payAsYouGo: '0.00' });
}, 30_000);

test('the same named request five times at once is carried out once and answered alike', async () => {
  world.setNow('2026-03-10T12:00:00Z');
  const credit = await world.redeemed();
  const records = batch(100, await world.present());
  const headers = {
    'repeatability-request-id': crypto.randomUUID(),
    'repeatability-first-sent': new Date().toUTCString(),
  };
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => credit.report(records, headers)),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(await sums(credit)).toEqual({ consumed: '10.00', payAsYouGo: '0.00' });
  const last = verdicts(await credit.report(records, headers));
  expect(answers.map(verdicts)).toEqual(answers.map(() => last));
}, 30_000);
