/** What product keys ask of storage: how many requests, and how often they wait for one another. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { inWords, waitsInARow } from '../support/storage-requests.ts';
import { startKeyWorld, type KeyPartner, type KeyWorld } from './world.ts';

let world: KeyWorld;
let partner: KeyPartner;

beforeAll(async () => {
  world = await startKeyWorld();
  partner = await world.partner();
  // Clients are opened at their first use; what is measured here is every use after it.
  const { productKey } = await partner.key(10);
  await partner.enter('redeem', productKey, 'activate');
}, 60_000);

afterAll(() => world.stop());

async function cost(work: () => Promise<{ status: number }>) {
  const { result, requests } = await world.app.record(work);
  return { status: result.status, words: inWords(requests), waits: waitsInARow(requests) };
}

const reads = ['QUERY partners', 'READ partners', 'READ partners'];

test('KEY-03 validate is one stage of parallel reads: partner with subscriptions, key, count of failures', async () => {
  const { productKey } = await partner.key(10);
  const { status, words, waits } = await cost(() =>
    partner.enter('validate', productKey, 'extend'),
  );
  expect({ status, waits, words: words.sort() }).toEqual({ status: 200, waits: 1, words: reads });
});

test('KEY-04 redeem is one transaction more, and before it the index row of the new end; no message', async () => {
  const { productKey } = await partner.key(10);
  const { status, words, waits } = await cost(() => partner.enter('redeem', productKey, 'extend'));
  expect({ status, waits }).toEqual({ status: 200, waits: 3 });
  expect(words.slice(-2)).toEqual(['PUT schedule', 'BATCH']);
  expect(words.slice(0, -2).sort()).toEqual(reads);
});

test('KEY-04 a repeatable redemption waits no longer', async () => {
  const { productKey } = await partner.key(10);
  const headers = {
    'repeatability-request-id': newId(),
    'repeatability-first-sent': new Date().toUTCString(),
  };
  const { waits } = await cost(() =>
    partner.enter('redeem', productKey, 'extend', {}, { headers }),
  );
  expect(waits).toBe(3);
});

test('KEY-02 getting a key is one stage of two reads and a transaction', async () => {
  const benefitId = await partner.award(10);
  const { status, words, waits } = await cost(() => partner.onBenefit('getProductKey', benefitId));
  expect({ status, waits, requests: words.length }).toEqual({ status: 200, waits: 2, requests: 3 });
});

test('KEY-01 one product benefit, and a list of them, is one stage of two reads', async () => {
  const benefitId = await partner.award(10);
  const one = await cost(() => partner.onBenefit('getBenefit', benefitId));
  expect(one).toMatchObject({ status: 200, waits: 1, words: { length: 2 } });
  const list = await cost(() =>
    world.app.call('listBenefits', {
      params: { partnerId: partner.partnerId },
      token: partner.admin,
    }),
  );
  expect(list).toMatchObject({ status: 200, waits: 1, words: { length: 2 } });
});

test('KEY-10 a failed attempt costs one write more', async () => {
  const { words, waits } = await cost(() => partner.enter('validate', 'no key', 'activate'));
  expect({ waits, requests: words.length }).toEqual({ waits: 2, requests: 3 });
});
