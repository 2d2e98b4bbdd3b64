/** What usage reports, balances and conversions ask of storage: how many requests, and how often they wait. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer } from '../support/in-process.ts';
import { creditWorld, verdicts, type CreditWorld, type Sent } from '../support/credit-world.ts';
import { inWords, waitsInARow } from '../support/storage-requests.ts';

let world: CreditWorld;

beforeAll(async () => {
  world = await creditWorld();
  world.setNow('2026-03-10T12:00:00Z');
  // Clients are opened at their first use; what is measured here is every use after it.
  const credit = await world.redeemed();
  await credit.report([['first', '1']]);
}, 60_000);

afterAll(() => world.stop());

async function cost(work: () => Promise<Answer>) {
  const { result, requests } = await world.app.record(work);
  expect(result.status).toBe(200);
  return { result, words: inWords(requests), waits: waitsInARow(requests) };
}

const batch = (count: number, occurredAt: string): Sent[] =>
  Array.from({ length: count }, (_, i) => [`r${i}`, '0.01', occurredAt]);

const all = (count: number, word: string) => Array.from({ length: count }, () => word);

test('CR-13 80 new records are 1 read and 1 transaction; the same again is reads in one round, no write', async () => {
  const credit = await world.redeemed();
  const records = batch(80, await world.present());
  const taken = await cost(() => credit.report(records));
  expect(taken.words).toEqual(['READ partners', 'BATCH']);
  expect(new Set(verdicts(taken.result))).toEqual(new Set(['accepted']));
  const again = await cost(() => credit.report(records));
  expect(again.words).toEqual(['READ partners']);
  expect(new Set(verdicts(again.result))).toEqual(new Set(['duplicate']));
});

test('CR-13 1,000 new records are 1 read and 13 transactions; the same again is reads in one round, no write', async () => {
  const credit = await world.redeemed();
  const records = batch(1_000, await world.present());
  const taken = await cost(() => credit.report(records));
  expect(taken.words).toEqual(['READ partners', ...all(13, 'BATCH')]);
  expect(new Set(verdicts(taken.result))).toEqual(new Set(['accepted']));
  const again = await cost(() => credit.report(records));
  expect(again.words).toEqual(['READ partners']);
  expect(new Set(verdicts(again.result))).toEqual(new Set(['duplicate']));
}, 30_000);

test('CR-13 known records in other company: one refused transaction, then one look-up of all that is to come', async () => {
  const credit = await world.redeemed();
  const records = batch(240, await world.present());
  await credit.report(records);
  const { words, result } = await cost(() => credit.report(records.toReversed()));
  expect(words).toEqual(['READ partners', 'BATCH', ...all(241, 'READ partners')]);
  expect(new Set(verdicts(result))).toEqual(new Set(['duplicate']));
}, 30_000);

test('CR-13 where a record is refused, the batch is looked up once, in parallel', async () => {
  const credit = await world.redeemed();
  const now = await world.present();
  const records: Sent[] = [...batch(79, now), ['much', '500', now]];
  const { words, waits } = await cost(() => credit.report(records));
  expect(words).toEqual([...all(81, 'READ partners'), 'BATCH']);
  expect(waits).toBe(3);
});

test('CR-13 a batch that names itself adds reads and index rows beside the others', async () => {
  const credit = await world.redeemed();
  const records = batch(80, await world.present());
  const headers = {
    'repeatability-request-id': crypto.randomUUID(),
    'repeatability-first-sent': new Date().toUTCString(),
  };
  const taken = await cost(() => credit.report(records, headers));
  expect(taken.words).toEqual(['READ partners', 'READ partners', 'PUT schedule', 'BATCH']);
  expect(taken.waits).toBe(3);
  const again = await cost(() => credit.report(records, headers));
  expect(again.words).toEqual(['READ partners', 'READ partners']);
  expect(again.waits).toBe(1);
});

test('CR-16 a balance is 1 read; as of a past instant the ledger is read beside it', async () => {
  const { params, admin: token } = await world.redeemed();
  const current = await cost(() => world.app.call('getBalance', { params, token }));
  expect(current.words).toEqual(['READ partners']);
  const query = { asOf: await world.present() };
  const past = await cost(() => world.app.call('getBalance', { params, query, token }));
  expect(past.words.toSorted()).toEqual(['QUERY partners', 'READ partners']);
  expect(past.waits).toBe(1);
});

test('CR-14 removing the spending limit is 1 read and 1 transaction, by administrator and by link', async () => {
  const [one, other] = [await world.redeemed(), await world.redeemed()];
  const { params, admin: token } = one;
  const removed = await cost(() => world.app.call('removeSpendingLimit', { params, token }));
  expect(removed.words).toEqual(['READ partners', 'BATCH']);
  const byLink = { params: { token: other.link }, body: { confirm: true } };
  const { words } = await cost(() => world.app.call('removeSpendingLimitByLink', byLink));
  expect(words).toEqual(['READ partners', 'BATCH']);
});
