/** Billing's commands between the requests of others: the moments at which two of them meet, one by one. */
import { expect, test } from 'vitest';
import { customerBody } from '../../src/billing/customer.ts';
import type { CustomerFacts } from '../../src/billing/customer.ts';
import { getCustomer, putCustomer } from '../../src/billing/customers-service.ts';
import { closePeriod } from '../../src/billing/period-service.ts';
import { readOffers } from '../../src/billing/offers-service.ts';
import { putPriceList } from '../../src/billing/price-list-service.ts';
import {
  billingStateRow,
  customerRow,
  mostOffers,
  priceListPartition,
  priceListRow,
  priceListSchema,
} from '../../src/billing/rows.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import { testRuntime } from '../support/runtime.ts';
import { storageProxy } from '../support/storage-proxy.ts';
import type { Fate, ProxiedRequest } from '../support/storage-proxy.ts';
import { callOn, giveOffer, importRows, monthOf, newPartner, pieces } from './support/direct.ts';
import { customerNumber, manyRows, subscriptionNumber } from './support/files.ts';
import { earningFacts } from './support/world.ts';

const storage = await testRuntime();
const { runtime } = storage;
const customerId = customerNumber(1);

/** A runtime whose first read of a row waits for all reads begun before it, and then for what somebody else does. */
function readingLate(rowKey: string, meanwhile: () => Promise<unknown>): Runtime {
  const { tables } = runtime;
  const begun: Promise<unknown>[] = [];
  let isFirst = true;
  const noted = <T>(reading: Promise<T>): Promise<T> => {
    begun.push(reading);
    return reading;
  };
  return {
    ...runtime,
    tables: {
      ...tables,
      page: (...args) => noted(tables.page(...args)),
      async get(table, schema, partitionKey, key) {
        if (key !== rowKey || !isFirst) return noted(tables.get(table, schema, partitionKey, key));
        isFirst = false;
        // Whatever is asked for at the same moment has been asked by the next turn.
        await new Promise((resolve) => setImmediate(resolve));
        await Promise.all(begun);
        await meanwhile();
        return tables.get(table, schema, partitionKey, key);
      },
    },
  };
}

for (const late of [billingStateRow, customerRow(customerId)]) {
  test(`ACO-01 of two offers at the same moment one is the hundredth and the other refused (${late.split('|')[0] ?? ''} read last)`, async () => {
    const partnerId = await newPartner(runtime, 1);
    for (let n = 1; n < mostOffers; n += 1)
      await giveOffer(runtime, partnerId, 1, `A-${String(n)}`, 100);
    const racing = readingLate(late, () => giveOffer(runtime, partnerId, 1, 'B', 100));
    await expect(giveOffer(racing, partnerId, 1, 'C', 100)).rejects.toMatchObject({
      refusal: { code: 'InvalidRequest', target: 'agreementId' },
    });
    const offers = await readOffers(runtime, partnerId, customerId);
    expect(offers).toHaveLength(mostOffers);
    expect(offers.map(({ agreementId }) => agreementId)).toContain('B');
    // Its terms can still be changed, and the count outlives a change of the customer's facts.
    await giveOffer(runtime, partnerId, 1, 'B', 200);
    await putCustomer(callOn(runtime), partnerId, customerId, customerBody.parse(earningFacts(1)));
    await expect(giveOffer(runtime, partnerId, 1, 'D', 100)).rejects.toMatchObject({
      refusal: { code: 'InvalidRequest' },
    });
  }, 60_000);
}

/** Facts that take several rows, with one role in all of them. */
function longFacts(role: string, entries: number): CustomerFacts {
  return customerBody.parse({
    ...earningFacts(1),
    access: Array.from({ length: entries }, (_, i) => ({
      scope: `/subscriptions/${subscriptionNumber(i + 1)}`,
      principal: { mpnId: '1000' },
      via: 'aobo',
      role,
    })),
  });
}

for (const [change, entries] of [
  ['as many rows', 400],
  ['fewer rows', 1],
  ['more rows', 700],
] as const) {
  test(`PEC-09 facts read in several pages are of one version, whatever comes between (${change})`, async () => {
    const partnerId = await newPartner(runtime, 0);
    const put = (facts: CustomerFacts) =>
      putCustomer(callOn(runtime), partnerId, customerId, facts);
    await put(longFacts('Owner', 400));
    const after = longFacts('Other', entries);
    const proxy = await storageProxy(storage.connectionString);
    let pages = 0;
    proxy.decide(async ({ path }): Promise<Fate> => {
      if (!path.includes('customer-facts')) return 'pass';
      pages += 1;
      // A server may end a page after any row.
      if (pages === 2) await put(after);
      return { path: path.replace(/(%24|\$)top=\d+/, '$1top=1') };
    });
    const slow = storage.another({ AzureWebJobsStorage: proxy.connectionString });
    const read = await getCustomer(slow, partnerId, customerId);
    await proxy.close();
    expect(read).toEqual({ id: customerId, version: 2, facts: after });
    expect(pages).toBeGreaterThan(2);
  });
}

test('ACO-04 facts are compared with those that they replace: a change and a close in between are seen', async () => {
  const partnerId = await newPartner(runtime, 0);
  const put = (by: Runtime, role: string) =>
    putCustomer(callOn(by), partnerId, customerId, longFacts(role, 1));
  await put(runtime, 'Owner');
  const racing = readingLate(customerRow(customerId), async () => {
    await put(runtime, 'Other');
    await closePeriod(callOn(runtime), partnerId, '2025-09');
  });
  // It would bring back what bore on the month before: what bears on it now is another role.
  const late = readingStateLater(racing);
  await expect(put(late, 'Owner')).rejects.toMatchObject({ refusal: { code: 'PeriodClosed' } });
  const { facts } = await getCustomer(runtime, partnerId, customerId);
  expect(facts.access.map(({ role }) => role)).toEqual(['Other']);
});

/** Reads the months' state only after the customer's row. */
function readingStateLater(racing: Runtime): Runtime {
  const { tables } = racing;
  const customer = Promise.withResolvers<undefined>();
  return {
    ...racing,
    tables: {
      ...tables,
      async get(table, schema, partitionKey, key) {
        if (key === billingStateRow) await customer.promise;
        const row = await tables.get(table, schema, partitionKey, key);
        if (key === customerRow(customerId)) customer.resolve(undefined);
        return row;
      },
    },
  };
}

/**
 * Carries work out on storage that loses the answer to the first request of a kind, once it is carried out. The SDK sends
 * it again: before that arrives, somebody else does something.
 */
async function losingAnswer<T>(
  isMeant: (request: ProxiedRequest) => boolean,
  meanwhile: () => Promise<unknown>,
  work: (by: Runtime) => Promise<T>,
): Promise<T> {
  const proxy = await storageProxy(storage.connectionString);
  let times = 0;
  proxy.decide(async (request): Promise<Fate> => {
    if (!isMeant(request)) return 'pass';
    times += 1;
    if (times === 1) return 'lose';
    if (times === 2) await meanwhile();
    return 'pass';
  });
  const answer = await work(storage.another({ AzureWebJobsStorage: proxy.connectionString }));
  await proxy.close();
  expect(times).toBeGreaterThan(1);
  return answer;
}

const ofMonth = '2025-09';

for (const [other, change] of [
  ['another line', (rows) => [rows.slice(10)]],
  // The partition's generation goes up, so the lines are compared, and their chunk is noted again.
  [
    'a corrected line, and then the same lines again',
    (rows) => [[{ ...rows[0], Quantity: '7' }], rows.slice(0, 10)],
  ],
] as [string, (rows: ReturnType<typeof manyRows>) => ReturnType<typeof manyRows>[]][]) {
  test(`ACO-05 an import whose answer was lost counts its lines as taken, whatever came since (${other})`, async () => {
    const partnerId = await newPartner(runtime, 1);
    const rows = manyRows(partnerId, ofMonth, 12, 1);
    const result = await losingAnswer(
      ({ body }) => body.includes('chunk|'),
      async () => {
        for (const some of change(rows)) await importRows(runtime, partnerId, ofMonth, some);
      },
      (by) => importRows(by, partnerId, ofMonth, rows.slice(0, 10)),
    );
    expect(result).toMatchObject({ accepted: 10, duplicates: 0, rejectedTotal: 0 });
    const { daily } = await monthOf(runtime, partnerId, ofMonth);
    expect(daily).toHaveLength(other === 'another line' ? 12 : 10);
  });
}

test('PEC-04 a price list whose answer was lost is not put over one that came after it', async () => {
  const priceMonth = '2021-04';
  const put = (by: Runtime, products: readonly string[]) => {
    const lines = products.map((product) => `${product},0001,Microsoft,`);
    const text = ['ProductId,SkuId,Publisher,Tags', ...lines, ''].join('\r\n');
    return putPriceList(by, priceMonth, { mediaType: 'text/csv', chunks: pieces(text) });
  };
  const result = await losingAnswer(
    ({ body }) => body.includes('products'),
    () => put(runtime, ['A', 'B']),
    (by) => put(by, ['A']),
  );
  expect(result).toMatchObject({ products: 1, rejectedTotal: 0 });
  const { tables } = runtime;
  const partition = priceListPartition(priceMonth);
  const row = await tables.get('billing', priceListSchema, partition, priceListRow);
  expect(row?.value).toMatchObject({ products: 2, version: 2 });
});
