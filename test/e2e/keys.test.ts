/**
 * A product key's way over HTTP, with a clock that is moved on and so a system of this file's own. At the end
 * everything that was stored, printed, mailed and answered is searched for the keys.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalStack } from '../../infra/local/stack.ts';
import { addDays, addMonths } from '../../src/platform/calendar.ts';
import { formatKey, generateKey } from '../../src/cloud-services/product-key.ts';
import { day, newPartner, ok, refused, repeatable, version } from '../support/client.ts';
import type { components } from '../support/api.generated.d.ts';
import { stackOf, startTestStack, type Stack } from '../support/stack.ts';
import { dumpStorage } from '../support/storage-dump.ts';

type Product = components['schemas']['ProductBenefit'];
type KeyUse = components['schemas']['ProductKeyUse'];

const printed: string[] = [];
const answered: { path: string; text: string }[] = [];
const plainFetch = globalThis.fetch;
let running: LocalStack;
let stack: Stack;

beforeAll(async () => {
  running = await startTestStack({ onLine: (line) => printed.push(line) });
  stack = await stackOf(running);
  globalThis.fetch = async (...request) => {
    const response = await plainFetch(...request);
    const headers = JSON.stringify([...response.headers]);
    const text = (await response.clone().text()) + headers;
    answered.push({ path: new URL(response.url).pathname, text });
    return response;
  };
}, 120_000);

afterAll(async () => {
  globalThis.fetch = plainFetch;
  await running.stop();
});

async function moveClockTo(date: string) {
  const response = await plainFetch(`${stack.baseUrl}/admin/clock`, {
    method: 'PUT',
    body: JSON.stringify({ now: `${date}T09:00:00Z`, runTimers: false }),
  });
  expect(response.status).toBe(200);
}

test('KEY-01 KEY-02 KEY-03 KEY-04 KEY-05 KEY-06 KEY-08 KEY-11 from get key to activating again; no key is left anywhere', async () => {
  const partner = await newPartner(stack, { displayName: 'Fabrikam', domains: ['fabrikam.com'] });
  const { admin, operator, path } = partner;
  const shown: string[] = [];

  const products = async () =>
    (
      await ok(
        admin.GET('/api/partners/{partnerId}/benefits', {
          params: { path, query: { ...version, category: 'cloud-service' } },
        }),
      )
    ).value as Product[];
  const getKey = async (benefitId: string) => {
    const { productKey } = await ok(
      admin.POST('/api/partners/{partnerId}/benefits/{benefitId}/product-key', {
        params: { path: { ...path, benefitId }, query: version },
      }),
    );
    shown.push(productKey);
    return productKey;
  };
  const validate = (body: KeyUse) =>
    admin.POST('/api/partners/{partnerId}/product-keys/validate', {
      params: { path, query: version },
      body,
    });
  const redeem = (body: KeyUse, header = {}) =>
    admin.POST('/api/partners/{partnerId}/product-keys/redeem', {
      params: { path, query: version, header },
      body,
    });
  const award = async (licenses: number) => {
    const { id } = await ok(
      operator.POST('/api/partners/{partnerId}/benefits', {
        params: { path, query: version },
        body: { membershipId: membership.id, productId: 'microsoft-365-e5', licenses },
      }),
    );
    return getKey(id);
  };

  // The membership's set has a key of 100 licences.
  const membership = await partner.start('solutions-partner-modern-work');
  const e5 = (await products()).find(({ productId }) => productId === 'microsoft-365-e5')!;
  expect(e5).toMatchObject({
    licenses: 100,
    keyStatus: 'not-issued',
    subscriptionStatus: 'No active subscription',
    activateBy: membership.endDate,
  });
  const key = await getKey(e5.id);
  expect(await getKey(e5.id)).toBe(key);

  // Validate, then redeem what was shown.
  const first = await ok(validate({ productKey: key.toLowerCase(), action: 'activate' }));
  expect(first.result).toEqual({
    licenses: 100,
    endDate: addMonths(day(), 12),
    endsEarlier: false,
  });
  const { licenses, endDate } = first.result;
  const headers = repeatable();
  const activate = {
    productKey: key,
    action: 'activate',
    expected: { licenses, endDate },
  } as const;
  const { subscription } = await ok(redeem(activate, headers));
  expect(await ok(redeem(activate, headers))).toMatchObject({ subscription });
  expect(subscription).toMatchObject({ licenses: 100, status: 'active', endDate });

  // 25 licences are 3 months of 100; then 100 more, spread over what is left.
  const extended = await ok(redeem({ productKey: await award(25), action: 'extend' }));
  expect(extended.result).toMatchObject({ licenses: 100, endDate: addMonths(endDate, 3) });
  const more = await award(100);
  const added = await ok(
    redeem({ productKey: more, action: 'add-licenses', subscriptionId: subscription.id }),
  );
  // 100 × 15 + 100 × 12 months over 200 licences.
  expect(added.result).toMatchObject({ licenses: 200, endsEarlier: true });
  const end = added.result.endDate;
  expect(end > addMonths(day(), 13) && end < addMonths(day(), 14)).toBe(true);

  // What must fail, as a caller sees it.
  await refused(redeem({ productKey: more, action: 'extend' }), 'KeyAlreadyRedeemed');
  const unknown = formatKey(generateKey());
  shown.push(unknown);
  await refused(validate({ productKey: unknown, action: 'extend' }), 'UnknownProductKey');
  await refused(validate({ productKey: `${key}X`, action: 'extend' }), 'MalformedProductKey');
  const spare = await award(10);
  const expected = { licenses: 1, endDate };
  await refused(redeem({ productKey: spare, action: 'extend', expected }), 'PreconditionFailed');
  await refused(
    admin.POST('/api/partners/{partnerId}/product-keys/redeem', {
      params: { path, query: version },
      body: { productKey: spare, action: 'split' as 'extend' },
    }),
    'InvalidRequest',
  );
  const plan = await ok(
    admin.POST('/api/partners/{partnerId}/subscriptions/{subscriptionId}/plan', {
      params: { path: { ...path, subscriptionId: subscription.id }, query: version },
      body: { productKeys: [spare], wish: { licenses: 210 } },
    }),
  );
  expect(plan).toMatchObject({ feasible: true, steps: [{ productKey: spare.slice(-5) }] });

  // Added instead of extended: the key is replaced, what it did is undone.
  const { id: lastAdded } = (await products()).find(
    (product) => product.keyStatus === 'redeemed' && product.licenses === 25,
  )!;
  await refused(
    admin.POST('/api/partners/{partnerId}/benefits/{benefitId}/product-key/replace', {
      params: { path: { ...path, benefitId: lastAdded }, query: version },
      body: { reason: 'wrong-tenant' },
    }),
    'ReplacementNotAllowed',
  );
  const replaced = (await products()).find(
    (product) =>
      product.keyStatus === 'redeemed' && product.licenses === 100 && product.id !== e5.id,
  )!;
  const { productKey: fresh } = await ok(
    admin.POST('/api/partners/{partnerId}/benefits/{benefitId}/product-key/replace', {
      params: { path: { ...path, benefitId: replaced.id }, query: version },
      body: { reason: 'added-instead-of-extended' },
    }),
  );
  shown.push(fresh);
  const again = await ok(redeem({ productKey: fresh, action: 'add-licenses' }));
  expect(again.result).toEqual(added.result);

  // The membership is renewed in time; the subscription runs out by the clock.
  const status = async () => {
    const { value } = await ok(
      admin.GET('/api/partners/{partnerId}/subscriptions', { params: { path, query: version } }),
    );
    return value.map(({ id, status }) => [id, status]);
  };
  await moveClockTo(addDays(membership.endDate, -1));
  await ok(
    operator.POST('/api/partners/{partnerId}/memberships/{membershipId}/renew', {
      params: { path: { ...path, membershipId: membership.id }, query: version },
    }),
  );
  expect(await status()).toEqual([[subscription.id, 'active']]);
  await moveClockTo(end);
  expect(await status()).toEqual([[subscription.id, 'expired']]);
  const renewed = (await products()).find(
    (product) => product.productId === 'microsoft-365-e5' && product.keyStatus === 'not-issued',
  )!;
  expect(renewed.subscriptionStatus).toBe('Expired');
  await refused(validate({ productKey: spare, action: 'activate' }), 'ActivationDeadlinePassed');

  // The new set's key opens a new subscription.
  const second = await ok(redeem({ productKey: await getKey(renewed.id), action: 'activate' }));
  expect(second.subscription).toMatchObject({
    licenses: 100,
    status: 'active',
    startDate: end,
    endDate: addMonths(end, 12),
  });
  expect(second.subscription.id).not.toBe(subscription.id);
  expect(new Map((await status()) as [string, string][])).toEqual(
    new Map([
      [subscription.id, 'expired'],
      [second.subscription.id, 'active'],
    ]),
  );
  const ledger = await partner.ledger(e5.id);
  expect(ledger.map(({ type }) => type)).toEqual([
    'provisioned',
    'key-issued',
    'key-viewed',
    'key-viewed',
    'redeemed',
  ]);
  expect(ledger.at(-1)).toMatchObject({ action: 'activate', subscriptionId: subscription.id });

  // An error of the inside: the row of a benefit is broken past the app.
  await breakRow(partner.id, renewed.id);
  await refused(
    admin.POST('/api/partners/{partnerId}/benefits/{benefitId}/product-key', {
      params: { path: { ...path, benefitId: renewed.id }, query: version },
    }),
    'InternalError',
  );

  // No key anywhere but in the answers that show one.
  const plain = (text: string) => text.toUpperCase().replaceAll(/[\s-]/g, '');
  const showing = /\/product-key(\/replace)?$/;
  const others = answered.filter(({ path: to }) => !showing.test(to));
  const mails = await (await plainFetch(`${stack.mailboxUrl}/api/email`)).text();
  const stored = JSON.stringify(await dumpStorage(stack.storageConnectionString));
  const places = {
    stored: plain(stored),
    printed: plain(printed.join('\n')),
    answered: plain(others.map(({ text }) => text).join('\n')),
    mails: plain(mails),
  };
  expect(stored).toContain('key-issued');
  expect(printed.join()).toContain('redeemProductKey');
  expect(others.length).toBeGreaterThan(20);
  expect(new Set(shown).size).toBeGreaterThanOrEqual(7);
  for (const [place, text] of Object.entries(places))
    for (const secret of shown) {
      const canonical = plain(secret);
      expect({ place, found: text.includes(canonical) }).toEqual({ place, found: false });
      // Nor most of one.
      expect(text.includes(canonical.slice(0, 15)) || text.includes(canonical.slice(-15))).toBe(
        false,
      );
    }
}, 120_000);

/** Takes a field from a benefit's row, so that the app cannot read it. */
async function breakRow(partnerId: string, benefitId: string) {
  const { TableClient } = await import('@azure/data-tables');
  const client = TableClient.fromConnectionString(stack.storageConnectionString, 'partners', {
    allowInsecureConnection: true,
  });
  const entity = await client.getEntity<{ data: string }>(partnerId, `benefit|${benefitId}`);
  const data = JSON.stringify({ ...JSON.parse(entity.data), licenses: randomUUID() });
  await client.updateEntity(
    { partitionKey: partnerId, rowKey: `benefit|${benefitId}`, data },
    'Merge',
  );
}
